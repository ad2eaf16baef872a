import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { textData, textRecording, writeTexts } from '../../../test/helpers/text-activations.ts';
import { TextConfig } from '../../data/texts/config.ts';
import { DataLoad } from '../config.ts';
import { record } from '../job.ts';
import type { OpenOptions } from '../open-options.ts';
import { openSource } from '../source.ts';
import { contextsInBoth, refuseTrainedContexts } from './trained-contexts.ts';

const layer = 'blocks.0.ln2.hook_normalized';
let folder: string;
let texts: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-trained-contexts-'));
  texts = await writeTexts(folder, 60);
});
afterAll(() => rm(folder, { recursive: true }));

const recorded = async (name: string, root: string, language: object = {}): Promise<string> => {
  const asked = textRecording(root, join(folder, name), {
    vitLayers: [layer],
    language: language as never,
  });
  return (await record(asked)).folder;
};

/** Open data as training does, with rows to validate on, and close them. */
async function open(
  data: DataLoad,
  choice: Partial<NonNullable<OpenOptions['validation']>>,
): Promise<void> {
  const validation = { seed: 0, nRows: 200, ...choice };
  const { source } = await openSource(data, { threads: 1, validation });
  await source.close();
}

describe('texts that are trained on', () => {
  test('are no shards to validate on, whole or in part, running along or recorded', async () => {
    const whole = await recorded('whole', texts);
    const part = await recorded('part', texts, { nContexts: 30 });
    const live = DataLoad.parse(textData(texts));
    const shards = DataLoad.parse({ shardRoot: whole, layer });
    for (const [data, shardRoot] of [
      [live, whole],
      [live, part],
      [shards, part],
      [DataLoad.parse({ shardRoot: part, layer }), whole],
    ] as const) {
      await expect(open(data, { shardRoot })).rejects.toMatchObject({
        name: 'UserError',
        message: expect.stringMatching(
          /^invalid validation data: .*(training reads \d+ contexts to validate on, [\d.]+% of them|holds what is trained on)$/,
        ),
        hint: expect.stringContaining('--val-share'),
      });
    }
  });

  test('are no texts to validate on by another name', async () => {
    const copy = join(folder, 'copy');
    await cp(texts, copy, { recursive: true });
    const set = TextConfig.parse({ type: 'text-files', root: copy, documents: 'paragraph' });
    await expect(open(DataLoad.parse(textData(texts)), { texts: set })).rejects.toThrow(
      /training reads \d+ contexts to validate on, 100\.0% of them/,
    );
  });

  test('are told from others', async () => {
    const root = join(folder, 'others');
    await cp(texts, root, { recursive: true });
    for (const name of ['a', 'b']) {
      const lines = Array.from(
        { length: 40 },
        (_, i) => `he saw ${'x'.repeat(i % 7)} ${'se'.repeat(i % 5)}`,
      );
      await writeFile(join(root, `${name}.txt`), lines.join('\n\n'));
    }
    const live = DataLoad.parse(textData(texts));
    await open(live, { shardRoot: await recorded('other shards', root) });
    const set = TextConfig.parse({ type: 'text-files', root, documents: 'paragraph' });
    await open(live, { texts: set });
  });
});

describe('contexts in both', () => {
  /** Contexts whose tokens are these numbers, each with what is its own. */
  const contextsOf = (numbers: readonly number[], contextSize: number) => ({
    contextSize,
    tokens: async (example: number) =>
      Int32Array.from({ length: contextSize }, (_, i) => numbers[example]! * 100 + i),
  });
  const numbers = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 25 });

  test('are counted, each as often as it is validated on, as far as two sizes reach', async () => {
    await fc.assert(
      fc.asyncProperty(
        numbers,
        numbers,
        fc.infiniteStream(fc.integer({ min: 1, max: 6 })),
        async (own, theirs, sizes) => {
          const [a, b] = [sizes.next().value, sizes.next().value];
          const examples = Uint32Array.from(own.keys());
          const found = await contextsInBoth({
            validation: { contexts: contextsOf(own, a), examples },
            training: { contexts: contextsOf(theirs, b), nExamples: theirs.length },
          });
          expect(found).toBe(own.filter((each) => theirs.includes(each)).length);
        },
      ),
    );
  });

  test('are a warning up to a tenth, and refused from there on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 40 }), fc.boolean(), async (n, isRemote) => {
        const own = Array.from({ length: 200 }, (_, i) => i);
        // The last of them; where texts come over a network, the first 64 are looked at.
        const theirs = Array.from({ length: 300 }, (_, i) => (i < n ? i : 1000 + i));
        const refused = refuseTrainedContexts(
          {
            validation: { contexts: contextsOf(own, 3), examples: Uint32Array.from(own) },
            training: { contexts: contextsOf(theirs, 3), nExamples: 300 },
          },
          isRemote,
        ).then(
          () => false,
          () => true,
        );
        expect(await refused).toBe(n > (isRemote ? 6.4 : 20));
      }),
    );
  });

  test('stop being counted when the user asks', async () => {
    const contexts = contextsOf([1, 2], 3);
    const signal = AbortSignal.abort(new Error('stopped'));
    const both = {
      validation: { contexts, examples: Uint32Array.of(0) },
      training: { contexts, nExamples: 2 },
    };
    await expect(contextsInBoth({ ...both, signal })).rejects.toThrow('stopped');
  });
});
