// From the name of an activation function to what it does.

import type { KindSchema } from '../../base/config/kinds.ts';
import { UserError } from '../../base/errors.ts';
import type { Selection, ThresholdScale } from '../../compute/kernels/types.ts';
import type {
  ActivationFunction,
  ActivationWeights,
  CoderToFit,
  GateRule,
  InferenceForm,
  LearntThreshold,
  RowsToThreshold,
  SparsityTerms,
  ThresholdStart,
  TrainableActivation,
} from './activation-function.ts';
import { ACTIVATION_FUNCTIONS, type Activation, type ActivationChoice } from './registry.ts';

/** An activation function of training with its settings filled in. */
export interface ResolvedActivation
  extends Pick<TrainableActivation, 'trainsThreshold' | 'penalty' | 'ghostGrads'> {
  readonly kind: ActivationChoice['kind'];
  readonly selection: Selection;
  readonly initialThreshold: number;
  /** The threshold that the finished coder has for all latents, after a step; absent where training has its own. */
  readonly learnThreshold?: (learnt: LearntThreshold) => number | undefined;
  /** How a step teaches gates; absent where latents have none. */
  readonly gates?: GateRule;
  /** How thresholds start by the first batch; undefined: at `initialThreshold`. */
  readonly start: ThresholdStart | undefined;
  readonly thresholdScale: ThresholdScale;
  readonly thresholdRate: number;
  /** What a step has in place of `penalty`, at a sparsity coefficient; undefined: `penalty` stands. */
  readonly sparsityTerms: (coefficient: number) => SparsityTerms | undefined;
  /** Weight of the loss that brings dead latents up to their thresholds. */
  readonly preActCoeff: number;
  /** What the config of the finished coder says. */
  readonly saved: Activation;
}

/** Those of a list that can be trained. */
export function trainableOf<One extends ActivationFunction>(
  functions: readonly One[],
): Extract<One, { schema: unknown }>[] {
  return functions.filter((one): one is Extract<One, { schema: unknown }> => 'schema' in one);
}

/**
 * Look an activation function up and fill its settings in; others of the same object are left aside.
 * @throws {RangeError} when there is none of that kind that can be trained.
 */
export function resolveActivation(choice: ActivationChoice): ResolvedActivation {
  const one = find<TrainableActivation>(trainableOf(ACTIVATION_FUNCTIONS), choice.kind);
  const { trainsThreshold, penalty, ghostGrads, learnThreshold } = one;
  return {
    kind: choice.kind,
    selection: one.selection(choice),
    initialThreshold: one.initialThreshold(choice),
    ...(learnThreshold === undefined
      ? {}
      : { learnThreshold: (learnt: LearntThreshold) => learnThreshold(choice, learnt) }),
    ...(one.gates === undefined ? {} : { gates: one.gates(choice) }),
    start: one.start?.(choice),
    trainsThreshold,
    thresholdScale: one.thresholdScale?.(choice) ?? 'logarithm',
    thresholdRate: one.thresholdRate?.(choice) ?? 1,
    penalty,
    sparsityTerms: (coefficient) => one.sparsityTerms?.(choice, coefficient),
    preActCoeff: one.preActCoeff?.(choice) ?? 0,
    ghostGrads,
    // The settings are those of the activation function found, so what it saves is of its kind.
    saved: { kind: choice.kind, ...one.save(choice) } as Activation,
  };
}

/**
 * Refuse settings of an activation function that do not fit each other or a coder.
 * @throws {UserError} when they do not.
 */
export function checkActivation(choice: ActivationChoice, coder: CoderToFit): void {
  const one = find<TrainableActivation>(trainableOf(ACTIVATION_FUNCTIONS), choice.kind);
  one.refuse?.(choice, coder);
  if (coder.freeDecoderNorm !== true) return;
  if (one.gates !== undefined) {
    throw new UserError(`unsupported sae.freeDecoderNorm: for a ${choice.kind} coder`, {
      hint: 'gates are learnt for decoder rows of one length: leave it out',
    });
  }
  if ((one.preActCoeff?.(choice) ?? 0) > 0) {
    throw new UserError('invalid choice: both sae.freeDecoderNorm and sae.preActCoeff', {
      hint: 'aux revives dead latents of free decoder rows: --aux saelens',
    });
  }
  if (!coder.normalizeWDec) {
    throw new UserError('invalid choice: both sae.freeDecoderNorm and sae.normalizeWDec false', {
      hint: 'rows of any length count by their direction alone, or as they are: say one of them',
    });
  }
}

/** What an activation function chooses of its settings where they leave it open, for such rows. */
export function chosenSettings(
  choice: ActivationChoice,
  rows: RowsToThreshold,
): Readonly<Record<string, unknown>> {
  const { choose } = find<TrainableActivation>(trainableOf(ACTIVATION_FUNCTIONS), choice.kind);
  const given = new Map<string, unknown>(Object.entries(choice));
  const all = Object.entries<unknown>(choose?.(rows, choice) ?? {});
  return Object.fromEntries(all.filter(([name]) => given.get(name) === undefined));
}

/** Read what a config says of an activation function; undefined for what none of them says. */
export function parseActivation(value: unknown): Activation | undefined {
  const schemas = ACTIVATION_FUNCTIONS.map(({ saved }): KindSchema => saved);
  const parsed = schemas.map((schema) => schema.safeParse(value)).find(({ success }) => success);
  return parsed?.data as Activation | undefined;
}

/** Say which entries a finished coder keeps, above which thresholds. */
export function inferenceForm(activation: Activation, weights: ActivationWeights): InferenceForm {
  return find<ActivationFunction>(ACTIVATION_FUNCTIONS, activation.kind).inference(
    activation,
    weights,
  );
}

function find<One extends ActivationFunction>(functions: readonly One[], kind: string): One {
  const found = functions.find(({ saved }) => saved.shape.kind.value === kind);
  if (found === undefined) throw new RangeError(`unknown activation function: '${kind}'`);
  return found;
}
