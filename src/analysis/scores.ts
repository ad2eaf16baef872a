// How strongly features fire on every token of given texts: encoding prompts through a model and a coder.
import { type HookPoint, parseHook } from '../backbones/hook-points.ts';
import type { LanguageBackbone } from '../backbones/language/types.ts';
import { dot } from '../base/arrays.ts';
import { startProgress } from '../base/progress.ts';
import type { SparseRows } from '../compute/sparse-rows.ts';
import { float16ToFloat32, float32ToFloat16 } from '../formats/half.ts';
import type { SparseCoder } from '../sae/coder.ts';
import type { Coder } from '../sae/open-coder.ts';
import { checkFeature, checkWidth, decoderVector, encoderVector } from './projections.ts';

/** Where features are looked at: a model, and a coder's place in it. */
export interface FeatureSite {
  readonly backbone: LanguageBackbone;
  /** Closed by whoever opened it. */
  readonly coder: Coder;
  /** Hook point that the coder reads. */
  readonly point: HookPoint;
}

/** How scores of prompts are computed. */
export interface ScoreOptions {
  /** Round to half precision, as the original returns scores. @default false */
  readonly compatible?: boolean;
  /** Positions of these tokens score −∞. */
  readonly ignoreTokens?: readonly number[];
  /** Sequences at a time. @default 64 */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
}

/** Scores of one feature, float32 `[sequences, positions]`. */
export interface ScoreTable {
  readonly values: Float32Array;
  readonly sequences: number;
  readonly positions: number;
}

/** Codes of all features on each position of `tokens`: `sequences · positions` rows, sequence by sequence. */
export async function promptCodes(
  { backbone, coder, point }: FeatureSite,
  tokens: readonly ArrayLike<number>[],
  options: { signal?: AbortSignal } = {},
): Promise<SparseRows> {
  const acts = await activations(backbone, point, tokens, options.signal);
  checkWidth('what it reads', coder.dIn, acts.length / (tokens.length * tokens[0]!.length));
  return coder.encode(acts);
}

/** One row of codes as a dense vector `[dSae]`. */
export function denseRow(
  { columns, rowStart, index, value }: SparseRows,
  row: number,
): Float32Array {
  const dense = new Float32Array(columns);
  for (let at = rowStart[row]!; at < rowStart[row + 1]!; at++) dense[index[at]!] = value[at]!;
  return dense;
}

/**
 * Score features by their codes on every token, all in one pass; `tokens` are rows of one length. After
 * transcoder-circuits' `get_feature_scores`, one feature a pass.
 *
 * @throws {UserError} for features and tokens that are not there.
 */
export async function featureScores(
  site: FeatureSite,
  tokens: readonly ArrayLike<number>[],
  features: readonly number[],
  options: ScoreOptions = {},
): Promise<ScoreTable[]> {
  for (const feature of features) checkFeature(site.coder, feature);
  const slots = new Map<number, number[]>();
  features.forEach((feature, slot) => {
    slots.set(feature, [...(slots.get(feature) ?? []), slot]);
  });
  const tables = emptyTables(tokens, features.length);
  await eachBatch(tokens, options, async (batch, first) => {
    const { rowStart, index, value } = await promptCodes(site, batch, options);
    for (let row = 0; row + 1 < rowStart.length; row++) {
      for (let at = rowStart[row]!; at < rowStart[row + 1]!; at++) {
        for (const slot of slots.get(index[at]!) ?? []) {
          tables[slot]!.values[first + row] = value[at]!;
        }
      }
    }
  });
  for (const table of tables) finish(table, tokens, options);
  return tables;
}

/** A direction in a coder's input, `[dIn]`, and what is added to a projection onto it. */
export interface Probe {
  readonly vector: Float32Array;
  readonly bias: number;
}

/**
 * Give a feature's pre-activation as a probe: `x · W_enc[:, i] + bias`.
 *
 * @throws {UserError} for a feature that is not there.
 */
export function encoderProbe(coder: SparseCoder, feature: number): Probe {
  const vector = encoderVector(coder, feature);
  return { vector, bias: coder.weights.bEnc[feature]! + centring(coder, vector) };
}

