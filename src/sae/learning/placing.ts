// From options to a coder on the device, ready for its first step.
import { mean } from '../../base/arrays.ts';
import { UserError } from '../../base/errors.ts';
import type { DeviceCoder, Kernels, ParameterName } from '../../compute/kernels/types.ts';
import { sameThreshold } from '../activation-functions/activation-function.ts';
import {
  checkActivation,
  type ResolvedActivation,
  resolveActivation,
} from '../activation-functions/resolve.ts';
import { decoderNorms, foldDecoderNorm } from '../fold.ts';
import { mostAux } from './auxk.ts';
import type { InitialWeights } from './init.ts';
import type { LearnerOptions } from './learner-options.ts';
import { checkTerms, type TermOptions } from './loss-terms.ts';
import { type ResolvedObjective, resolveObjective } from './objectives/resolve.ts';

/** A coder on the device, and what its settings mean. */
export interface PlacedCoder {
  readonly device: DeviceCoder;
  readonly activation: ResolvedActivation;
  readonly objective: ResolvedObjective;
  readonly terms: TermOptions;
  /** The parameters that this coder trains. */
  readonly trained: readonly ParameterName[];
  /** Mean length that decoder rows begin with where they are free; 1 where they are not. */
  readonly startNorm: number;
}

const PARAMETERS = [
  'wEnc',
  'bEnc',
  'wDec',
  'bDec',
  'bIn',
  'threshold',
  'rMag',
  'bMag',
  'wSkip',
] as const;

/**
 * Put a coder on the device: first weights in place, decoder rows at unit norm if asked for, moments at zero, thresholds
 * where the activation function starts them unless weights have them.
 * @throws {UserError} when it does not fit the memory of the kernels, or when its options cannot stand together.
 */
export async function placeCoder(kernels: Kernels, options: LearnerOptions): Promise<PlacedCoder> {
  const { dIn, dOut, dSae, inputBias, sparseConnection, aux } = options;
  const { deadLatentAim = 'target', skip = false, freeDecoderNorm = false } = options;
  const weights = freeDecoderNorm
    ? { ...options.weights, ...foldDecoderNorm(options.weights) }
    : options.weights;
  const activation = resolveActivation(options.activation);
  const objective = resolveObjective(options.objective, dSae);
  if ('k' in options.activation && options.activation.k > dSae) {
    throw new UserError(`invalid k: ${options.activation.k}, but there are ${dSae} latents`);
  }
  checkActivation(options.activation, options);
  if (objective.anneals !== undefined && activation.penalty !== 'l1') {
    throw new UserError(`unsupported objective p-anneal: for a ${activation.kind} coder`, {
      hint: 'it anneals the penalty on Σ f that relu coders have',
    });
  }
  const sizes = { dIn, dOut, dSae };
  const terms: TermOptions = {
    ...sizes,
    inputBias,
    objective,
    sparseConnection,
    deadLatentAim,
    skip,
  };
  checkTerms(terms);
  const gated = activation.gates !== undefined;
  if (gated && !objective.gates) {
    throw new UserError(`unsupported objective: ${objective.kind} for a gated coder`, {
      hint: 'use the vanilla objective: gates reconstruct from the whole code',
    });
  }
  const device = await kernels.createCoder({
    ...sizes,
    maxRows: options.maxRows,
    maxPrefixes: objective.maxPrefixes,
    ...(aux === undefined ? {} : { maxAux: mostAux(aux, sizes) }),
    train: true,
    inputBias,
    gated,
    skip,
    directions: sparseConnection?.directions,
  });
  const trained = PARAMETERS.filter(
    (name) =>
      (name !== 'threshold' || activation.trainsThreshold) &&
      (name !== 'bIn' || inputBias === 'own') &&
      (name !== 'wSkip' || skip) &&
      (gated || (name !== 'rMag' && name !== 'bMag')),
  );
  const first: ReturnType<typeof withGates> = gated ? withGates(weights) : weights;
  for (const name of trained) {
    const values = first[name];
    if (values !== undefined) await device.write(name, values);
  }
  const norms = freeDecoderNorm ? Float32Array.from(decoderNorms(options.weights)) : undefined;
  if (!trained.includes('threshold') || weights.threshold === undefined) {
    const same = sameThreshold(weights, activation.initialThreshold);
    const isLearnt = activation.trainsThreshold && norms !== undefined;
    await device.write('threshold', isLearnt ? same.map((value, s) => value * norms[s]!) : same);
  }
  if (norms !== undefined) await device.write('decoderNorms', norms);
  else if (options.normalizeWDec) await device.normalizeDecoder();
  const startNorm = norms === undefined ? 1 : mean(norms);
  return { device, activation, objective, terms, trained, startNorm };
}

/** Weights by the names of a device: there `bEnc` opens gates, and `bMag` is what codes add. */
function withGates({
  gated,
  ...weights
}: InitialWeights): InitialWeights & Partial<Record<'rMag' | 'bMag', Float32Array>> {
  const { bEnc } = weights;
  const { rMag = new Float32Array(bEnc.length), bGate = bEnc } = gated ?? {};
  return { ...weights, bEnc: bGate, bMag: bEnc, rMag };
}
