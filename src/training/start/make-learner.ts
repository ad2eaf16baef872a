// The learner of a run: how wide, where it starts, and what it minimises.
import type { ActivationSource } from '../../activations/types.ts';
import type { Kernels } from '../../compute/kernels/types.ts';
import { resolveActivation } from '../../sae/activation-functions/resolve.ts';
import type { SparseCoder } from '../../sae/coder.ts';
import { startFromCoder } from '../../sae/learning/from-coder.ts';
import { initWeights, type StartRows } from '../../sae/learning/init.ts';
import { createLearner, type Learner } from '../../sae/learning/learner.ts';
import type { SparseConnection } from '../../sae/learning/loss-terms.ts';
import type { FittedConfig } from '../config/fitting.ts';
import {
  auxOf,
  checkedLatents,
  checkedWidth,
  errorScaleOf,
  inputBiasOf,
} from '../config/learner-options.ts';
import type { TypicalRows } from './typical-rows.ts';

/** Number of latents of a coder on the rows of a source. */
export function latentsOf(
  sae: FittedConfig['sae'],
  { dModel, dTarget = dModel }: ActivationSource,
): number {
  return checkedLatents(sae, dModel, dTarget);
}

/** Make the learner of a run: on new weights, or on those of the coder that it goes on from. */
export async function makeLearner(
  config: FittedConfig,
  source: ActivationSource,
  kernels: Kernels,
  found: {
    readonly typical?: TypicalRows | undefined;
    readonly rows?: StartRows | undefined;
    readonly sparseConnection: SparseConnection | undefined;
    readonly origin: SparseCoder | undefined;
  },
): Promise<Learner> {
  const { sae, objective } = config;
  const { typical, rows, sparseConnection, origin } = found;
  const dIn = checkedWidth(sae, source.dModel);
  const dOut = source.dTarget ?? dIn;
  const dSae = checkedLatents(sae, dIn, dOut);
  const inputBias = inputBiasOf(config);
  return createLearner(kernels, {
    dIn,
    dOut,
    dSae,
    activation: sae,
    objective,
    inputBias,
    skip: sae.skip,
    errorScale: errorScaleOf(config, source),
    sparseConnection,
    deadLatentAim: config.deadLatentAim,
    aux: auxOf(config),
    removeParallelGrads: sae.removeParallelGrads,
    normalizeWDec: sae.normalizeWDec,
    freeDecoderNorm: sae.freeDecoderNorm,
    beta1: config.beta1,
    beta2: config.beta2,
    gradClip: config.gradClip,
    weightDecay: config.weightDecay,
    maxRows: config.saeBatchSize,
    weights:
      origin === undefined
        ? initWeights({
            dIn,
            dOut,
            dSae,
            seed: sae.seed,
            bDec: typical?.target,
            bIn: inputBias === 'own' ? (typical?.input ?? new Float32Array(dIn)) : undefined,
            encoder: sae.encoderStart,
            norm: startNormOf(sae),
            data: rows && { rows, blend: sae.dataBlend },
          })
        : startFromCoder(origin, {
            inputBias,
            normalizeWDec: sae.normalizeWDec,
            keepsThresholds: origin.config.activation.kind === sae.kind,
            gated: resolveActivation(sae).gates !== undefined,
          }),
    seed: sae.seed,
  });
}

/** Norm of decoder rows at the start; as drawn when undefined. */
function startNormOf({
  startNorm,
  freeDecoderNorm,
  encoderStart,
}: FittedConfig['sae']): number | undefined {
  if (startNorm !== undefined) return startNorm;
  if (freeDecoderNorm) return 0.1;
  return encoderStart === 'transposed' ? 1 : undefined;
}
