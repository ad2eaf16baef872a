// Where path search can begin: a feature of a coder, or a difference of logits.
import { type HookPoint, parseHook } from '../../backbones/hook-points.ts';
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import { UserError } from '../../base/errors.ts';
import type { SparseCoder } from '../../sae/coder.ts';
import { hookPointsOf } from '../../sae/hook-points.ts';
import { readingOf } from '../reading.ts';
import type { PlacedCoder } from '../transcoders.ts';
import type { Component, FeatureVector, Sublayer } from './components.ts';
import { rowOf } from './vectors.ts';

/**
 * Place a coder, an SAE for one, by its own metadata.
 *
 * @throws {UserError} when it does not say where it belongs.
 */
export function placedCoder(coder: SparseCoder, name: string): PlacedCoder {
  const { layer, input, output } = hookPointsOf(coder, `'${name}'`);
  return { name, layer, input, output, config: coder.config, weights: coder.weights };
}

/**
 * Make the root of a feature: what it reads, or (`use: 'decoder'`) what it writes, at a position (the last one by
 * default).
 *
 * @throws {UserError} for a feature that the coder does not have, and for a hook point that is in no residual stream.
 */
export function coderFeature(
  coder: PlacedCoder,
  feature: number,
  options: { readonly use?: 'encoder' | 'decoder'; readonly token?: number } = {},
): FeatureVector {
  const { use = 'encoder', token = -1 } = options;
  const { layer, input, output, config, weights } = coder;
  const { direction } = readingOf(coder, feature);
  const reads = use === 'encoder';
  const { type, sublayer } = placeOf(reads ? input : output);
  const featureType = input === output ? 'sae' : 'tc';
  return {
    components: [{ layer, type, token, featureType, feature }],
    vector: reads ? direction : rowOf(weights.wDec, feature, config.dOut).slice(),
    layer,
    sublayer,
    token,
    error: 0,
  };
}

/**
 * Make the root of `logit(plus) − logit(minus)`: a difference of columns of `W_U`, read from the residual stream behind
 * the last block without its final norm, as the original does.
 *
 * @throws {UserError} for a token that is unknown.
 */
export async function logitFeature(
  backbone: Pick<LanguageBackbone, 'config' | 'matrices'>,
  { plus, minus }: { readonly plus: number; readonly minus?: number },
  token = -1,
): Promise<FeatureVector> {
  const { dModel, dVocab, nLayers } = backbone.config;
  for (const id of [plus, minus ?? plus]) {
    if (Number.isInteger(id) && id >= 0 && id < dVocab) continue;
    throw new UserError(`invalid token ${id}: the model knows 0 to ${dVocab - 1}`);
  }
  const { data } = await backbone.matrices.W_U();
  const vector = Float32Array.from({ length: dModel }, (_, i) => {
    const other = minus === undefined ? 0 : data[i * dVocab + minus]!;
    return data[i * dVocab + plus]! - other;
  });
  const layer = nLayers - 1;
  const components = [{ layer, type: 'mlp', token } as const];
  return { components, vector, layer, sublayer: 'resid_post', token, error: 0 };
}

/**
 * Make the root of any direction that is read at a hook point of the residual stream, at a position (the last one by
 * default).
 *
 * @throws {UserError} for a hook point that is in no residual stream.
 */
export function vectorFeature(point: HookPoint, vector: Float32Array, token = -1): FeatureVector {
  const { type, sublayer } = placeOf(point);
  const layer = parseHook(point)!.layer!;
  return { components: [{ layer, type, token }], vector, layer, sublayer, token, error: 0 };
}

/** What a layer norm gives before the MLP counts as the residual stream within the block: search scales it. */
function placeOf(point: string): { type: Component['type']; sublayer: Sublayer } {
  const isMid = /resid_mid|hook_mlp_in|ln2\.hook_normalized/.test(point);
  if (isMid) return { type: 'mlp', sublayer: 'resid_mid' };
  if (point.includes('mlp_out')) return { type: 'mlp', sublayer: 'mlp_out' };
  if (point.includes('resid_pre')) return { type: 'attn', sublayer: 'resid_pre' };
  if (point.includes('resid_post')) return { type: 'attn', sublayer: 'resid_post' };
  throw new UserError(`unsupported hook point of a root: '${point}'`, {
    hint: 'known: the residual stream, what the MLP reads, and what it writes',
  });
}
