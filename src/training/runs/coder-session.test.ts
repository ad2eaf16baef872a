import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inTemporaryFolder } from '../../../test/helpers/folders.ts';
import { PUBLISHED_CONTEXT, writePublishedCoder } from '../../../test/helpers/published-coder.ts';
import { openSource } from '../../activations/source.ts';
import { UserError } from '../../base/errors.ts';
import { describeCheckpoint } from '../../sae/checkpoints/registry.ts';
import { openCoderSession } from './coder-session.ts';
import { dataOfCoder, HUB_CONTEXTS } from './data-of-coder.ts';
import { languageOfCoder, trainingTextsText } from './language-of-coder.ts';
import { textsOfCoders } from './transcoders-of-runs.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures');
const configOf = async (path: string) => (await describeCheckpoint(path)).config;

describe('what a file of the original says of its training', () => {
  it('is model, data set and size of contexts', async () => {
    const config = await configOf(join(FIXTURES, 'circuits/layer2.pt'));
    const language = await languageOfCoder(config);
    expect(language).toMatchObject({
      model: 'small-gpt2',
      texts: { type: 'text-hub', name: 'NeelNanda/c4-tokenized-2b' },
      contextSize: 24,
      batchContexts: 1024,
    });
    expect(trainingTextsText(language)).toBe('NeelNanda/c4-tokenized-2b, contexts of 24 tokens');
    expect(trainingTextsText({})).toBeUndefined();
  });

  it('makes its activations, before which a person is heard', async () => {
    const config = await configOf(join(FIXTURES, 'circuits/layer2.pt'));
    expect(await dataOfCoder(config)).toMatchObject({
      layer: 'blocks.2.ln2.hook_normalized',
      target: 'blocks.2.hook_mlp_out',
      language: { model: 'small-gpt2', contextSize: 24, nContexts: HUB_CONTEXTS, processing: true },
    });
    const own = { model: 'other', nContexts: 3, contextSize: 7 };
    expect(await dataOfCoder(config, { data: { language: own } })).toMatchObject({ language: own });
    const nowhere = await configOf(join(FIXTURES, 'circuits/resid2.pt'));
    expect((await dataOfCoder(nowhere))?.target).toBeUndefined();
    expect(await dataOfCoder({ ...config, place: { input: 'blocks.2.hook_mlp_out' } })).toBe(
      undefined,
    );
  });

  it('is taken of several coders where they agree', () =>
    inTemporaryFolder(async (folder) => {
      const first = await writePublishedCoder(folder, { layer: 0 });
      const second = await writePublishedCoder(folder, { layer: 1, context_size: 8 });
      const root = join(folder, 'texts.txt');
      expect(await textsOfCoders([first, `1=${second}`])).toMatchObject({
        texts: { type: 'text-files', root },
        contextSize: 8,
      });
      const other = await writePublishedCoder(folder, { layer: 2, dataset_path: 'owner/texts' });
      expect(await textsOfCoders([first, other])).toEqual({ contextSize: PUBLISHED_CONTEXT });
      const silent = await writePublishedCoder(folder, { layer: 3, context_size: 'many' });
      expect((await textsOfCoders([silent])).contextSize).toBeUndefined();
    }));
});

describe('openCoderSession', () => {
  it('opens model, contexts and coder by the name of a file alone', () =>
    inTemporaryFolder(async (folder) => {
      const path = await writePublishedCoder(folder);
      await using session = await openCoderSession(path, { threads: 1 });
      const { backbone, contexts, coder, data } = session;
      expect(contexts).toMatchObject({ model: 'world-gpt2', contextSize: PUBLISHED_CONTEXT });
      expect(session.nContexts).toBeGreaterThan(10);
      const tokens = await contexts.tokens(0);
      expect(tokens).toHaveLength(PUBLISHED_CONTEXT);
      const { input, output } = coder.config.place!;
      const acts = await backbone.run([tokens], { record: [input!, output!] });
      const codes = await coder.encode(acts.get(input!)!.data as Float32Array);
      expect(codes.rowStart).toHaveLength(PUBLISHED_CONTEXT + 1);

      const { source } = await openSource(data, { threads: 1 });
      expect(source).toMatchObject({ dModel: coder.dIn, dTarget: coder.dOut });
      await source.close();
    }));

  it('says what a file does not name', () =>
    inTemporaryFolder(async (folder) => {
      const silent = await writePublishedCoder(folder, { dataset_path: '' });
      const opened = openCoderSession(silent);
      await expect(opened).rejects.toThrow(UserError);
      await expect(opened).rejects.toThrow('does not name its texts');
      const texts = { type: 'text-files', root: join(folder, 'texts.txt') } as const;
      const data = { language: { texts } };
      await using session = await openCoderSession(silent, { data, threads: 1 });
      expect(session.data.language).toMatchObject({ texts, contextSize: PUBLISHED_CONTEXT });
    }));
});
