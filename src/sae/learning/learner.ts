// One coder being trained: the kernels' parameters and moments, the variant and the objective above them.
import { UserError } from '../../base/errors.ts';
import { Random, type RandomState } from '../../base/random.ts';
import type {
  Aim,
  BatchSums,
  DeviceCoder,
  InputBias,
  KernelState,
  Kernels,
  StepOptions,
  TensorName,
} from '../../compute/kernels/types.ts';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import { sameThreshold } from '../activation-functions/activation-function.ts';
import type { ActivationChoice } from '../activation-functions/registry.ts';
import { type ResolvedActivation, resolveActivation } from '../activation-functions/resolve.ts';
import type { CoderConfig, SparseCoder } from '../coder.ts';
import { type AuxOptions, auxTerm, mostAux } from './auxk.ts';
import type { InitialWeights } from './init.ts';
import { foldInputBias } from './init.ts';
import {
  checkTerms,
  type ErrorScale,
  ghostsOf,
  type SparseConnection,
  type TermOptions,
} from './loss-terms.ts';
import type { ObjectiveChoice } from './objectives/registry.ts';
import { resolveObjective } from './objectives/resolve.ts';
import { type ResampleOptions, type ResampleRows, resampleLatents } from './resampling.ts';

/** A coder to train: its sizes, variant, objective and first weights. */
export interface LearnerOptions {
  readonly dIn: number;
  readonly dOut: number;
  readonly dSae: number;
  readonly activation: ActivationChoice;
  readonly objective: ObjectiveChoice;
  /** What is subtracted from inputs: nothing, b_dec (needs dIn = dOut), or b_in, a parameter of its own. */
  readonly inputBias: InputBias;
  /** Divide each row's squared error by the norm of its target, as transcoder-circuits does. @default 'none' */
  readonly errorScale?: ErrorScale;
  /** Directions that decoder rows should not point along. */
  readonly sparseConnection?: SparseConnection;
  /** What latents that are dead are made to reconstruct, by ghost gradients and by resampling. @default 'target' */
  readonly deadLatentAim?: Aim;
  /** How dead latents explain what the others leave over; not at all when undefined. */
  readonly aux?: AuxOptions | undefined;
  readonly removeParallelGrads: boolean;
  readonly normalizeWDec: boolean;
  /** The norm that all gradients of a step together may have; any when undefined. */
  readonly gradClip?: number | undefined;
  /** Share of weights and biases that a step takes off, times the learning rate (AdamW). @default 0 */
  readonly weightDecay?: number | undefined;
  /** The most rows of one step. */
  readonly maxRows: number;
  readonly weights: InitialWeights;
  readonly seed: number;
}

/** What may change from step to step. */
export interface StepRates {
  readonly learningRate: number;
  readonly sparsityCoeff: number;
  /** `[dSae]`: 1 for latents that get ghost gradients in this step. */
  readonly dead?: Uint8Array;
  /** `[dSae]`: 1 for latents that explain what the others leave over; for a learner with `aux`. */
  readonly explaining?: Uint8Array;
}

/** Terms of the loss of one batch: means as the definitions in docs/fidelity.md give them. */
export interface Losses {
  /** Mean over prefixes (their weighted sum, where the objective weighs them), rows and dimensions of `(x̂ − target)²`, divided by `|target|` where errorScale says so. */
  readonly mse: number;
  /** Mean over rows of `Σ f`. */
  readonly l1: number;
  /** Mean over rows of the number of `f > 0`. */
  readonly l0: number;
  /** Coefficient × l1 (× l0 for a jumprelu). */
  readonly sparsity: number;
  /** The dead latents' error in explaining what is left over, at the size of the mse; 0 without dead latents. */
  readonly ghost: number;
  /** The weighted error of dead latents in explaining what the others leave over (AuxK); 0 without dead latents. */
  readonly aux: number;
  /** Coefficient × mean over directions of `Σ |<direction, W_dec[i]>|`. */
  readonly connection: number;
  /** mse + sparsity + ghost + aux + connection. */
  readonly loss: number;
}

/** Everything that a resumed learner needs to go on to the same bits. */
export interface LearnerState {
  readonly tensors: ReadonlyMap<TensorName, Float32Array>;
  readonly updates: number;
  readonly kernels: KernelState;
  readonly random: RandomState;
  /** The threshold that the activation function has learnt so far, where it learns one. */
  readonly threshold?: number | undefined;
}

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

const PARAMETERS = ['wEnc', 'bEnc', 'wDec', 'bDec', 'bIn', 'threshold'] as const;

/**
 * Put a coder on the device, ready to train: decoder rows at unit norm if asked for, moments at zero, thresholds where
 * the activation function starts them unless weights have them.
 * @throws {UserError} when it does not fit the memory of the kernels, or when its options cannot stand together.
 */
