// Gradients of a batch in plain float64.

import type { Aim, StepOptions, StepSums } from '../types.ts';
import { addAux } from './aux.ts';
import { decodeRow, type Entry, forward, type ReferenceTensors, withoutSkip } from './forward.ts';
import { addGateRow, gateShare } from './gates.ts';
import { addPreAct, l0Terms, penaltyOfRow } from './penalties.ts';
import { connectionLoss, ghostLoss, inverseNorm } from './terms.ts';

/** What a forward and backward pass found, besides the gradients. */
export interface Backward {
  readonly sums: StepSums;
  /** `[dSae]`: rows in which each latent fired. */
  readonly fired: Uint32Array;
  /** `x̂ − target` of each row, from all latents. */
  readonly errors: readonly Float64Array[];
}

/** Forward and backward: fills the gradients. */
export function backward(
  tensors: ReferenceTensors,
  x: Float32Array,
  target: Float32Array,
  { select: selection, prefixes, l1, l0, ...terms }: StepOptions,
): Backward {
  const { of, gradient, input, centre } = tensors;
  const { dIn, dOut, dSae, directions = new Float32Array(0) } = tensors.options;
  tensors.clearGradients();
  const rows = x.length / dIn;
  const { prefixWeight = 1 / prefixes.length } = terms;
  const scale = (2 * prefixWeight) / (rows * dOut);
  const wDec = of('wDec');
  const width = selection.kind === 'threshold' ? selection.width : 0;
  const weights = terms.errorByNorm
    ? Array.from({ length: rows }, (_, r) => inverseNorm(target.subarray(r * dOut, (r + 1) * dOut)))
    : undefined;
  const y = withoutSkip(tensors, x, target);
  const fired = new Uint32Array(dSae);
  const lastErrors: Float64Array[] = [];
  let smallest = selection.kind === 'batchtopk' ? Number.POSITIVE_INFINITY : Number.NaN;
  const addSkip = (row: number, error: Float64Array, rowScale: number): void => {
    if (tensors.options.skip !== true) return;
    error.forEach((e, j) => {
      for (let i = 0; i < dIn; i++) {
        gradient('wSkip')[j * dIn + i]! += rowScale * e * x[row * dIn + i]!;
      }
    });
  };
  let [gateError, gateL1] = [0, 0];
  const found: { entries: Entry[]; errors: Float64Array[] }[] = [];
  const { sums } = forward(tensors, x, y, {
    selection,
    prefixes,
    weights,
    visit: (_, entries, errors) => found.push({ entries, errors }),
  });
  const counted = l0Terms(
    { l0, l0Target: terms.l0Target },
    found.map(({ entries }) => entries),
  );
  let penalty = counted.loss;
  let powers: readonly [number, number] = [0, 0];
  found.forEach(({ entries, errors }, row) => {
    lastErrors.push(errors.at(-1)!);
    const penalised = penaltyOfRow(terms.penalty, entries);
    penalty += penalised.loss / rows;
    const [now, next] = penalised.powers;
    powers = [powers[0] + now / rows, powers[1] + next / rows];
    const rowScale = scale * (weights?.[row] ?? 1);
    for (const error of errors) {
      error.forEach((e, i) => {
        gradient('bDec')[i]! += rowScale * e;
      });
      addSkip(row, error, rowScale);
    }
    if (terms.gates !== undefined) {
      const seen = { row, entries, error: errors[0]!, scale: rowScale, rows };
      const found = addGateRow(tensors, x, y, seen, terms.gates);
      gateError += (weights?.[row] ?? 1) * found.squaredError;
      gateL1 += found.l1;
      if (terms.gates.trainsDecoder) addSkip(row, found.error, rowScale);
      for (const { latent, value } of entries) fired[latent]! += value > 0 ? 1 : 0;
      return;
    }
    for (const { latent, pre, value } of entries) {
      let d = 0;
      prefixes.forEach((end, k) => {
        if (latent >= end) return;
        for (let i = 0; i < dOut; i++) {
          const e = rowScale * errors[k]![i]!;
          d += e * wDec[latent * dOut + i]!;
          gradient('wDec')[latent * dOut + i]! += value * e;
        }
      });
      const theta = of('threshold')[latent]!;
      d += penalised.slope(value) / rows;
      const own = width * of('decoderNorms')[latent]!;
      if (own > 0 && Math.abs(pre - theta) < own / 2) {
        gradient('threshold')[latent]! -= (theta * d + counted.slopes[row]!) / own;
      }
      if (!(pre > theta)) continue;
      if (value > 0) smallest = Math.min(smallest, value);
      of('seen')[latent] = 1;
      fired[latent]! += 1;
      d += l1 / rows;
      gradient('bEnc')[latent]! += d;
      for (let i = 0; i < dIn; i++) gradient('wEnc')[latent * dIn + i]! += d * input(x, row, i);
    }
  });
  const { ghosts = new Uint32Array(0), connection = 0 } = terms;
  const { ghostAim = 'target' } = terms;
  const unexplained = { ghosts, errors: lastErrors, weights, scale, ghostAim };
  const ghost = ghosts.length === 0 ? 0 : addGhosts(tensors, x, y, unexplained);
  const aux = terms.aux === undefined ? 0 : addAux(tensors, x, terms.aux, { lastErrors, weights });
  const preAct = terms.preAct === undefined ? 0 : addPreAct(tensors, x, terms.preAct);
  if (centre !== undefined) {
    const share = terms.gates === undefined ? gradient('bEnc') : gateShare(tensors);
    for (let s = 0; s < dSae; s++) {
      for (let i = 0; i < dIn; i++) {
        gradient(centre)[i]! -= share[s]! * of('wEnc')[s * dIn + i]!;
      }
    }
  }
  const told = { fired, errors: lastErrors };
  const all = { ...sums, smallest, ghost, aux, gateError, gateL1, penalty, powers, preAct };
  if (connection === 0) return { ...told, sums: { ...all, connection: 0 } };
  of('seen').fill(1);
  const weight = (connection * dOut) / directions.length;
  const onto = { d: dOut, weight, gradient: gradient('wDec') };
  const total = connectionLoss(wDec, directions, onto);
  return { ...told, sums: { ...all, connection: total } };
}

