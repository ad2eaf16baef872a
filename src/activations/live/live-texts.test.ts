import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LanguageWorkshop, languageWorkshop } from '../../../test/helpers/language.ts';
import {
  collect,
  LETTERS,
  paragraphsOf,
  rowTexts,
  TINY_MODEL,
  textData,
  writeTexts,
} from '../../../test/helpers/text-activations.ts';
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import { DataLoad, type DataLoadInput } from '../config.ts';
import type { OpenedSource } from '../open-options.ts';
import { openSource } from '../source.ts';
import { type LiveTextsOptions, liveTexts } from './live-texts.ts';

const IN = 'blocks.0.ln2.hook_normalized';
const OUT = 'blocks.0.hook_mlp_out';

let workshop: LanguageWorkshop;
let root: string;
let backbone: LanguageBackbone;

beforeAll(async () => {
  workshop = await languageWorkshop();
  root = await writeTexts(workshop.folder, 40);
  backbone = await workshop.open('gpt2', { processing: false });
});
afterAll(() => workshop.close());

function open(changes: Parameters<typeof textData>[1] = {}): Promise<OpenedSource> {
  return openSource(DataLoad.parse(textData(root, changes)), { threads: 1 });
}

/** `n` contexts of 6 tokens, all different, over the tiny model; counts the contexts it runs. */
function counted(
  n: number,
  changes: Partial<LiveTextsOptions> = {},
): LiveTextsOptions & { readonly runs: number[] } {
  const runs: number[] = [];
  const counting: LanguageBackbone = {
    ...backbone,
    run(tokens, options) {
      runs.push(tokens.length);
      return backbone.run(tokens, options);
    },
  };
  return {
    backbone: counting,
    runs,
    nContexts: n,
    contexts: {
      model: 'gpt2',
      processing: false,
      tokenizer: 'letters',
      contextSize: 6,
      tokens: async (i) => Int32Array.from({ length: 6 }, (_, j) => (i * 5 + j * (i + 1)) % 41),
    },
    layer: IN,
    target: OUT,
    batchContexts: 4,
    bufferContexts: 8,
    ...changes,
  };
}

