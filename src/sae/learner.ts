// One coder being trained: the kernels' parameters and moments, the variant and the objective above them.
import { Random, type RandomState } from '../base/random.ts';
import type { BatchSums, DeviceCoder, Kernels, TensorName } from '../compute/kernels/types.ts';
import type { SparseRows } from '../compute/sparse-rows.ts';
import { type ResolvedActivation, resolveActivation } from './activations/registry.ts';
import type { ActivationChoice } from './activations/rule.ts';
import type { Activation, CoderConfig, CoderWeights, SparseCoder } from './coder.ts';
import { drawPrefixes, maxPrefixes, type ObjectiveChoice } from './objectives/objective.ts';

/** A coder to train: its sizes, variant, objective and first weights. */
export interface LearnerOptions {
  readonly dIn: number;
  readonly dOut: number;
  readonly dSae: number;
  readonly activation: ActivationChoice;
  readonly objective: ObjectiveChoice;
  /** Encode `x − b_dec`; needs dIn = dOut. */
  readonly subtractDecoderBias: boolean;
  readonly removeParallelGrads: boolean;
  readonly normalizeWDec: boolean;
  /** The most rows of one step. */
  readonly maxRows: number;
  readonly weights: CoderWeights;
  readonly seed: number;
}

/** Terms of the loss of one batch: means as the definitions in docs/fidelity.md give them. */
export interface Losses {
  /** Mean over prefixes, rows and dimensions of `(x̂ − target)²`. */
  readonly mse: number;
  /** Mean over rows of `Σ f`. */
  readonly l1: number;
  /** Mean over rows of the number of `f > 0`. */
  readonly l0: number;
  /** Coefficient × l1 (× l0 for a jumprelu). */
  readonly sparsity: number;
  /** mse + sparsity. */
  readonly loss: number;
}

/** Everything that a resumed learner needs to go on to the same bits. */
export interface LearnerState {
  readonly tensors: ReadonlyMap<TensorName, Float32Array>;
  readonly updates: number;
  readonly density: number;
  readonly random: RandomState;
}

/** A coder that is being trained. */
export interface Learner {
  readonly device: DeviceCoder;
  readonly activation: ResolvedActivation;
  /** Number of updates made. */
  readonly updates: number;
  /**
   * One step: forward, backward, Adam, unit norm. `x` `[rows, dIn]`, `target` `[rows, dOut]` (`x` when undefined).
   * The losses are those before the update.
   */
  step(
    x: Float32Array,
    target: Float32Array | undefined,
    rates: { learningRate: number; sparsityCoeff: number },
  ): Promise<Losses>;
  /** Codes and sums of a forward pass, as the trained coder would give them. */
  evaluate(
    x: Float32Array,
    target: Float32Array | undefined,
  ): Promise<{ codes: SparseRows; sums: BatchSums }>;
  /** The coder as it stands, copied out. */
  coder(
    metadata: CoderConfig['metadata'],
    normalization?: CoderConfig['normalization'],
  ): SparseCoder;
  save(): LearnerState;
  restore(state: LearnerState): void;
  close(): void;
}

const PARAMETERS = ['wEnc', 'bEnc', 'wDec', 'bDec', 'threshold'] as const;

/**
 * Put a coder on the device, ready to train: decoder rows at unit norm if asked for, moments at zero.
 * Throws a UserError when it does not fit the memory of the kernels.
 */
export async function createLearner(kernels: Kernels, options: LearnerOptions): Promise<Learner> {
  const { dIn, dOut, dSae, objective, normalizeWDec, weights } = options;
  const activation = resolveActivation(options.activation);
  const device = await kernels.createCoder({
    dIn,
    dOut,
    dSae,
    maxRows: options.maxRows,
    maxPrefixes: maxPrefixes(objective, dSae),
    train: true,
    subtractDecoderBias: options.subtractDecoderBias,
  });
  for (const name of PARAMETERS) {
    const values = weights[name];
    if (values !== undefined) device.write(name, values);
  }
  if (normalizeWDec) device.normalizeDecoder();
  let random = new Random(options.seed, 'prefixes');
  let updates = 0;

  return {
    device,
    activation,
    get updates() {
      return updates;
    },

    async step(x, target, { learningRate, sparsityCoeff }) {
      const prefixes = drawPrefixes(objective, dSae, random);
      const sums = await device.step(x, target, {
        select: activation.selection,
        prefixes,
        l1: activation.penalty === 'l1' ? sparsityCoeff : 0,
        l0: activation.penalty === 'l0' ? sparsityCoeff : 0,
      });
      updates++;
      await device.update({
        learningRate,
        step: updates,
        removeParallel: options.removeParallelGrads,
        unitNorm: normalizeWDec,
        trainThreshold: activation.trainsThreshold,
      });
      const { rows } = sums;
      const squaredError = sums.squaredError.reduce((a, b) => a + b, 0);
      const mse = squaredError / (rows * dOut * prefixes.length);
      const [l1, l0] = [sums.l1 / rows, sums.l0 / rows];
      const penalised = { l1, l0, none: 0 }[activation.penalty];
      const sparsity = sparsityCoeff * penalised;
      return { mse, l1, l0, sparsity, loss: mse + sparsity };
    },

    evaluate(x, target) {
      const { selection } = activation;
      const exact = selection.kind === 'topk' ? selection : ({ ...selection, width: 0 } as const);
      return device.evaluate(x, target, exact);
    },

    coder(metadata, normalization) {
      return {
        config: {
          dIn,
          dOut,
          dSae,
          activation: savedActivation(options.activation),
          subtractDecoderBias: options.subtractDecoderBias,
          ...(normalization === undefined ? {} : { normalization }),
          metadata,
        },
        weights: {
          wEnc: device.read('wEnc'),
          bEnc: device.read('bEnc'),
          wDec: device.read('wDec'),
          bDec: device.read('bDec'),
          ...(activation.trainsThreshold ? { threshold: device.read('threshold') } : {}),
        },
      };
    },

    save() {
      const names: TensorName[] = ['seen'];
      for (const name of PARAMETERS) {
        if (name !== 'threshold' || activation.trainsThreshold)
          names.push(name, `${name}.m`, `${name}.v`);
      }
      const tensors = new Map(names.map((name) => [name, device.read(name)]));
      return { tensors, updates, density: device.density, random: random.save() };
    },

    restore(state) {
      for (const [name, values] of state.tensors) device.write(name, values);
      updates = state.updates;
      device.density = state.density;
      random = Random.restore(state.random);
    },

    close() {
      device.close();
    },
  };
}

function savedActivation(choice: ActivationChoice): Activation {
  return choice.kind === 'topk' ? { kind: 'topk', k: choice.k } : { kind: choice.kind };
}