export async function createLearner(kernels: Kernels, options: LearnerOptions): Promise<Learner> {
  const { dIn, dOut, dSae, inputBias, normalizeWDec, weights } = options;
  const { errorScale = 'none', sparseConnection, deadLatentAim = 'target', aux } = options;
  const activation = resolveActivation(options.activation);
  const objective = resolveObjective(options.objective, dSae);
  if ('k' in options.activation && options.activation.k > dSae) {
    throw new UserError(`invalid k: ${options.activation.k}, but there are ${dSae} latents`);
  }
  const sizes = { dIn, dOut, dSae };
  const terms: TermOptions = { ...sizes, inputBias, objective, sparseConnection, deadLatentAim };
  checkTerms(terms);
  const device = await kernels.createCoder({
    dIn,
    dOut,
    dSae,
    maxRows: options.maxRows,
    maxPrefixes: objective.maxPrefixes,
    ...(aux === undefined ? {} : { maxAux: mostAux(aux, sizes) }),
    train: true,
    inputBias,
    directions: sparseConnection?.directions,
  });
  const own = PARAMETERS.filter(
    (name) =>
      (name !== 'threshold' || activation.trainsThreshold) &&
      (name !== 'bIn' || inputBias === 'own'),
  );
  for (const name of own) {
    const values = weights[name];
    if (values !== undefined) await device.write(name, values);
  }
  if (!own.includes('threshold') || weights.threshold === undefined) {
    await device.write('threshold', sameThreshold(weights, activation.initialThreshold));
  }
  if (normalizeWDec) await device.normalizeDecoder();
  /** Weight of a sum over all directions. */
  const penalty =
    sparseConnection === undefined
      ? 0
      : (sparseConnection.coefficient * dOut) / sparseConnection.directions.length;
  let random = new Random(options.seed, 'prefixes');
  let updates = 0;
  const { learnThreshold } = activation;
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
      const extra: Partial<StepOptions> = {
        errorByNorm: errorScale === 'targetNorm',
        ghosts: dead && ghostsOf(dead, terms),
        ghostAim: deadLatentAim,
        aux: aux && explaining && auxTerm(explaining, aux, sizes),
        connection: sparseConnection?.coefficient,
      };
      const prefixes = objective.prefixes(random);
      const sums = await device.step(x, target, {
        select: activation.selection,
        prefixes,
        prefixWeight: objective.prefixWeight,
        l1: activation.penalty === 'l1' ? sparsityCoeff : 0,
        l0: activation.penalty === 'l0' ? sparsityCoeff : 0,
        ...extra,
      });
      updates++;
      threshold = learnThreshold?.({ now: threshold, smallest: sums.smallest, step: updates });
      await device.update({
        learningRate,
        step: updates,
        removeParallel: options.removeParallelGrads,
        unitNorm: normalizeWDec,
        trainThreshold: activation.trainsThreshold,
        clip: options.gradClip,
        weightDecay: options.weightDecay,
      });
      const { rows } = sums;
      const squaredError = sums.squaredError.reduce((a, b) => a + b, 0);
      const { prefixWeight = 1 / prefixes.length } = objective;
      const mse = (squaredError * prefixWeight) / (rows * dOut);
      const [l1, l0] = [sums.l1 / rows, sums.l0 / rows];
      const penalised = { l1, l0, none: 0 }[activation.penalty];
      const sparsity = sparsityCoeff * penalised;
      const ghost = sums.ghost / (rows * dOut);
      const connection = penalty * sums.connection;
      const loss = mse + sparsity + ghost + sums.aux + connection;
      return { mse, l1, l0, sparsity, ghost, aux: sums.aux, connection, loss };
    },

    fired: () => device.fired(),

    resample: (latents, { inputs, targets }, how) =>
      resampleLatents(
        device,
        { latents, inputs, inputBias, ...(deadLatentAim === 'target' ? { targets } : {}) },
        how,
      ),

    async evaluate(x, target) {
      const { selection } = activation;
      const exact = { kind: 'threshold', width: 0 } as const;
      if (selection.kind === 'topk') return device.evaluate(x, target, selection);
      if (learnThreshold === undefined) return device.evaluate(x, target, exact);
      await device.write('threshold', sameThreshold(weights, Math.max(0, threshold ?? 0)));
      try {
        return await device.evaluate(x, target, exact);
      } finally {
        await device.write('threshold', sameThreshold(weights, activation.initialThreshold));
      }
    },

    async coder(metadata, normalization) {
      return {
        config: {
          dIn,
          dOut,
          dSae,
          activation: activation.saved,
          subtractDecoderBias: inputBias === 'decoder',
          ...(normalization === undefined ? {} : { normalization }),
          metadata,
        },
        weights: foldInputBias({
          wEnc: await device.read('wEnc'),
          bEnc: await device.read('bEnc'),
          wDec: await device.read('wDec'),
          bDec: await device.read('bDec'),
          ...(inputBias === 'own' ? { bIn: await device.read('bIn') } : {}),
          ...(activation.trainsThreshold ? { threshold: await device.read('threshold') } : {}),
          ...(learnThreshold === undefined ? {} : { threshold: Float32Array.of(threshold ?? 0) }),
        }),
      };
    },

    async save() {
      const names: TensorName[] = ['seen'];
      for (const name of own) names.push(name, `${name}.m`, `${name}.v`);
      const tensors = new Map<TensorName, Float32Array>();
      for (const name of names) tensors.set(name, await device.read(name));
      const kernels = await device.saveState();
      return { tensors, updates, kernels, random: random.save(), threshold };
    },

    async restore(state) {
      for (const [name, values] of state.tensors) await device.write(name, values);
      updates = state.updates;
      await device.loadState(state.kernels);
      random = Random.restore(state.random);
      threshold = state.threshold;
    },

    close() {
      device.close();
    },
  };
}
