// What keeps the codes of a step sparse: a penalty for each, or what an activation function has in its place.
import type {
  DeviceCoder,
  PreActTerm,
  Selection,
  StepOptions,
} from '../../compute/kernels/types.ts';
import type { ResolvedActivation } from '../activation-functions/resolve.ts';
import type { Power } from './annealing.ts';

type Sparsity = Pick<ResolvedActivation, 'penalty' | 'sparsityTerms'>;

/** The terms of a step that keep codes sparse; with `power` in place of their sum. */
export function sparsityTerms(
  { penalty, sparsityTerms: own }: Sparsity,
  coefficient: number,
  power?: Power,
): Pick<StepOptions, 'l1' | 'l0' | 'l0Target' | 'penalty'> {
  // The first power of all codes is their sum.
  if (power !== undefined && (power.p < 1 || power.nextP !== undefined)) {
    const { p, nextP, root } = power;
    return { l1: 0, l0: 0, penalty: { kind: 'power', weight: coefficient, p, nextP, root } };
  }
  const terms = own(coefficient);
  if (terms !== undefined) return { l1: 0, l0: 0, ...terms };
  return { l1: penalty === 'l1' ? coefficient : 0, l0: penalty === 'l0' ? coefficient : 0 };
}

/**
 * The loss that brings latents which `dead [dSae]` marks up to their thresholds; undefined where there are none, or no such
 * loss.
 * @throws {RangeError} when there is not one mark a latent.
 */
export function preActTerm(
  { preActCoeff: weight }: Pick<ResolvedActivation, 'preActCoeff'>,
  dead: Uint8Array | undefined,
  dSae: number,
): PreActTerm | undefined {
  if (weight === 0 || dead === undefined) return undefined;
  if (dead.length !== dSae) {
    throw new RangeError(`preAct: expected ${dSae} marks, got ${dead.length}`);
  }
  const latents = Uint32Array.from(dead.keys()).filter((s) => dead[s] !== 0);
  return latents.length === 0 ? undefined : { latents, weight };
}

/** The smallest threshold that training starts at: one of 0 would stay there in its logarithm. */
const LEAST = 1e-6;

/** Put one threshold for all latents where `l0` of them fire on a row of `x [rows, dIn]`, on average; returns it. */
export async function startThresholds(
  device: DeviceCoder,
  x: Float32Array,
  l0: number,
): Promise<number> {
  const thresholds = new Float32Array(device.shape.dSae);
  await device.write('threshold', thresholds);
  const { value } = await device.encode(x, { kind: 'batchtopk', k: l0 });
  const smallest = value.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const threshold = Number.isFinite(smallest) ? Math.max(LEAST, smallest) : LEAST;
  await device.write('threshold', thresholds.fill(threshold));
  return threshold;
}

/** What a step selects by, `width` in place of the selection's own where there is one. */
export function selectionOfWidth(selection: Selection, width: number | undefined): Selection {
  return selection.kind === 'threshold' && width !== undefined
    ? { ...selection, width }
    : selection;
}
