import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  arithmeticBackbone,
  smallImages,
  smallLiveImages,
} from '../../../test/helpers/activation-data.ts';
import { type LanguageWorkshop, languageWorkshop } from '../../../test/helpers/language.ts';
import { collect } from '../../../test/helpers/text-activations.ts';
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import { batchesTogether, goTogether } from '../together.ts';
import type { ActivationBatch, ActivationSource, BatchOptions } from '../types.ts';
import { type ImageSelection, liveImages, liveImagesTogether } from './live-images.ts';
import { liveTexts, liveTextsTogether, type TextSelection } from './live-texts.ts';

/** Batches of each source when they are read together. */
async function together(
  sources: readonly ActivationSource[],
  options: BatchOptions,
): Promise<ActivationBatch[][]> {
  const own: ActivationBatch[][] = sources.map(() => []);
  for await (const batches of batchesTogether(sources, options)) {
    for (const [i, batch] of batches.entries()) own[i]!.push(batch);
  }
  return own;
}

const batchOptions = fc.record({
  batchSize: fc.integer({ min: 1, max: 50 }),
  skipBatches: fc.integer({ min: 0, max: 9 }),
  shuffleSeed: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  dropLast: fc.boolean(),
});

describe('texts of several hook points', () => {
  let workshop: LanguageWorkshop;
  let backbone: LanguageBackbone;
  beforeAll(async () => {
    workshop = await languageWorkshop();
    backbone = await workshop.open('gpt2', { processing: false, maxSessions: 8 });
  });
  afterAll(() => workshop.close());

  const selections: TextSelection[] = [
    { layer: 'blocks.0.ln2.hook_normalized', target: 'blocks.0.hook_mlp_out' },
    { layer: 'blocks.1.hook_resid_post', scaleMean: true, scaleNorm: true },
    { layer: 'blocks.1.attn.hook_z', head: 2 },
    { layer: -1, patches: 'patches', clamp: 0.5 },
  ];
  const model = {
    nContexts: 30,
    contexts: {
      model: 'gpt2',
      processing: false,
      tokenizer: 'letters',
      contextSize: 6,
      tokens: async (i: number) =>
        Int32Array.from({ length: 6 }, (_, j) => (i * 5 + j * (i + 1)) % 41),
    },
    batchContexts: 4,
    bufferContexts: 8,
  };

  it('give the bits that each gives alone, from one run of the model', async () => {
    const runs: number[] = [];
    // How a model rounds depends on what is recorded: here it is always the same.
    const record = [
      'blocks.0.ln2.hook_normalized',
      'blocks.0.hook_mlp_out',
      'blocks.1.attn.hook_z',
      'blocks.1.hook_resid_post',
    ];
    const counting: LanguageBackbone = {
      ...backbone,
      run(tokens) {
        runs.push(tokens.length);
        return backbone.run(tokens, { record });
      },
    };
    const sources = await liveTextsTogether({ ...model, backbone: counting }, selections);
    const alone = await Promise.all(
      selections.map((selection) => liveTexts({ ...model, backbone: counting, ...selection })),
    );
    expect(sources.map(({ scaling }) => scaling)).toEqual(alone.map(({ scaling }) => scaling));
    await fc.assert(
      fc.asyncProperty(batchOptions, async (options) => {
        const expected = await Promise.all(alone.map((source) => collect(source.batches(options))));
        expect(await together(sources, options)).toEqual(expected);
      }),
      { numRuns: 6 },
    );
    runs.length = 0;
    await together(sources, { batchSize: 32, shuffleSeed: 1 });
    expect(runs.reduce((a, b) => a + b, 0)).toBe(30);
  });
});

describe('images of several hook points', () => {
  const selections: ImageSelection[] = [
    { layer: 0 },
    { layer: 1, target: 'blocks.1.hook_mlp_out' },
    { layer: -1, scaleMean: true, scaleNorm: true },
  ];

  it('give what each gives alone; a broken one is missing in all', async () => {
    const backbone = arithmeticBackbone();
    const model = {
      ...smallLiveImages(20, { backbone, scaleMean: undefined, scaleNorm: undefined }),
      images: async function* (indices: Iterable<number>) {
        for (const index of indices) yield* smallImages(index + 1, index, [4, 17]);
      },
    };
    const plain = { scaleMean: false, scaleNorm: false };
    const wanted = selections.map((own) => ({ ...plain, ...own }));
    const sources = await liveImagesTogether(model, wanted);
    const alone = await Promise.all(wanted.map((own) => liveImages({ ...model, ...own })));
    // Which ones are broken is known when they were met.
    await together(sources, { batchSize: 9 });
    for (const source of alone) await together([source], { batchSize: 9 });
    await fc.assert(
      fc.asyncProperty(batchOptions, async (options) => {
        const expected = await Promise.all(alone.map((source) => collect(source.batches(options))));
        expect(await together(sources, options)).toEqual(expected);
      }),
      { numRuns: 8 },
    );
    expect(sources.map(({ absent }) => absent)).toEqual([
      [4, 17],
      [4, 17],
      [4, 17],
    ]);
    expect(sources.map(({ length }) => length)).toEqual([72, 72, 72]);
    backbone.batches.length = 0;
    await together(sources, { batchSize: 10, shuffleSeed: 3 });
    expect(backbone.batches.reduce((a, b) => a + b, 0)).toBe(18);
  });

  it('that give other rows cannot be read together', async () => {
    const model = smallLiveImages(8);
    const [patches, all, other] = await liveImagesTogether(model, [
      { layer: 0 },
      { layer: 0, patches: 'all' },
      { layer: 1 },
    ]);
    expect(goTogether(patches!, other!)).toBe(true);
    expect(goTogether(patches!, all!)).toBe(false);
    expect(goTogether(patches!, await liveImages(model))).toBe(false);
  });
});
