// Rows of data that new latents point at.
import type { ActivationSource } from '../../activations/types.ts';
import type { StartRows } from '../../sae/learning/init.ts';
import type { RowLooker } from './first-rows.ts';

/** Looks for the rows that some coders start from. */
interface StartLooker extends RowLooker {
  /** The rows of each coder; undefined where it wants none. */
  found(): (StartRows | undefined)[];
}

/**
 * Keep a row for each of `wanted[i]` latents, the first ones that are read; where there are fewer rows than latents they are
 * used again.
 */
export function startLooker(
  wanted: readonly number[],
  { dModel, dTarget, length }: Pick<ActivationSource, 'dModel' | 'dTarget' | 'length'>,
): StartLooker {
  const most = Math.max(0, ...wanted);
  const inputs = new Float32Array(most * dModel);
  const targets = dTarget === undefined ? undefined : new Float32Array(most * dTarget);
  let seen = 0;
  return {
    wanted: Math.min(most, length),
    look(batch, rows) {
      inputs.set(batch.acts.subarray(0, rows * dModel), seen * dModel);
      targets?.set(batch.targets!.subarray(0, rows * dTarget!), seen * dTarget!);
      seen += rows;
    },
    found() {
      if (seen > 0) {
        repeat(inputs, seen * dModel);
        if (targets !== undefined) repeat(targets, seen * dTarget!);
      }
      return wanted.map((n) =>
        n === 0
          ? undefined
          : {
              inputs: inputs.subarray(0, n * dModel),
              targets: targets?.subarray(0, n * dTarget!),
            },
      );
    },
  };
}

/** Fill the rest of an array with what stands in its first `length` numbers. */
function repeat(values: Float32Array, length: number): void {
  for (let at = length; at < values.length; at += length) {
    values.set(values.subarray(0, Math.min(length, values.length - at)), at);
  }
}
