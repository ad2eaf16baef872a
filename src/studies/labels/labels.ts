// What is known about examples, or about each of their tokens: one class each.
import { UserError } from '../../base/errors.ts';

/** One class for each example (an image, a text) or for each of its tokens (patches, positions). */
export interface Labels {
  /** Names; the position of a name is the number of its class. */
  readonly classes: readonly string[];
  readonly nExamples: number;
  /** Give the class of a token (patch from 0; −1 for CLS and means) of an example, or −1 where none is known. */
  classOf(example: number, token: number): number;
}

/**
 * Label examples as wholes: `numbers`, `[examples]`, holds the class of each, −1 where none is known.
 * @throws {UserError} for a number that is no class.
 */
export function exampleLabels(classes: readonly string[], numbers: Int32Array): Labels {
  checkClasses(classes, numbers);
  return {
    classes,
    nExamples: numbers.length,
    classOf: (example) => numbers[example] ?? -1,
  };
}

/**
 * Label each token: `numbers`, `[examples, tokens]`, holds classes, −1 where none is known. CLS has none.
 * @throws {UserError} for a number that is no class.
 */
export function tokenLabels(
  classes: readonly string[],
  numbers: Int32Array,
  nTokens: number,
): Labels {
  checkClasses(classes, numbers);
  return {
    classes,
    nExamples: numbers.length / nTokens,
    classOf: (example, token) =>
      token < 0 || token >= nTokens ? -1 : (numbers[example * nTokens + token] ?? -1),
  };
}

/**
 * Refuse labels of other examples than the activations'.
 * @throws {UserError} when their numbers differ; `what` names where each comes from.
 */
export function checkSameExamples(
  labels: Pick<Labels, 'nExamples'>,
  nExamples: number,
  what: { readonly labels: string; readonly activations: string },
): void {
  if (labels.nExamples === nExamples) return;
  throw new UserError(
    `labels of ${labels.nExamples} examples (${what.labels}) for activations of ${nExamples} (${what.activations})`,
    { hint: 'both must be made from the same images, in the same order' },
  );
}

function checkClasses(classes: readonly string[], numbers: Int32Array): void {
  const wrong = numbers.findIndex((number) => number < -1 || number >= classes.length);
  if (wrong < 0) return;
  throw new UserError(`unknown class ${numbers[wrong]}: there are ${classes.length}, from 0`);
}
