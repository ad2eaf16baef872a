// Adam in plain float64.

import type { AdamOptions, ParameterName } from '../types.ts';
import type { ReferenceTensors } from './forward.ts';

const MATRICES_AND_BIASES = [
  'wEnc',
  'bEnc',
  'wDec',
  'bDec',
  'bIn',
  'rMag',
  'bMag',
  'wSkip',
] as const;

/** Step all parameters by Adam (Kingma and Ba 2015, arXiv 1412.6980). */
export function updateReference(tensors: ReferenceTensors, options: AdamOptions): void {
  const { of, gradient } = tensors;
  if (options.freeNorms) unfoldNorms(tensors, options);
  else if (options.removeParallel) removeParallel(tensors);
  clipGradients(tensors, options);
  const { learningRate, weightDecay = 0 } = options;
  for (const name of MATRICES_AND_BIASES) {
    const step = adamStep(tensors, name, gradient(name), options);
    of(name).forEach((value, i, all) => {
      all[i] = value * (1 - learningRate * weightDecay) - step[i]!;
    });
  }
  if (options.trainThreshold) {
    const theta = of('threshold');
    const gradients = thresholdGradient(tensors, options);
    const own = { ...options, learningRate: learningRate * (options.thresholdRate ?? 1) };
    const step = adamStep(tensors, 'threshold', gradients, own);
    theta.forEach((value, s) => {
      theta[s] = isInLogarithm(options)
        ? value * Math.exp(-step[s]!)
        : Math.max(0, value - step[s]!);
    });
  }
  if (options.freeNorms) foldNorms(tensors, options);
  else if (options.unitNorm) normalizeReferenceDecoder(tensors);
}

function isInLogarithm({ thresholdScale = 'logarithm' }: AdamOptions): boolean {
  return thresholdScale === 'logarithm';
}

/** Gradient of the thresholds on the scale on which they are stepped. */
function thresholdGradient({ of, gradient }: ReferenceTensors, options: AdamOptions): Float64Array {
  const theta = of('threshold');
  const own = gradient('threshold');
  return isInLogarithm(options) ? own.map((value, s) => value * theta[s]!) : own;
}

/** Scale the rows of W_dec to length 1. */
export function normalizeReferenceDecoder({ of, options }: ReferenceTensors): void {
  const { dOut, dSae } = options;
  const w = of('wDec');
  for (let s = 0; s < dSae; s++) {
    const row = w.subarray(s * dOut, (s + 1) * dOut);
    const length = Math.hypot(...row);
    if (length > 0) for (let i = 0; i < dOut; i++) row[i]! /= length;
  }
}

/**
 * Go over to decoder rows of the lengths `decoderNorms`, and to the encoder whose codes are multiples of them, with gradients:
 * for `w = n u`, `e = E / n` and `b = B / n` these are `(g_u − (g_u·u) u + (g_E·E + g_B B) u) / n`, `n g_E` and `n g_B`. Thresholds
 * are like biases; but codes are multiples of the length whatever they are, so that it has no gradient from them.
 */
function unfoldNorms(
  { of, gradient, options }: ReferenceTensors,
  { trainThreshold }: AdamOptions,
): void {
  const { dIn, dOut } = options;
  of('decoderNorms').forEach((norm, s) => {
    const [u, gDec] = [of('wDec'), gradient('wDec')].map((all) => rowOf(all, s, dOut));
    const [e, gEnc] = [of('wEnc'), gradient('wEnc')].map((all) => rowOf(all, s, dIn));
    const along = dot(gEnc!, e!) + gradient('bEnc')[s]! * of('bEnc')[s]! - dot(gDec!, u!);
    gDec!.forEach((g, i) => {
      gDec![i] = (g + along * u![i]!) / norm;
    });
    multiply(gEnc!, norm);
    gradient('bEnc')[s]! *= norm;
    multiply(u!, norm);
    multiply(e!, 1 / norm);
    of('bEnc')[s]! /= norm;
    if (!trainThreshold) return;
    gradient('threshold')[s]! *= norm;
    of('threshold')[s]! /= norm;
  });
}

/** The way back: decoder rows of length 1, their lengths in `decoderNorms` and in the encoder. */
function foldNorms({ of, options }: ReferenceTensors, { trainThreshold }: AdamOptions): void {
  const { dIn, dOut, dSae } = options;
  const norms = of('decoderNorms');
  for (let s = 0; s < dSae; s++) {
    const row = rowOf(of('wDec'), s, dOut);
    norms[s] = Math.hypot(...row) || norms[s]!;
    multiply(row, 1 / norms[s]!);
    multiply(rowOf(of('wEnc'), s, dIn), norms[s]!);
    of('bEnc')[s]! *= norms[s]!;
    if (trainThreshold) of('threshold')[s]! *= norms[s]!;
  }
}

function rowOf(values: Float64Array, row: number, width: number): Float64Array {
  return values.subarray(row * width, (row + 1) * width);
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

function multiply(row: Float64Array, by: number): void {
  row.forEach((value, i) => {
    row[i] = value * by;
  });
}

/** Advance a parameter's moments by a gradient; returns what is to be subtracted from the parameter. */
function adamStep(
  { of }: ReferenceTensors,
  name: ParameterName,
  gradient: Float64Array,
  { learningRate, step, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions,
): Float64Array {
  const m = of(`${name}.m`);
  const v = of(`${name}.v`);
  return gradient.map((value, i) => {
    m[i] = beta1 * m[i]! + (1 - beta1) * value;
    v[i] = beta2 * v[i]! + (1 - beta2) * value * value;
    const root = Math.sqrt(v[i] / (1 - beta2 ** step));
    return (learningRate * m[i]) / (1 - beta1 ** step) / (root + epsilon);
  });
}

/** Remove from the gradient of W_dec its part along each row. */
function removeParallel({ of, gradient, options }: ReferenceTensors): void {
  const { dOut, dSae } = options;
  const w = of('wDec');
  const g = gradient('wDec');
  for (let s = 0; s < dSae; s++) {
    let along = 0;
    for (let i = s * dOut; i < (s + 1) * dOut; i++) along += g[i]! * w[i]!;
    for (let i = s * dOut; i < (s + 1) * dOut; i++) g[i]! -= along * w[i]!;
  }
}

/** Shrink all gradients together to a norm, where they are above it. */
function clipGradients(tensors: ReferenceTensors, options: AdamOptions): void {
  const { clip, trainThreshold } = options;
  const { gradient } = tensors;
  if (clip === undefined) return;
  let squared = 0;
  for (const name of MATRICES_AND_BIASES) for (const g of gradient(name)) squared += g * g;
  if (trainThreshold) {
    for (const g of thresholdGradient(tensors, options)) squared += g * g;
  }
  const factor = Math.min(1, clip / (Math.sqrt(squared) + 1e-6));
  for (const name of [...MATRICES_AND_BIASES, 'threshold'] as const) {
    gradient(name).forEach((g, i, all) => {
      all[i] = g * factor;
    });
  }
}