/** Which latents are ghosts, and what a batch left for them to explain. */
interface Unexplained {
  readonly ghosts: Uint32Array;
  readonly ghostAim: Aim;
  /** `x̂ − target` of each row. */
  readonly errors: readonly Float64Array[];
  readonly weights: readonly number[] | undefined;
  /** 2 / (rows · dOut). */
  readonly scale: number;
}

/** Add the gradients of the ghosts' loss; returns the loss. */
function addGhosts(
  tensors: ReferenceTensors,
  x: Float32Array,
  y: ArrayLike<number>,
  { ghosts, errors, weights, scale, ghostAim }: Unexplained,
): number {
  const { of, gradient, input, preActivation, options } = tensors;
  const { dIn, dOut, dSae } = options;
  let total = 0;
  errors.forEach((error, row) => {
    const values = Array.from(ghosts, (s) => Math.exp(preActivation(x, row, s)));
    const entries = values.map((value, k) => ({ latent: ghosts[k]!, pre: 0, value }));
    const ghost = decodeRow(tensors, entries, dSae).map((sum, i) => sum - of('bDec')[i]!);
    const aim = ghostAim === 'input' ? x : y;
    const residual = error.map((e, i) => aim[row * dOut + i]! - y[row * dOut + i]! - e);
    const weight = weights?.[row] ?? 1;
    const { loss, gradient: g } = ghostLoss({ ghost, error, residual, weight });
    total += loss;
    ghosts.forEach((s, k) => {
      let d = 0;
      for (let i = 0; i < dOut; i++) {
        const change = (scale / 2) * g[i]!;
        d += change * of('wDec')[s * dOut + i]! * values[k]!;
        gradient('wDec')[s * dOut + i]! += change * values[k]!;
      }
      gradient('bEnc')[s]! += d;
      for (let i = 0; i < dIn; i++) gradient('wEnc')[s * dIn + i]! += d * input(x, row, i);
    });
  });
  for (const s of ghosts) of('seen')[s] = 1;
  return total;
}
