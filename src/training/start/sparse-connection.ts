// The other coder of the sparse-connection loss: its directions, which decoder rows should not point along.
import { UserError } from '../../base/errors.ts';
import { readCoder } from '../../sae/checkpoints/read-coder.ts';
import type { SparseConnection } from '../../sae/learning/loss-terms.ts';
import type { TrainConfig } from '../config/train-config.ts';

/**
 * Read the directions that a configuration names: rows of the other coder's encoder, or of its decoder.
 * @throws {UserError} when there is no such coder or its rows do not have `dOut` numbers.
 */
export async function sparseConnectionOf(
  { sparseConnection }: Pick<TrainConfig, 'sparseConnection'>,
  dOut: number,
  options: { signal?: AbortSignal },
): Promise<SparseConnection | undefined> {
  if (sparseConnection === undefined) return undefined;
  const { path, coefficient, useWEnc } = sparseConnection;
  const { config, weights } = await readCoder(path, options);
  const width = useWEnc ? config.dIn : config.dOut;
  if (width !== dOut) {
    throw new UserError(
      `invalid sparseConnection.path: the directions of '${path}' have ${width} numbers, what is reconstructed has ${dOut}`,
      { hint: 'sparseConnection.useWEnc chooses between what that coder reads and what it writes' },
    );
  }
  return { directions: useWEnc ? weights.wEnc : weights.wDec, coefficient };
}
