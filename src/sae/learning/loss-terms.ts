// Terms of the loss beside error and sparsity: the error's scale, ghost gradients, sparse connections
// (sae_training/sparse_autoencoder.py of transcoder-circuits).
import { UserError } from '../../base/errors.ts';
import type { Aim } from '../../compute/kernels/types.ts';
import type { ResolvedObjective } from './objectives/resolve.ts';

/** What the squared error of a row is divided by: nothing, or the norm of its target. */
export type ErrorScale = 'none' | 'targetNorm';

/** A penalty on decoder rows that point along given directions: those of another coder's latents. */
export interface SparseConnection {
  /** `[n, dOut]` */
  readonly directions: Float32Array;
  readonly coefficient: number;
}

/** What the terms need to know of a coder. */
export interface TermOptions {
  readonly dIn: number;
  readonly dOut: number;
  readonly dSae: number;
  readonly inputBias: 'none' | 'decoder' | 'own';
  readonly objective: Pick<ResolvedObjective, 'kind' | 'ghostGrads'>;
  readonly sparseConnection?: SparseConnection;
  readonly deadLatentAim: Aim;
  /** Whether there is a skip connection. */
  readonly skip?: boolean;
}

/**
 * Refuse options that cannot stand together.
 * @throws {UserError} when they do not.
 */
export function checkTerms({
  dIn,
  dOut,
  inputBias,
  sparseConnection,
  deadLatentAim,
  skip,
}: TermOptions): void {
  if (inputBias === 'decoder' && dIn !== dOut) {
    throw new UserError(`invalid input bias: b_dec has ${dOut} numbers, inputs have ${dIn}`, {
      hint: "use an input bias of its own ('own') or none",
    });
  }
  if (skip === true && deadLatentAim === 'input') {
    throw new UserError(
      'unsupported deadLatentAim: input for a transcoder with a skip connection',
      {
        hint: 'leave it out: what the skip connection gives is no part of what dead latents are to explain',
      },
    );
  }
  if (sparseConnection === undefined) return;
  const { length } = sparseConnection.directions;
  if (length === 0 || length % dOut !== 0) {
    throw new UserError(
      `invalid sparse connections: ${length} numbers are no directions of ${dOut} each`,
      { hint: 'take them from a coder that reads where this one writes' },
    );
  }
}

/**
 * Latents that `dead [dSae]` marks, ascending; undefined when there are none.
 * @throws {UserError} when ghost gradients cannot be had: they explain what is left over, all of it at once.
 * @throws {RangeError} when there is not one mark a latent.
 */
export function ghostsOf(dead: Uint8Array, options: TermOptions): Uint32Array | undefined {
  const { dIn, dOut, dSae, objective, deadLatentAim } = options;
  if (dead.length !== dSae) {
    throw new RangeError(`ghosts: expected ${dSae} marks, got ${dead.length}`);
  }
  const ghosts = Uint32Array.from(dead.keys()).filter((s) => dead[s] !== 0);
  if (ghosts.length === 0) return undefined;
  if (deadLatentAim === 'input' && dIn !== dOut) {
    throw new UserError(
      `unsupported ghost gradients: they compare inputs of ${dIn} numbers with outputs of ${dOut}`,
      { hint: 'leave deadLatentAim out, so that they explain what is left of the outputs' },
    );
  }
  if (!objective.ghostGrads) {
    throw new UserError(`unsupported ghost gradients: with the ${objective.kind} objective`, {
      hint: 'switch ghost gradients off, or use the vanilla objective',
    });
  }
  return ghosts;
}
