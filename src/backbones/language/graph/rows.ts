// Batches cut into pieces along their first axis, and put together again.
import { sizeOf } from '../../../compute/onnx/graph.ts';
import { rankAt } from '../../hook-points.ts';
import type { Tensor } from '../../types.ts';
import type { Intervention } from '../types.ts';
import type { Interventions } from './plan.ts';

/** Pieces of a batch one after the other. */
export function joinRows(pieces: readonly Tensor[]): Tensor {
  const [first, ...more] = pieces;
  if (more.length === 0) return first!;
  const shape = [pieces.reduce((n, each) => n + each.shape[0]!, 0), ...first!.shape.slice(1)];
  const data = new Float32Array(sizeOf(shape));
  let at = 0;
  for (const piece of pieces) {
    data.set(piece.data, at);
    at += piece.data.length;
  }
  return { data, shape };
}

/** Interventions for rows `start … end − 1` of `of`: tensors with a row for each sequence are cut. */
export function rowsOfInterventions(
  interventions: Interventions,
  { start, end, of }: { start: number; end: number; of: number },
): Interventions {
  if (of === 1 || (start === 0 && end === of)) return interventions;
  const cut = (tensor: Tensor, rank: number): Tensor => {
    const { data, shape } = tensor;
    if (shape.length < rank || shape[0] !== of) return tensor;
    const width = data.length / of;
    return {
      data: data.subarray(start * width, end * width),
      shape: [end - start, ...shape.slice(1)],
    };
  };
  const piece = (each: Intervention): Intervention => {
    const rank = rankAt(each.point);
    if ('apply' in each || 'compute' in each) return each;
    return 'replace' in each
      ? { ...each, replace: cut(each.replace, rank) }
      : { ...each, add: cut(each.add, rank) };
  };
  return new Map([...interventions].map(([point, all]) => [point, all.map(piece)]));
}
