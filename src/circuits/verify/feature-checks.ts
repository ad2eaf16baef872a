// Published codes of single features, and what they read: tokens and earlier features.

import { deembed } from '../../analysis/deembeddings.ts';
import { extremes } from '../../analysis/extremes.ts';
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import { dot } from '../../base/arrays.ts';
import { withReplacement } from '../replacement/replacement.ts';
import type { CheckBench } from './bench.ts';
import { type Comparison, compareNamed, type Named } from './comparison.ts';
import type { Published } from './values.ts';

/** Tables are printed to three decimals. */
const TABLE = 1e-3;
/** Scores of prompts were rounded to half precision and then printed to four digits. */
const SCORE = 2e-3;

/** Codes at a position of a prompt: the largest of a layer, and single ones, also with MLPs replaced below. */
export async function* featureChecks(
  published: Published,
  bench: CheckBench,
): AsyncGenerator<Comparison> {
  const { tokenizer, backbone } = bench;
  for (const { prompt, layer, values } of published.topFeatures) {
    const codes = await codesAt(bench, backbone, layer, tokenizer.encode(prompt), -1);
    const best = extremes(codes, values.length).top;
    const name = (index: number): string => `feature ${index}`;
    yield compareNamed(
      `largest features of layer ${layer} on "${prompt}"`,
      values.map(([index, value]): Named => [name(index), value]),
      best.map(({ index, value }): Named => [name(index), value]),
      TABLE,
    );
  }
  for (const each of published.featureValues) {
    const { prompt, layer, feature, bos, position, value, replaced } = each;
    const [first, last] = replaced ?? [0, -1];
    const layers = bench.transcoders.layers.filter((l) => l >= first && l <= last);
    const model =
      replaced === undefined
        ? backbone
        : withReplacement(backbone, { transcoders: bench.transcoders.only(layers) });
    const tokens = tokenizer.encode(prompt, { prependBos: bos });
    const codes = await codesAt(bench, model, layer, tokens, position);
    const where = replaced === undefined ? '' : `, MLPs ${first} to ${last} replaced`;
    const what = `${layer}/${feature} on "${prompt}"${bos ? '' : ' without BOS'}${where}`;
    yield compareNamed(what, [['code', value]], [['code', codes[feature]!]], bos ? TABLE : SCORE);
  }
}

/** Give the codes `[dSae]` of a layer's transcoder at a position. */
export async function codesAt(
  { transcoders, signal }: CheckBench,
  backbone: LanguageBackbone,
  layer: number,
  tokens: Int32Array,
  position: number,
): Promise<Float32Array> {
  const transcoder = await transcoders.at(layer);
  const { input } = transcoder;
  const values = await backbone.run([tokens], { record: [input], stopAtLayer: layer + 1, signal });
  const { dIn, dSae } = transcoder.config;
  const at = (position < 0 ? tokens.length + position : position) * dIn;
  const { index, value } = await transcoder.encode(values.get(input)!.data.slice(at, at + dIn));
  const codes = new Float32Array(dSae);
  index.forEach((feature, i) => {
    codes[feature] = value[i]!;
  });
  return codes;
}

/** Tokens that a feature reads straight from the embedding. */
export async function* deembeddingChecks(
  published: Published,
  { backbone, transcoders, tokenizer }: CheckBench,
): AsyncGenerator<Comparison> {
  for (const { layer, feature, top, bottom } of published.deembeddings) {
    const values = await deembed(backbone.matrices, await reading(transcoders, layer, feature));
    const ids = [...top, ...bottom].map(([text]) => tokenizer.singleToken(text));
    yield compareNamed(
      `de-embedding of ${layer}/${feature}`,
      [...top, ...bottom],
      [...top, ...bottom].map(([text], i): Named => [text, values[ids[i]!]!]),
      TABLE,
    );
  }
}

/** Earlier features that a feature reads, whatever the prompt. */
export async function* pullbackChecks(
  published: Published,
  { transcoders }: CheckBench,
): AsyncGenerator<Comparison> {
  for (const { layer, feature, by, top, bottom } of published.pullbacks) {
    const vector = await reading(transcoders, layer, feature);
    const { weights, config } = await transcoders.at(by);
    const strength = (earlier: number): number => dot(vector, weights.wDec, earlier * config.dOut);
    const named = [...top, ...bottom].map(([index, value]): Named => [`${by}/${index}`, value]);
    const ours = [...top, ...bottom].map(([index]): Named => [`${by}/${index}`, strength(index)]);
    yield compareNamed(`${layer}/${feature} read through layer ${by}`, named, ours, 2e-3);
  }
}

/** What a feature reads, `[dModel]`. */
async function reading(
  transcoders: CheckBench['transcoders'],
  layer: number,
  feature: number,
): Promise<Float32Array> {
  const { weights, config } = await transcoders.at(layer);
  return weights.wEnc.slice(feature * config.dIn, (feature + 1) * config.dIn);
}
