// Clamping and normalising rows: `(clamp(x, ±c) − mean) / scalar`, so that the mean norm becomes √dModel
// ("Scaling Monosemanticity", Anthropic 2024, as in saev's Dataset).
import { UserError } from '../../base/errors.ts';

/** What is done to each row as it is read. */
export interface Scaling {
  /** Values are clamped to ±this. */
  readonly clamp: number;
  /** Subtracted, float32 `[dModel]`; undefined for zero. */
  readonly mean: Float32Array | undefined;
  /** Rows are divided by this, a float32 number. */
  readonly scalar: number;
}

/** saev refuses samples, means and norms above this: they would spoil the scaling. */
const ABNORMAL = 1e3;

/** Check the numbers of a scaling against the width of the rows, and round them to float32 as Python has them. */
export function checkScaling(scaling: Scaling, dModel: number): Scaling {
  const { mean } = scaling;
  const clamp = Math.fround(scaling.clamp);
  const scalar = Math.fround(scaling.scalar);
  if (!(clamp > 0)) throw new UserError(`invalid clamp ${clamp}: it must be above 0`);
  if (!(scalar > 0 && Number.isFinite(scalar))) {
    throw new UserError(`invalid scale of activations: ${scalar}`, {
      hint: 'it must be a finite number above 0',
    });
  }
  if (mean === undefined) return { clamp, mean, scalar };
  if (mean.length !== dModel) {
    throw new UserError(`invalid mean of activations: ${mean.length} numbers, expected ${dModel}`);
  }
  if (!mean.every(Number.isFinite)) {
    throw new UserError('invalid mean of activations: not all of it is finite numbers');
  }
  return { clamp, mean, scalar };
}

/**
 * Tell whether rows are scaled where nothing is said: those of images are, those of texts, with a target, or drawn by a
 * law are not.
 */
export function scalesByDefault(source: {
  readonly contexts?: unknown;
  readonly dTarget?: number | undefined;
  readonly isDrawn?: boolean | undefined;
}): boolean {
  return source.contexts === undefined && source.dTarget === undefined && source.isDrawn !== true;
}

/**
 * Refuse to scale the rows of a transcoder: nothing says how its targets would be.
 *
 * @throws {UserError} when rows would be centred or scaled.
 */
export function checkTargetScaling({ mean, scalar }: Scaling): void {
  if (mean === undefined && scalar === 1) return;
  throw new UserError('unsupported scaling of activations that have a target', {
    hint: 'leave scaleMean and scaleNorm out: the rows of a transcoder are taken as they are',
  });
}

/**
 * Write row `[dModel]` from `source` at `at` to `out` at `to`, clamped and normalised.
 * Returns false when the result is not all finite numbers.
 */
export function scaleRow(
  source: Float32Array,
  at: number,
  out: Float32Array,
  to: number,
  dModel: number,
  scaling: Scaling,
): boolean {
  const { clamp, mean, scalar } = scaling;
  let check = 0;
  if (mean === undefined && scalar === 1) {
    for (let j = 0; j < dModel; j++) {
      const x = source[at + j]!;
      const clamped = Math.min(clamp, Math.max(-clamp, x));
      check += clamped * 0;
      out[to + j] = clamped;
    }
    return check === 0;
  }
  for (let j = 0; j < dModel; j++) {
    const x = source[at + j]!;
    const clamped = Math.min(clamp, Math.max(-clamp, x));
    check += clamped * 0;
    // Rounded as float32 arithmetic rounds it, step by step.
    out[to + j] = Math.fround(clamped - (mean === undefined ? 0 : mean[j]!)) / scalar;
  }
  return check === 0;
}

/** Mean of the sources `[width]` of a row, written to `out`; accumulated in float64. */
export function meanRow(
  source: Float32Array,
  at: ArrayLike<number>,
  firstSource: number,
  width: number,
  base: number,
  out: Float32Array,
  dModel: number,
): void {
  for (let j = 0; j < dModel; j++) {
    let sum = 0;
    for (let k = 0; k < width; k++) sum += source[base + at[firstSource + k]! + j]!;
    out[j] = sum / width;
  }
}

/** Chunks of sampled rows, `[rows, dModel]`, clamped only; the same rows every time. */
export type SampledRows = () => AsyncIterable<Float32Array>;

/**
 * Compute the mean of the sampled rows (`mean: true`) and the scalar `mean ‖x − mean‖ / √dModel` (`norm: true`),
 * in float64. A mean or scalar that is given is kept.
 *
 * @throws {UserError} where saev does: a sampled value, a mean or the mean norm above 1,000.
 */
export async function computeScaling(
  samples: SampledRows,
  dModel: number,
  wanted: {
    clamp: number;
    mean: Float32Array | boolean;
    norm: number | boolean;
  },
): Promise<Scaling> {
  let mean = typeof wanted.mean === 'boolean' ? undefined : wanted.mean;
  let scalar = typeof wanted.norm === 'boolean' ? 1 : wanted.norm;
  if (wanted.mean === true) mean = await meanOf(samples, dModel);
  if (wanted.norm === true) {
    const norm = await meanNorm(samples, dModel, mean);
    if (norm > ABNORMAL) throw abnormal('mean norm', norm);
    scalar = Math.fround(norm / Math.sqrt(dModel));
    if (scalar === 0) {
      throw new UserError('activations cannot be scaled: they are all the same', {
        hint: 'set scaleNorm to false',
      });
    }
  }
  return checkScaling({ clamp: wanted.clamp, mean, scalar }, dModel);
}

async function meanOf(samples: SampledRows, dModel: number): Promise<Float32Array> {
  const sum = new Float64Array(dModel);
  let count = 0;
  for await (const rows of samples()) {
    checkNormal(rows);
    for (let at = 0; at < rows.length; at += dModel) {
      for (let j = 0; j < dModel; j++) sum[j]! += rows[at + j]!;
    }
    count += rows.length / dModel;
  }
  return Float32Array.from(sum, (value) => value / count);
}

async function meanNorm(
  samples: SampledRows,
  dModel: number,
  mean: Float32Array | undefined,
): Promise<number> {
  let sum = 0;
  let count = 0;
  for await (const rows of samples()) {
    checkNormal(rows);
    for (let at = 0; at < rows.length; at += dModel) {
      let squares = 0;
      for (let j = 0; j < dModel; j++) {
        const x = rows[at + j]! - (mean === undefined ? 0 : mean[j]!);
        squares += x * x;
      }
      sum += Math.sqrt(squares);
    }
    count += rows.length / dModel;
  }
  return sum / count;
}

function checkNormal(rows: Float32Array): void {
  for (let i = 0; i < rows.length; i++) {
    if (Math.abs(rows[i]!) > ABNORMAL) throw abnormal('value', rows[i]!);
  }
}

function abnormal(what: string, value: number): UserError {
  return new UserError(
    `abnormally large activations: a ${what} of ${value.toPrecision(5)} would spoil the scaling`,
    { hint: 'lower clamp below 1000, or set scaleMean and scaleNorm to false' },
  );
}