describe('texts that run along', () => {
  test('give input and target of every position as the model computes them, unscaled', async () => {
    const { source, scaling, language } = await open({ target: OUT });
    expect(source).toMatchObject({ dModel: 16, dTarget: 16, rowsPerExample: 10 });
    expect(source.length).toBe(source.nExamples * 10);
    expect(source.contexts).toMatchObject({ model: TINY_MODEL, tokenizer: LETTERS });
    expect(scaling).toEqual({ clamp: 1e5, mean: undefined, scalar: 1 });
    const [batch] = await collect(source.batches({ batchSize: source.length }));
    for (const example of [0, 7, source.nExamples - 1]) {
      const tokens = await source.contexts!.tokens(example);
      expect(tokens).toHaveLength(10);
      const run = await language!.backbone.run([tokens], { record: [IN, OUT] });
      const rows = [example * 160, (example + 1) * 160] as const;
      expect(batch!.acts.subarray(...rows)).toBeClose(run.get(IN)!.data, { relative: 1e-6 });
      expect(batch!.targets!.subarray(...rows)).toBeClose(run.get(OUT)!.data, { relative: 1e-6 });
    }
    await source.close();
  });

  test('are packed as get_batch_tokens does: each text begins with BOS, contexts follow on', async () => {
    const { source, language } = await open();
    const first = await source.contexts!.tokens(0);
    const strings = language!.tokenizer.tokenStrings(first);
    expect(strings[0]).toBe('<|endoftext|>');
    expect(strings.slice(1).join('')).toMatch(/^the thin/);
    // A context that goes on with a text begins with BOS, too.
    expect((await source.contexts!.tokens(1))[0]).toBe(language!.tokenizer.bosId);
    await source.close();
  });

  test('contexts that would need padding give no rows', async () => {
    const { source, language } = await open({ language: { packing: 'documents' } });
    const lengths = paragraphsOf(40).map((text) => language!.tokenizer.encode(text).length);
    const long = lengths.filter((length) => length >= 10);
    expect(long.length).toBeLessThan(40);
    expect(source.nExamples).toBe(long.length);
    await source.close();
  });

  test('a mixed pass gives every row once, in an order of its seed, however the model is run', async () => {
    const source = await liveTexts(counted(30));
    const ordered = rowTexts(await collect(source.batches({ batchSize: 7 })));
    expect(new Set(ordered).size).toBe(180);
    const mixed = rowTexts(await collect(source.batches({ batchSize: 7, shuffleSeed: 1 })));
    expect(mixed).not.toEqual(ordered);
    expect(mixed.toSorted()).toEqual(ordered.toSorted());
    const other = rowTexts(await collect(source.batches({ batchSize: 7, shuffleSeed: 2 })));
    expect(other).not.toEqual(mixed);
    expect(other.toSorted()).toEqual(ordered.toSorted());
  });

  test('contexts that are held out give no rows, and can be read all the same', async () => {
    const source = await liveTexts({ ...counted(30), heldOut: 4 });
    expect(source).toMatchObject({ nExamples: 30, heldOut: 4, length: 26 * 6 });
    for (const shuffleSeed of [undefined, 1]) {
      const batches = await collect(source.batches({ batchSize: 7, shuffleSeed }));
      const examples = new Set(batches.flatMap(({ exampleIndex }) => [...exampleIndex]));
      expect([...examples].sort((a, b) => a - b)).toEqual(
        Array.from({ length: 26 }, (_, i) => i + 4),
      );
    }
    expect(await source.contexts!.tokens(0)).toHaveLength(6);
  });

  test('resume at any batch with the same bits', async () => {
    const source = await liveTexts(counted(22));
    const random = fc.record({
      batchSize: fc.integer({ min: 1, max: 50 }),
      skipBatches: fc.integer({ min: 0, max: 20 }),
      shuffleSeed: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
      dropLast: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(random, async ({ skipBatches, ...rest }) => {
        const whole = await collect(source.batches(rest));
        expect(await collect(source.batches({ ...rest, skipBatches }))).toEqual(
          whole.slice(skipBatches),
        );
      }),
      { numRuns: 12 },
    );
  });

  test('resuming runs only the batches of contexts that are still needed', async () => {
    const options = counted(40);
    const source = await liveTexts(options);
    options.runs.length = 0;
    await collect(source.batches({ batchSize: 10, shuffleSeed: 1, skipBatches: 22 }));
    expect(options.runs.reduce((a, b) => a + b, 0)).toBeLessThan(16);
  });

  test('each context is run once a pass, and few ahead of what was asked for', async () => {
    const options = counted(200, { target: undefined });
    const source = await liveTexts(options);
    options.runs.length = 0;
    const batches = source.batches({ batchSize: 1, shuffleSeed: 0 })[Symbol.asyncIterator]();
    await batches.next();
    await new Promise((resolve) => setTimeout(resolve, 50));
    // 8 in the buffer; besides, one run waits, one is being handed on, one is in the model.
    expect(options.runs.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(8 + 3 * 4);
    await batches.return?.();
    options.runs.length = 0;
    await collect(source.batches({ batchSize: 64, shuffleSeed: 0 }));
    expect(options.runs.reduce((a, b) => a + b, 0)).toBe(200);
  });

  test('the model stops behind the later of the two points', async () => {
    const stops: (number | undefined)[] = [];
    const options = counted(4);
    const watching: LanguageBackbone = {
      ...backbone,
      run(tokens, run) {
        stops.push(run.stopAtLayer);
        return backbone.run(tokens, run);
      },
    };
    const points = [
      ['blocks.1.hook_resid_pre', 'blocks.0.hook_mlp_out'],
      ['hook_embed', 'hook_pos_embed'],
      ['ln_final.hook_normalized', 'blocks.0.hook_mlp_out'],
    ];
    for (const [layer, target] of points) {
      const source = await liveTexts({ ...options, backbone: watching, layer: layer!, target });
      await collect(source.batches({ batchSize: 24 }));
    }
    expect([...new Set(stops)]).toEqual([2, 0, undefined]);
  });

  test('one head, all heads joined, and widths that differ', async () => {
    const z = 'blocks.1.attn.hook_z';
    const all = await liveTexts(counted(5, { layer: z, head: 'all' }));
    const one = await liveTexts(counted(5, { layer: z, head: 2 }));
    expect([all.dModel, one.dModel, one.dTarget]).toEqual([16, 4, 16]);
    const [joined] = await collect(all.batches({ batchSize: 30 }));
    const [single] = await collect(one.batches({ batchSize: 30 }));
    for (const row of [0, 17, 29]) {
      expect(single!.acts.slice(row * 4, row * 4 + 4)).toEqual(
        joined!.acts.slice(row * 16 + 8, row * 16 + 12),
      );
    }
  });

  test('layers by number, each in turn, and means over positions', async () => {
    const last = await liveTexts(counted(3, { layer: -1, target: undefined }));
    const every = await liveTexts(counted(3, { layer: 'all', target: undefined }));
    expect(every.rowsPerExample).toBe(12);
    expect((await every.exampleRows(1)).slice(96)).toEqual(await last.exampleRows(1));
    const mean = await liveTexts(counted(3, { layer: -1, target: undefined, patches: 'meanpool' }));
    const rows = await last.exampleRows(2);
    const expected = Array.from({ length: 16 }, (_, j) =>
      [0, 1, 2, 3, 4, 5].reduce((sum, p) => sum + rows[p * 16 + j]! / 6, 0),
    );
    expect(await mean.exampleRows(2)).toBeClose(Float32Array.from(expected), { relative: 1e-5 });
  });
});

describe('bad choices', () => {
  const cases: [string, Parameters<typeof textData>[1], RegExp][] = [
    [
      'unknown point',
      { layer: 'blocks.0.hook_mlp_ot' },
      /unknown hook point: 'blocks\.0\.hook_mlp_ot'/,
    ],
    ['unknown target', { target: 'blocks.7.hook_mlp_out' }, /unknown hook point: 'blocks\.7/],
    ['layer out of range', { layer: 5 }, /invalid layer 5/],
    ['target that is the layer', { target: IN }, /invalid target/],
    ['missing head', { layer: 'blocks.0.attn.hook_z' }, /missing head.*4 heads/],
    ['head out of range', { layer: 'blocks.0.attn.hook_z', head: 4 }, /invalid head 4/],
    ['head where there is none', { head: 1 }, /no axis of heads/],
    ['no rows', { layer: 'blocks.0.attn.hook_pattern', head: 1 }, /no row for each position/],
    ['CLS', { patches: 'cls' }, /missing CLS/],
    ['scaled target', { target: OUT, scaleMean: true }, /unsupported scaling/],
    ['long context', { language: { contextSize: 21 } }, /invalid contextSize 21.*20/],
    ['other tokenizer', { language: { tokenizer: 'fixtures/texts/gpt2' } }, /does not match model/],
    ['no tokenizer', { language: { tokenizer: undefined } }, /missing tokenizer/],
    ['unknown model', { language: { model: 'gpt3' } }, /unknown language model: 'gpt3'/],
    ['hub texts', { language: { texts: { type: 'text-hub' } } }, /missing nContexts/],
    ['no texts', { language: { texts: { type: 'text-files', root: 'nowhere' } } }, /missing texts/],
  ];
  test.each(cases)('%s', async (_, changes, message) => {
    await expect(open(changes)).rejects.toThrow(message);
    await expect(open(changes)).rejects.toMatchObject({ name: 'UserError' });
  });

  test('an unknown point names the nearest', async () => {
    await expect(open({ layer: 'blocks.0.hook_mlp_ot' })).rejects.toMatchObject({
      hint: expect.stringContaining('blocks.0.hook_mlp_out'),
    });
  });

  test('both kinds of live source', async () => {
    const input = { ...textData(root), live: {} } as DataLoadInput;
    await expect(openSource(DataLoad.parse(input))).rejects.toThrow('both data.live and');
  });

  test('texts that are not text, are empty, or too short', async () => {
    const path = join(workshop.folder, 'odd.txt');
    const texts = { type: 'text-files' as const, root: path };
    await writeFile(path, Uint8Array.of(0xff, 0xfe, 0, 1, 0x80));
    await expect(open({ language: { texts } })).rejects.toThrow('not UTF-8');
    await writeFile(path, '');
    await expect(open({ language: { texts } })).rejects.toThrow('holds no document');
    await writeFile(path, 'the');
    await expect(open({ language: { texts } })).rejects.toThrow('do not fill one of 10 tokens');
    await rm(path);
  });

  test('fewer contexts than asked for make a shorter pass', async () => {
    const all = await open();
    const more = await open({ language: { nContexts: 10_000 } });
    const fewer = await open({ language: { nContexts: 3 } });
    expect(more.source.nExamples).toBe(all.source.nExamples);
    expect(fewer.source.length).toBe(30);
    for (const { source } of [all, more, fewer]) await source.close();
  });
});
