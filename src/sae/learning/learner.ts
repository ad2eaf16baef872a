// One coder being trained: the kernels' parameters and moments, the variant and the objective above them.
import { mean } from '../../base/arrays.ts';
import { Random } from '../../base/random.ts';
import type { BatchSums, DeviceCoder, Kernels, StepOptions } from '../../compute/kernels/types.ts';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import type { ResolvedActivation } from '../activation-functions/resolve.ts';
import type { CoderConfig, SparseCoder } from '../coder.ts';
import { anneal, FIRST_ANNEAL, powerAt } from './annealing.ts';
import { auxTerm } from './auxk.ts';
import { evaluateCoder, finishedCoder } from './finished-coder.ts';
import type { LearnerOptions, StepRates } from './learner-options.ts';
import { type LearnerState, readTensors, writeTensors } from './learner-state.ts';
import { ghostsOf } from './loss-terms.ts';
import { type Losses, lossesOf } from './losses.ts';
import { placeCoder } from './placing.ts';
import { type ResampleOptions, type ResampleRows, resampleLatents } from './resampling.ts';
import { preActTerm, selectionOfWidth, sparsityTerms, startThresholds } from './sparsity.ts';

/** A coder that is being trained. */
export interface Learner {
  readonly device: DeviceCoder;
  readonly activation: ResolvedActivation;
  /** Number of updates made. */
  readonly updates: number;
  /** The threshold of the finished coder, where the activation function learns one for all latents. */
  readonly threshold: number | undefined;
  /**
   * One step: forward, backward, Adam, unit norm. `x` `[rows, dIn]`, `target` `[rows, dOut]` (`x` when undefined).
   * The losses are those before the update.
   */
  step(x: Float32Array, target: Float32Array | undefined, rates: StepRates): Promise<Losses>;
  /** `[dSae]`: rows of the last step in which each latent fired. */
  fired(): Promise<Uint32Array>;
  /**
   * Point dead latents at rows that were reconstructed badly: latent `latents[i]` at row i of `inputs`
   * `[latents.length, dIn]` and of `targets` `[latents.length, dOut]` (the inputs when undefined). Their moments begin
   * anew. Where dead latents aim at the input, dIn = dOut is needed.
   */
  resample(latents: Uint32Array, rows: ResampleRows, options: ResampleOptions): Promise<void>;
  /** Codes and sums of a forward pass, as the trained coder would give them. */
  evaluate(
    x: Float32Array,
    target: Float32Array | undefined,
  ): Promise<{ codes: SparseRows; sums: BatchSums }>;
  /** The coder as it stands, copied out. */
  coder(
    metadata: CoderConfig['metadata'],
    normalization?: CoderConfig['normalization'],
  ): Promise<SparseCoder>;
  save(): Promise<LearnerState>;
  restore(state: LearnerState): Promise<void>;
  close(): void;
}

/**
 * Put a coder on the device, ready to train: decoder rows at unit norm if asked for, moments at zero, thresholds where
 * the activation function starts them unless weights have them.
 * @throws {UserError} when it does not fit the memory of the kernels, or when its options cannot stand together.
 */
export async function createLearner(kernels: Kernels, options: LearnerOptions): Promise<Learner> {
  const { dOut, dSae, inputBias, errorScale = 'none', sparseConnection, aux, weights } = options;
  const placed = await placeCoder(kernels, options);
  const { device, activation, objective, terms, trained } = placed;
  const { deadLatentAim } = terms;
  const { learnThreshold, start } = activation;
  const { anneals } = objective;
  /** Weight of a sum over all directions. */
  const connectionWeight =
    sparseConnection === undefined
      ? 0
      : (sparseConnection.coefficient * dOut) / sparseConnection.directions.length;
  let random = new Random(options.seed, 'prefixes');
  let updates = 0;
  let annealing = FIRST_ANNEAL;
  /** Of the selection, where the first batch has chosen it. */
  let width: number | undefined;
  let threshold = learnThreshold && weights.threshold?.[0];

  return {
    device,
    activation,
    get updates() {
      return updates;
    },
    get threshold() {
      return threshold;
    },

    async step(x, target, { learningRate, sparsityCoeff, dead, explaining }) {
      if (updates === 0 && start !== undefined) {
        const { threshold: given } = weights;
        const typical =
          given === undefined ? await startThresholds(device, x, start.l0) : mean(given);
        width = start.widthShare && (start.widthShare * typical) / placed.startNorm;
      }
      const extra: Partial<StepOptions> = {
        errorByNorm: errorScale === 'targetNorm',
        ghosts: dead && activation.preActCoeff === 0 ? ghostsOf(dead, terms) : undefined,
        preAct: preActTerm(activation, dead, dSae),
        ghostAim: deadLatentAim,
        aux: aux && explaining && auxTerm(explaining, aux, terms),
        connection: sparseConnection?.coefficient,
      };
      const prefixes = objective.prefixes(random);
      const { prefixWeight } = objective;
      const { penalty, gates } = activation;
      const coefficient = sparsityCoeff * annealing.factor;
      const sparsity = sparsityTerms(activation, coefficient, anneals && powerAt(anneals, updates));
      const sums = await device.step(x, target, {
        select: selectionOfWidth(activation.selection, width),
        prefixes,
        prefixWeight,
        ...sparsity,
        gates: gates && { ...gates, l1: sparsityCoeff },
        ...extra,
      });
      if (anneals !== undefined) {
        annealing = anneal(annealing, anneals, { step: updates, powers: sums.powers });
      }
      updates++;
      threshold = learnThreshold?.({ now: threshold, smallest: sums.smallest, step: updates });
      await device.update({
        learningRate,
        step: updates,
        removeParallel: options.removeParallelGrads,
        unitNorm: options.normalizeWDec,
        freeNorms: options.freeDecoderNorm,
        trainThreshold: activation.trainsThreshold,
        thresholdScale: activation.thresholdScale,
        thresholdRate: activation.thresholdRate,
        beta1: options.beta1,
        beta2: options.beta2,
        clip: options.gradClip,
        weightDecay: options.weightDecay,
      });
      const nPrefixes = prefixes.length;
      const hasTerms = (sparsity.penalty ?? sparsity.l0Target) !== undefined;
      const scales = { dOut, nPrefixes, prefixWeight, penalty, hasTerms, connectionWeight };
      return lossesOf(sums, { ...scales, sparsityCoeff: coefficient });
    },

    fired: () => device.fired(),

    resample: (latents, { inputs, targets }, how) =>
      resampleLatents(
        device,
        {
          latents,
          inputs,
          inputBias,
          gated: activation.gates !== undefined,
          ...(deadLatentAim === 'target' ? { targets } : {}),
        },
        how,
      ),

    evaluate: (x, target) => evaluateCoder({ ...placed, inputBias, threshold }, x, target),

    coder: (metadata, normalization) =>
      finishedCoder(
        { ...placed, inputBias, skip: options.skip, threshold },
        { metadata, normalization },
      ),

    async save() {
      const tensors = await readTensors(device, trained, options);
      const kernels = await device.saveState();
      return { tensors, updates, kernels, random: random.save(), threshold, width, annealing };
    },

    async restore(state) {
      await writeTensors(device, state.tensors);
      updates = state.updates;
      await device.loadState(state.kernels);
      random = Random.restore(state.random);
      threshold = state.threshold;
      width = state.width;
      annealing = state.annealing ?? FIRST_ANNEAL;
    },

    close() {
      device.close();
    },
  };
}
