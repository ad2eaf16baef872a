// Shapes of results, worked out while a graph is built, so that a mistake shows where it is made.
import { type Dim, type Shape, showShape } from './graph.ts';

/** Shape of an element-wise result, by NumPy's broadcasting rules. */
export function broadcast(a: Shape, b: Shape, op: string): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[a.length - rank + i] ?? 1;
    const right = b[b.length - rank + i] ?? 1;
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    throw misfit(op, a, b);
  });
}

/** Shape of a matrix product over the last two axes, the others broadcast. */
export function matMulShape(a: Shape, b: Shape): Shape {
  if (a.length < 2 || b.length < 2 || a.at(-1) !== b.at(-2)) throw misfit('matMul', a, b);
  return [...broadcast(a.slice(0, -2), b.slice(0, -2), 'matMul'), a.at(-2)!, b.at(-1)!];
}

/** Axis as a number from 0, given one that may count from the end. */
export function positiveAxis(axis: number, shape: Shape, op: string): number {
  const positive = axis < 0 ? axis + shape.length : axis;
  if (!(positive >= 0 && positive < shape.length)) {
    throw new RangeError(`${op}: axis ${axis} is not in ${showShape(shape)}`);
  }
  return positive;
}

/** The shape with some axes replaced: `withAxes([2, 3], { 1: 5 })` is `[2, 5]`. */
export function withAxes(shape: Shape, axes: Readonly<Record<number, Dim>>): Shape {
  return shape.map((dim, i) => axes[i] ?? dim);
}

/** Shape after summing over axes, which stay with size 1 or go. */
export function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): Shape {
  const gone = new Set(axes);
  return keepDims
    ? shape.map((dim, i) => (gone.has(i) ? 1 : dim))
    : shape.filter((_, i) => !gone.has(i));
}

/**
 * The numbers that ONNX `Reshape` wants for `to`: a named size that stands at the same place in both shapes is
 * copied (0), one more is worked out (−1).
 */
export function reshapeTarget(from: Shape, to: Shape): number[] {
  let open = 0;
  const target = to.map((dim, i) => {
    if (typeof dim === 'number') return dim;
    if (from[i] === dim) return 0;
    open++;
    return -1;
  });
  if (open > 1) throw misfit('reshape', from, to);
  if (sameNames(from, to) && knownPart(from) !== knownPart(to)) throw misfit('reshape', from, to);
  return target;
}

/** Product of the sizes that are known. */
function knownPart(shape: Shape): number {
  let size = 1;
  for (const dim of shape) if (typeof dim === 'number') size *= dim;
  return size;
}

/** Whether both shapes hold the same named sizes, in any order. */
function sameNames(a: Shape, b: Shape): boolean {
  const names = (shape: Shape): string =>
    shape
      .filter((dim) => typeof dim === 'string')
      .sort()
      .join();
  return names(a) === names(b);
}

/** Error for two shapes that do not go together. */
export function misfit(op: string, a: Shape, b: Shape): RangeError {
  return new RangeError(`${op}: ${showShape(a)} and ${showShape(b)} do not fit`);
}
