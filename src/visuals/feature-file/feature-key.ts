// What the tensors of a feature file depend on: with the same key, they need not be computed again.
import { createHash } from 'node:crypto';
import { bytesOf } from '../../formats/tensor.ts';
import type { SparseCoder } from '../../sae/coder.ts';
import type { VisualsConfig } from '../config.ts';

export type FeatureKey = Readonly<Record<string, unknown>>;

/** Gather the settings that decide the tensors; `examples` is what else the examples say decides them. */
export function featureKey(
  config: VisualsConfig,
  coder: SparseCoder,
  examples: FeatureKey,
): FeatureKey {
  const { shardRoot: _, ...data } = config.data;
  const key = {
    coder: coderHash(coder),
    ...examples,
    data,
    ignore: config.ignore,
    sortBy: config.sortBy,
    topK: config.topK,
    percentile: config.percentile,
    nDistributions: config.nDistributions,
  };
  return JSON.parse(JSON.stringify(key));
}

/** Names of the settings in which two keys differ. */
export function keyDifferences(a: FeatureKey, b: FeatureKey): string[] {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].filter((name) => JSON.stringify(a[name]) !== JSON.stringify(b[name]));
}

/** Hash what decides the codes: encoder weights, thresholds, activation, normalisation. */
function coderHash({ config, weights }: SparseCoder): string {
  const hash = createHash('sha256');
  const { activation, subtractDecoderBias, normalization, isScaleUnsaid = false } = config;
  hash.update(
    JSON.stringify([activation, subtractDecoderBias, normalization?.scale, isScaleUnsaid]),
  );
  const arrays = [weights.wEnc, weights.bEnc, weights.bDec, weights.threshold];
  const gated = [weights.gated?.rMag, weights.gated?.bGate];
  for (const array of [...arrays, ...gated, normalization?.mean]) {
    hash.update(array === undefined ? '-' : bytesOf(array));
  }
  return hash.digest('hex').slice(0, 16);
}
