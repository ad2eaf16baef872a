import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listFiles } from '../../../test/helpers/folders.ts';
import { type LanguageWorkshop, languageWorkshop } from '../../../test/helpers/language.ts';
import {
  collect,
  rowTexts,
  TINY_MODEL,
  textData,
  textRecording,
  writeTexts,
} from '../../../test/helpers/text-activations.ts';
import { type ActivationsConfig, type ActivationsConfigInput, DataLoad } from '../config.ts';
import { record } from '../job.ts';
import { openActivations } from '../reading/shard-source.ts';
import { openSource } from '../source.ts';
import { type RecordTextsOptions, recordTexts } from './record-texts.ts';

const IN = 'blocks.0.ln2.hook_normalized';
const OUT = 'blocks.0.hook_mlp_out';

let workshop: LanguageWorkshop;
let root: string;

beforeAll(async () => {
  workshop = await languageWorkshop();
  root = await writeTexts(workshop.folder, 40);
});
afterAll(() => workshop.close());

function job(folder: string, changes: Partial<ActivationsConfigInput> = {}): ActivationsConfig {
  return textRecording(root, join(workshop.folder, folder), {
    vitLayers: [IN, OUT],
    nPatchesPerShard: 200,
    ...changes,
  });
}

describe('recorded texts', () => {
  test('are the rows, targets and contexts of the model that runs along', async () => {
    const done = await record(job('shards'));
    expect(done).toMatchObject({ skipped: [], nRecorded: done.nWritten });
    expect(done.metadata).toMatchObject({
      family: 'gpt2',
      checkpoint: TINY_MODEL,
      layers: [IN, OUT],
      nPatches: 10,
      hasCls: false,
      dModel: 16,
    });
    const choice = { layer: IN, target: OUT };
    const live = await openSource(DataLoad.parse(textData(root, choice)), { threads: 1 });
    const shards = await openSource(
      DataLoad.parse({ ...choice, shardRoot: join(workshop.folder, 'shards') }),
    );
    expect(shards.scaling).toEqual(live.scaling);
    for (const key of ['length', 'nExamples', 'rowsPerExample', 'dModel', 'dTarget'] as const) {
      expect([key, shards.source[key]]).toEqual([key, live.source[key]]);
    }
    const [expected] = await collect(live.source.batches({ batchSize: live.source.length }));
    const recorded = await collect(shards.source.batches({ batchSize: 7 }));
    expect(rowTexts(recorded)).toEqual(rowTexts([expected!]));
    for (const reuse of [true, false]) {
      const mixed: string[] = [];
      for await (const batch of shards.source.batches({ batchSize: 16, shuffleSeed: 3, reuse })) {
        mixed.push(...rowTexts([batch]));
      }
      expect(mixed).not.toEqual(rowTexts([expected!]));
      expect(mixed.toSorted()).toEqual(rowTexts([expected!]).toSorted());
    }
    const { tokens: _, ...facts } = shards.source.contexts!;
    expect(live.source.contexts).toMatchObject({
      model: facts.model,
      tokenizer: facts.tokenizer,
      contextSize: 10,
      processing: false,
    });
    for (let i = 0; i < live.source.nExamples; i++) {
      expect(await shards.source.contexts!.tokens(i)).toEqual(
        await live.source.contexts!.tokens(i),
      );
    }
    await expect(shards.source.contexts!.tokens(10_000)).rejects.toThrow('invalid example');
    await live.source.close();
    await shards.source.close();
  });

  test('an interrupted recording goes on to the same bytes', async () => {
    const whole = await record(job('whole'));
    const backbone = await workshop.open('gpt2', { processing: false });
    const controller = new AbortController();
    const contexts = await openActivations(whole.folder, { layer: IN });
    const texts = JSON.parse(await readFile(join(whole.folder, 'texts.json'), 'utf8'));
    const options: RecordTextsOptions = {
      // The metadata names the model as the configured job does.
      backbone: { ...backbone, checkpoint: TINY_MODEL },
      texts,
      tokens: (i) => contexts.contexts!.tokens(i),
      layers: [IN, OUT],
      dumpTo: join(workshop.folder, 'parts'),
      maxTokensPerShard: 200,
      batchContexts: 4,
    };
    let runs = 0;
    const stopping: RecordTextsOptions = {
      ...options,
      signal: controller.signal,
      backbone: {
        ...options.backbone,
        run(tokens, run) {
          if (++runs === 4) controller.abort(new Error('Ctrl-C'));
          return backbone.run(tokens, run);
        },
      },
    };
    await expect(recordTexts(stopping)).rejects.toThrow('Ctrl-C');
    const rest = await record(job('parts'));
    expect(rest.nRecorded).toBeGreaterThan(0);
    expect(rest.nRecorded).toBeLessThan(whole.nWritten);
    expect(rest.folder.split('/').at(-1)).toBe(whole.folder.split('/').at(-1));
    expect(await listFiles(rest.folder)).toEqual(await listFiles(whole.folder));
    expect(await record(job('parts'))).toMatchObject({ nRecorded: 0 });
    await contexts.close();
  });

  test('texts that changed are not mixed with those recorded', async () => {
    const own = join(workshop.folder, 'own.txt');
    const data = { type: 'text-files' as const, root: own };
    await writeFile(own, 'the thin man in the house');
    const { folder } = await record(job('changed', { data }));
    await writeFile(own, 'the thin cat in the house');
    await expect(record(job('changed', { data }))).rejects.toThrow('no longer those');
    const again = await record(job('changed', { data, overwrite: true }));
    expect(again.folder).toBe(folder);
    const { contexts, close } = await openActivations(folder, { layer: OUT });
    expect([...(await contexts!.tokens(0))].slice(-3)).not.toEqual([]);
    await close();
  });

  test('one head is recorded under its own name and found by it', async () => {
    const z = 'blocks.1.attn.hook_z';
    const language = { head: 2 } as const;
    await record(job('heads', { vitLayers: [z], language }));
    const shardRoot = join(workshop.folder, 'heads');
    const shards = await openSource(DataLoad.parse({ shardRoot, layer: z, head: 2 }));
    const live = await openSource(DataLoad.parse(textData(root, { layer: z, head: 2 })));
    const size = { batchSize: live.source.length };
    expect(rowTexts(await collect(shards.source.batches(size)))).toEqual(
      rowTexts(await collect(live.source.batches(size))),
    );
    await live.source.close();
    await shards.source.close();
    for (const head of [1, undefined]) {
      const other = DataLoad.parse({ shardRoot, layer: z, ...(head && { head }) });
      await expect(openSource(other)).rejects.toThrow(/missing (head 1|layer)/);
    }
  });

  test('damaged tokens are refused', async () => {
    const { folder } = await record(job('damaged'));
    const tokens = await readFile(join(folder, 'tokens.bin'));
    await writeFile(join(folder, 'tokens.bin'), tokens.subarray(4));
    await expect(openActivations(folder, { layer: IN })).rejects.toThrow('invalid tokens');
    await writeFile(join(folder, 'tokens.bin'), tokens);
    await writeFile(join(folder, 'texts.json'), '{"model": 3}');
    await expect(openActivations(folder, { layer: IN })).rejects.toThrow(
      /invalid description of the texts.*model/,
    );
  });

  const bad: [string, Partial<ActivationsConfigInput>, RegExp][] = [
    ['widths that differ', { vitLayers: [IN, 'blocks.0.mlp.hook_pre'] }, /different widths/],
    ['a point twice', { vitLayers: [1, 'blocks.1.hook_resid_post'] }, /named twice/],
    ['an unknown point', { vitLayers: ['blocks.9.hook_mlp_out'] }, /unknown hook point/],
    ['heads without a choice', { vitLayers: ['blocks.0.attn.hook_q'] }, /missing head/],
    ['the newer protocol', { protocol: '2.1' }, /unsupported protocol/],
    ['a vision checkpoint', { vitCkpt: 'ViT-B-16/openai' }, /invalid vitCkpt/],
    ['another width', { dVit: 17 }, /invalid dVit: 17/],
    ['other tokens', { nPatchesPerImg: 11 }, /invalid nPatchesPerImg/],
    ['CLS', { clsToken: true }, /invalid clsToken/],
    ['the hub without a number', { data: { type: 'text-hub' } }, /missing nContexts/],
  ];
  test.each(bad)('refuses %s, and leaves nothing behind', async (name, changes, message) => {
    const folder = `bad ${name}`;
    await expect(record(job(folder, changes))).rejects.toThrow(message);
    await expect(listFiles(join(workshop.folder, folder))).rejects.toThrow('ENOENT');
  });
});
