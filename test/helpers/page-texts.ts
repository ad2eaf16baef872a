// A feature page over texts, without a model: random codes on tokens some of which are hostile.

import { extremes, histogramOf } from '../../src/analysis/extremes.ts';
import type { FeatureTables } from '../../src/analysis/feature-tables.ts';
import { Random } from '../../src/base/random.ts';
import { collectFeatures } from '../../src/visuals/collecting/collector.ts';
import { openFeatureFile, writeFeatureFile } from '../../src/visuals/feature-file/feature-file.ts';
import { type PageOptions, type PageSummary, writePage } from '../../src/visuals/page/page.ts';
import { textPresenter } from '../../src/visuals/texts/text-presenter.ts';
import { memorySource, randomReluEncoder } from './memory-source.ts';

const LENGTH = 24;
const D_MODEL = 12;
const [N_LAYERS, N_HEADS] = [3, 4];

/** Tokens of the page; the first is the one that begins a text. */
export const PAGE_TOKENS: readonly string[] = [
  '<|endoftext|>',
  '</script><img src=x onerror=alert(1)>',
  '\n',
  ' ',
  '',
  '\ufffd',
  ...Array.from({ length: 60 }, (_, i) => ` word${i}`),
];

/** Write a page of `nLatents` features over `nTexts` texts of random tokens into `folder`. */
export async function writeTextPage(
  folder: string,
  options: { nLatents: number; nTexts: number } & Partial<PageOptions>,
): Promise<PageSummary> {
  const { nLatents, nTexts } = options;
  const random = new Random(8);
  const vectors = PAGE_TOKENS.map(() =>
    Array.from({ length: D_MODEL }, () => 0.6 * random.normal()),
  );
  const texts = Array.from({ length: nTexts }, () =>
    Int32Array.from({ length: LENGTH }, (_, i) =>
      i === 0 ? 0 : Math.floor(random.float() * PAGE_TOKENS.length),
    ),
  );
  const acts = Float32Array.from(
    texts.flatMap((text) => [...text].flatMap((token) => vectors[token]!)),
  ).map((value) => value + 0.2 * random.normal());
  const encoder = randomReluEncoder({ dIn: D_MODEL, dSae: nLatents, random: new Random(4) });
  const collected = await collectFeatures(
    memorySource(acts, { nExamples: nTexts, rowsPerExample: LENGTH, dModel: D_MODEL }),
    encoder,
    {
      rankBy: 'max',
      topK: 12,
      batchSize: 4096,
      nDistributions: 0,
      bands: { bands: 4, perBand: 4, seed: 3 },
    },
  );
  await writeFeatureFile(folder, collected, { percentile: 99, key: {} });
  const features = await openFeatureFile(folder);
  try {
    const latents = Array.from({ length: nLatents }, (_, i) => i).filter(
      (i) => collected.count[i]! > 0,
    );
    const presenter = textPresenter(features, {
      nExamples: 10,
      tables: new Map(latents.map((latent) => [latent, randomTables(latent)])),
      tokensOf: async (text) => texts[text]!,
      tokenStrings: (ids) => Array.from(ids, (id) => PAGE_TOKENS[id]!),
      facts: {
        special: [PAGE_TOKENS[0]!],
        nHeads: N_HEADS,
        nHeadLayers: N_LAYERS,
        earlier: [
          { name: 'first', layer: 0, page: '../l0/index.html' },
          { name: 'second', layer: 1 },
        ],
      },
    });
    return await writePage(folder, features, presenter, {
      latents,
      title: 'Hostile words, blocks.2.ln2.hook_normalized',
      facts: [['Contexts', `${nTexts} of ${LENGTH} tokens`]],
      rankBy: 'max',
      token: { one: 'token', many: 'tokens' },
      ...options,
    });
  } finally {
    await features.close();
  }
}

/** Tables that weights could give. */
function randomTables(feature: number): FeatureTables {
  const random = new Random(feature);
  const vector = (n: number): Float32Array =>
    Float32Array.from({ length: n }, () => random.normal());
  const logits = vector(PAGE_TOKENS.length);
  const norms = vector(N_LAYERS * N_HEADS).map(Math.abs);
  const strongest = [...norms.keys()].sort((a, b) => norms[b]! - norms[a]!)[0]!;
  return {
    feature,
    logits: { feature, ...extremes(logits, 5), histogram: histogramOf(logits, 20) },
    embeddings: extremes(vector(PAGE_TOKENS.length), 5),
    heads: {
      norms,
      strongest: [
        {
          layer: Math.floor(strongest / N_HEADS),
          head: strongest % N_HEADS,
          norm: norms[strongest]!,
          ...extremes(vector(PAGE_TOKENS.length), 5),
        },
      ],
    },
    pullbacks: [extremes(vector(50), 5), extremes(vector(50), 5)],
  };
}