/**
 * Give the projection onto what an autoencoder's feature writes, `(x − b_dec) · W_dec[i]`. A transcoder writes elsewhere
 * than it reads, and its input bias is folded away: there it is `x · W_dec[i]`, where the original subtracts
 * `b_dec · W_dec[i]` too.
 *
 * @throws {UserError} for a feature that is not there.
 */
export function decoderProbe(coder: SparseCoder, feature: number): Probe {
  const vector = decoderVector(coder, feature);
  return { vector, bias: centring(coder, vector) };
}

/**
 * Score every token by a probe: the original's raw scores.
 *
 * @throws {UserError} for a vector of another width.
 */
export async function probeScores(
  { backbone, point }: Pick<FeatureSite, 'backbone' | 'point'>,
  tokens: readonly ArrayLike<number>[],
  { vector, bias }: Probe,
  options: ScoreOptions = {},
): Promise<ScoreTable> {
  const [table] = emptyTables(tokens, 1);
  await eachBatch(tokens, options, async (batch, first) => {
    const acts = await activations(backbone, point, batch, options.signal);
    const rows = batch.length * batch[0]!.length;
    const width = acts.length / rows;
    checkWidth('its vector', vector.length, width);
    for (let row = 0; row < rows; row++) {
      let sum = bias;
      for (let i = 0; i < width; i++) sum += acts[row * width + i]! * vector[i]!;
      table!.values[first + row] = sum;
    }
  });
  finish(table!, tokens, options);
  return table!;
}

/** Share of the positions on which a feature fires. */
export function firingFrequency({ values }: Pick<ScoreTable, 'values'>): number {
  let fired = 0;
  for (const value of values) if (value > 0) fired++;
  return values.length === 0 ? 0 : fired / values.length;
}

function centring({ config, weights }: SparseCoder, vector: Float32Array): number {
  if (!config.subtractDecoderBias) return 0;
  return -dot(vector, weights.bDec);
}

async function activations(
  backbone: LanguageBackbone,
  point: HookPoint,
  tokens: readonly ArrayLike<number>[],
  signal?: AbortSignal,
): Promise<Float32Array> {
  const block = parseHook(point)?.layer;
  const stopAtLayer = block === undefined ? undefined : block + 1;
  const recorded = await backbone.run(tokens, { record: [point], stopAtLayer, signal });
  return recorded.get(point)!.data;
}

async function eachBatch(
  tokens: readonly ArrayLike<number>[],
  { batchSize = 64, signal }: ScoreOptions,
  visit: (batch: readonly ArrayLike<number>[], firstRow: number) => Promise<void>,
): Promise<void> {
  const progress = startProgress('scoring tokens', { total: tokens.length, unit: 'texts' });
  try {
    for (let start = 0; start < tokens.length; start += batchSize) {
      signal?.throwIfAborted();
      const batch = tokens.slice(start, start + batchSize);
      await visit(batch, start * tokens[0]!.length);
      progress.tick(batch.length);
    }
  } finally {
    progress.end();
  }
}

function emptyTables(tokens: readonly ArrayLike<number>[], n: number): ScoreTable[] {
  const sequences = tokens.length;
  const positions = tokens[0]?.length ?? 0;
  const table = (): ScoreTable => ({
    values: new Float32Array(sequences * positions),
    sequences,
    positions,
  });
  return Array.from({ length: n }, table);
}

function finish(
  { values, positions }: ScoreTable,
  tokens: readonly ArrayLike<number>[],
  { compatible = false, ignoreTokens = [] }: ScoreOptions,
): void {
  if (ignoreTokens.length > 0) {
    const ignored = new Set(ignoreTokens);
    for (let at = 0; at < values.length; at++) {
      const token = tokens[Math.floor(at / positions)]![at % positions]!;
      if (ignored.has(token)) values[at] = Number.NEGATIVE_INFINITY;
    }
  }
  if (compatible) float16ToFloat32(float32ToFloat16(values), values);
}
