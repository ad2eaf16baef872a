// What contributes to a direction: transcoder features, attention heads and the embedding below it, by input times
// gradient (Dunefsky et al., "Transcoders find interpretable LLM feature circuits", 2024).

import { dot } from '../../base/arrays.ts';
import { readingOf } from '../reading.ts';
import type { Component, FeatureVector } from './components.ts';
import type { FeatureFilter } from './filters.ts';
import { matches } from './filters.ts';
import { type CircuitPrompt, denseCodes, normFactor } from './prompt.ts';
import { largest, rowOf, scaled, times } from './vectors.ts';

/** Which contributions are given. */
export interface ContributionOptions {
  /** How many to keep, of each layer and in all. */
  readonly k: number;
  /** Leave out what heads read from the first position. @default true */
  readonly ignoreBos?: boolean;
  /** Contributions above it are cut to it. */
  readonly cap?: number;
  readonly filter?: FeatureFilter;
}

/**
 * Give the components that contribute most to a direction, best first. Of each layer's heads no more are looked at than
 * the layer has heads, as in the original.
 *
 * @throws {UserError} when a layer below has no transcoder.
 */
export async function topContributions(
  prompt: CircuitPrompt,
  target: FeatureVector,
  options: ContributionOptions,
): Promise<FeatureVector[]> {
  const { k, ignoreBos = true, cap, filter } = options;
  const { layer, sublayer } = target;
  if (sublayer === 'mlp_out') return topTranscoderFeatures(prompt, target, layer, k);
  const all: FeatureVector[] = [];
  const mlps = layer + (sublayer === 'resid_post' ? 1 : 0);
  for (let l = 0; l < mlps; l++) all.push(...(await topTranscoderFeatures(prompt, target, l, k)));
  const hasAttention =
    sublayer === 'resid_post' || (sublayer === 'resid_mid' && !prompt.backbone.config.parallel);
  const attentions = layer + (hasAttention ? 1 : 0);
  for (let l = 0; l < attentions; l++)
    all.push(...(await topHeads(prompt, target, l, k, ignoreBos)));
  all.push(embedding(prompt, target));
  const kept = filter === undefined ? all : all.filter((each) => matches(filter, each));
  const capped = kept.map((each) =>
    cap !== undefined && each.contrib! > cap
      ? { ...each, contrib: cap, contribType: 'zero_ablation' as const }
      : each,
  );
  return largest(
    capped.map(({ contrib }) => Math.fround(contrib!)),
    k,
  ).map((i) => capped[i]!);
}

/** The features of a layer's transcoder that contribute most at the target's own position. */
async function topTranscoderFeatures(
  prompt: CircuitPrompt,
  target: FeatureVector,
  layer: number,
  k: number,
): Promise<FeatureVector[]> {
  const vector = target.vector!;
  const token = prompt.position(target.token!);
  const layerCodes = await prompt.codes(layer);
  const { transcoder, reconstruction } = layerCodes;
  const { wDec } = transcoder.weights;
  const { dOut } = transcoder.config;
  const written = prompt.row(`blocks.${layer}.hook_mlp_out`, token);
  const kept = dot(vector, rowOf(reconstruction, token, dOut));
  const error = 1 - kept / dot(vector, written);
  const gain = (feature: number): number => Math.fround(dot(vector, wDec, feature * dOut));
  // Features that do not fire contribute 0, and stand for nothing better when fewer than k do.
  const contribs = denseCodes(layerCodes, token).map((code, i) =>
    code === 0 ? 0 : code * gain(i),
  );
  const isBehindNorm = transcoder.input.endsWith('ln2.hook_normalized');
  return largest(contribs, k).map((feature) => {
    const through = scaled(readingOf(transcoder, feature).direction, gain(feature));
    const factor = isBehindNorm ? normFactor(prompt, through, { layer, token, norm: 'ln2' }) : 1;
    const component: Component = { layer, type: 'mlp', token, featureType: 'tc', feature };
    return {
      components: [component],
      vector: scaled(through, factor),
      layer,
      sublayer: 'resid_mid',
      token,
      contrib: contribs[feature]!,
      contribType: 'raw',
      error,
    };
  });
}

/**
 * The heads of a layer and the positions they read from that contribute most. `W_O v` is made once a head: a few
 * numbers, where outputs of all positions would be `[nHeads, positions, positions, dModel]`.
 */
async function topHeads(
  prompt: CircuitPrompt,
  target: FeatureVector,
  layer: number,
  k: number,
  ignoreBos: boolean,
): Promise<FeatureVector[]> {
  const { nHeads, dHead, dModel } = prompt.backbone.config;
  const { wV, wO } = await prompt.heads(layer);
  const values = prompt.at(`blocks.${layer}.attn.hook_v`).data;
  const patterns = prompt.at(`blocks.${layer}.attn.hook_pattern`).data;
  const nPositions = prompt.tokens.length;
  const token = prompt.position(target.token!);
  const first = ignoreBos ? 1 : 0;
  const width = nPositions - first;
  const size = dModel * dHead;
  const contribs = new Float32Array(nHeads * width);
  const pulled: Float32Array[] = [];
  const attended = (head: number, source: number): number =>
    patterns[(head * nPositions + token) * nPositions + source]!;
  for (let head = 0; head < nHeads; head++) {
    const through = times(wO.subarray(head * size, (head + 1) * size), target.vector!);
    pulled.push(through);
    for (let source = first; source < nPositions; source++) {
      const value = dot(through, values, (source * nHeads + head) * dHead);
      contribs[head * width + source - first] = attended(head, source) * value;
    }
  }
  return largest(contribs, Math.min(k, nHeads)).map((index) => {
    const head = Math.floor(index / width);
    const source = (index % width) + first;
    const read = times(wV.subarray(head * size, (head + 1) * size), pulled[head]!);
    const through = scaled(read, attended(head, source));
    const factor = normFactor(prompt, through, { layer, token: source, norm: 'ln1' });
    const component: Component = { layer, type: 'attn', token: source, head };
    return {
      components: [...target.components, component],
      vector: scaled(through, factor),
      layer,
      sublayer: 'resid_pre',
      token: source,
      contrib: contribs[index]!,
      contribType: 'raw',
      error: 0,
    };
  });
}

/** What token and position embedding contribute together. */
function embedding(prompt: CircuitPrompt, target: FeatureVector): FeatureVector {
  const token = prompt.position(target.token!);
  const start = prompt.row('blocks.0.hook_resid_pre', token);
  return {
    components: [...target.components, { layer: 0, type: 'embed', token }],
    vector: target.vector,
    layer: 0,
    sublayer: 'resid_pre',
    token,
    contrib: Math.fround(dot(target.vector!, start)),
    contribType: 'raw',
    error: 0,
  };
}
