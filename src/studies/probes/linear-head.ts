// A linear head: one score for each class, from a row of features.
import { UserError } from '../../base/errors.ts';
import { Random } from '../../base/random.ts';

/** Scores of classes as a linear map of features: `logits = weight · x + bias`. */
export interface LinearHead {
  /** Width of a row: of activations, or latents of a coder. */
  readonly dIn: number;
  readonly nClasses: number;
  /** `[nClasses, dIn]` */
  readonly weight: Float32Array;
  /** `[nClasses]` */
  readonly bias: Float32Array;
}

/** Draw a head as torch's `Linear` does: weights and biases uniform between ±1/√dIn. */
export function initHead(dIn: number, nClasses: number, seed: number): LinearHead {
  const random = new Random(seed, 'linear head');
  const bound = 1 / Math.sqrt(dIn);
  const draw = (length: number): Float32Array =>
    Float32Array.from({ length }, () => random.uniform(-bound, bound));
  return { dIn, nClasses, weight: draw(nClasses * dIn), bias: draw(nClasses) };
}

/**
 * Refuse a head that does not fit rows of `dIn` or the number of classes.
 * @throws {UserError} naming `what` the head is and what it should fit.
 */
export function checkHead(
  head: Pick<LinearHead, 'dIn' | 'nClasses'>,
  { dIn, nClasses }: { readonly dIn: number; readonly nClasses: number },
  what: string,
): void {
  if (head.dIn !== dIn) {
    throw new UserError(`${what} reads rows of ${head.dIn} numbers, these have ${dIn}`, {
      hint: 'use rows of the layer, the model or the autoencoder that the head was trained on',
    });
  }
  if (head.nClasses !== nClasses) {
    throw new UserError(
      `${what} tells ${head.nClasses} classes apart, the labels have ${nClasses}`,
    );
  }
}
