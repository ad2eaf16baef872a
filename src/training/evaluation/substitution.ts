// A coder in the model's place: what it reads and reconstructs, as interventions in a run.
import type { HookPoint } from '../../backbones/hook-points.ts';
import type { Intervention } from '../../backbones/language/types.ts';
import type { Tensor } from '../../backbones/types.ts';
import { UserError } from '../../base/errors.ts';
import type { CoderPlace } from '../../sae/coder.ts';
import type { Coder } from '../../sae/open-coder.ts';

/** Where a coder reads and what it reconstructs; all heads, joined, where points have an axis of them and none is named. */
export type Substituted = Pick<CoderPlace, 'input' | 'output' | 'head'>;

/** A coder as the model meets it: the model's own numbers in, the model's own numbers out. */
export type PlacedCoder = Substituted & Pick<Coder, 'reconstruct'>;

/**
 * Interventions that put the coder's reconstruction in the place of what the model computes at its output. They belong
 * to one run at a time.
 */
export function replaced(coder: PlacedCoder): Intervention[] {
  const { input, output, head } = coder;
  if (input === output) {
    return [
      {
        point: output,
        apply: async (value) =>
          putRows(value, await coder.reconstruct(rowsAt(value, head)), output, head),
      },
    ];
  }
  let read: Float32Array | undefined;
  return [
    {
      point: input,
      apply(value) {
        read = Float32Array.from(rowsAt(value, head));
        return value;
      },
    },
    {
      point: output,
      async apply(value) {
        if (read === undefined) {
          throw new UserError(`unsupported: '${output}' is computed before '${input}'`);
        }
        return putRows(value, await coder.reconstruct(read), output, head);
      },
    },
  ];
}

/** Interventions that set the whole point that the coder reconstructs to zero, all heads where there are some, as the original does. */
export function zeroed({ output }: Pick<Substituted, 'output'>): Intervention[] {
  const zeros = ({ data, shape }: Tensor): Tensor => ({
    data: new Float32Array(data.length),
    shape,
  });
  return [{ point: output, apply: zeros }];
}

/** `[batch, positions, …]` as rows: those of one head where there is an axis of heads and one is chosen. */
export function rowsAt({ data, shape }: Tensor, head: number | undefined): Float32Array {
  if (head === undefined || shape.length < 4) return data;
  const [batch, positions, nHeads, dHead] = shape as [number, number, number, number];
  const rows = new Float32Array(batch * positions * dHead);
  for (let r = 0; r < batch * positions; r++) {
    const at = (r * nHeads + head) * dHead;
    rows.set(data.subarray(at, at + dHead), r * dHead);
  }
  return rows;
}

/**
 * Put rows in place of a tensor's own: those of one head where there is an axis of heads and one is chosen.
 * @throws {UserError} when they are of another width
 */
export function putRows(
  value: Tensor,
  rows: Float32Array,
  point: HookPoint,
  head: number | undefined,
): Tensor {
  const { data, shape } = value;
  const [, , nHeads, dHead] = shape as [number, number, number, number];
  const ofHead = head !== undefined && shape.length === 4;
  if (rows.length !== (ofHead ? data.length / nHeads : data.length)) {
    throw new UserError(`invalid coder: it does not have the width of '${point}'`);
  }
  if (!ofHead) return { data: rows, shape };
  const all = Float32Array.from(data);
  for (let r = 0; r < rows.length / dHead; r++) {
    all.set(rows.subarray(r * dHead, (r + 1) * dHead), (r * nHeads + head) * dHead);
  }
  return { data: all, shape };
}
