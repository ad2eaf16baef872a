// The operators that graphs are written with, one function each: ONNX operator set 20, plus onnxruntime's own where
// it has a faster form. Shapes follow NumPy; axes may count from the end.
import {
  type DataType,
  integers,
  operation,
  operations,
  type Shape,
  scalar,
  showShape,
  type Value,
} from './graph.ts';
import {
  broadcast,
  matMulShape,
  misfit,
  positiveAxis,
  reducedShape,
  reshapeTarget,
  withAxes,
} from './shapes.ts';
import { typeNumber } from './type-numbers.ts';

const MICROSOFT = 'com.microsoft';

type Unary = (x: Value) => Value;
type Binary = (a: Value, b: Value) => Value;

function unary(op: string): Unary {
  return (x) => operation(op, [x], x.shape);
}

function binary(op: string, type?: DataType): Binary {
  return (a, b) => operation(op, [a, b], broadcast(a.shape, b.shape, op), { type });
}

export const add: Binary = binary('Add');
export const sub: Binary = binary('Sub');
export const mul: Binary = binary('Mul');
export const div: Binary = binary('Div');
export const greater: Binary = binary('Greater', 'bool');

export const neg: Unary = unary('Neg');
export const abs: Unary = unary('Abs');
export const sqrt: Unary = unary('Sqrt');
export const reciprocal: Unary = unary('Reciprocal');
export const exp: Unary = unary('Exp');
export const log: Unary = unary('Log');
export const erf: Unary = unary('Erf');
export const tanh: Unary = unary('Tanh');
export const sigmoid: Unary = unary('Sigmoid');
export const relu: Unary = unary('Relu');

/** `x Φ(x)`, with `tanh` the approximation `x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))`. */
export function gelu(x: Value, approximate: 'none' | 'tanh' = 'none'): Value {
  return operation('Gelu', [x], x.shape, { attributes: { approximate: { text: approximate } } });
}

/** `x σ(1.702 x)`, the GELU of OpenAI's CLIP. */
export function quickGelu(x: Value): Value {
  const attributes = { alpha: { float: 1.702 } };
  return operation('QuickGelu', [x], x.shape, { attributes, domain: MICROSOFT });
}

/** `x σ(x)`. */
export function silu(x: Value): Value {
  return mul(x, sigmoid(x));
}

/** Matrix product over the last two axes. */
export function matMul(a: Value, b: Value): Value {
  return operation('MatMul', [a, b], matMulShape(a.shape, b.shape));
}

/** `A B + bias` of matrices, either transposed first; `bias` broadcasts. */
export function gemm(
  a: Value,
  b: Value,
  bias?: Value,
  options: { transposeA?: boolean; transposeB?: boolean } = {},
): Value {
  const left = options.transposeA ? [...a.shape].reverse() : a.shape;
  const right = options.transposeB ? [...b.shape].reverse() : b.shape;
  if (a.shape.length !== 2 || b.shape.length !== 2) throw misfit('gemm', a.shape, b.shape);
  return operation('Gemm', bias ? [a, b, bias] : [a, b], matMulShape(left, right), {
    attributes: {
      transA: { int: options.transposeA ? 1 : 0 },
      transB: { int: options.transposeB ? 1 : 0 },
    },
  });
}

/**
 * `x Wᵀ + b`: a PyTorch `Linear` with `w` `[out, in]`, over the last axis of `x`. Rows are laid out as one matrix,
 * because `Gemm` adds the bias inside the product and takes the weight as it is stored.
 */
export function linear(x: Value, w: Value, bias?: Value): Value {
  const [out, inner] = w.shape;
  if (x.shape.at(-1) !== inner) throw misfit('linear', x.shape, w.shape);
  const leading = x.shape.slice(0, -1);
  const rows = leading.every((dim) => typeof dim === 'number')
    ? leading.reduce((a, b) => a * b, 1)
    : leading.join('·');
  const y = gemm(reshape(x, [rows, inner!]), w, bias, { transposeB: true });
  return reshape(y, [...leading, out!]);
}

/** `(x − mean) / √(variance + epsilon) · gain + bias` over the last axis. */
export function layerNorm(x: Value, gain: Value, bias: Value, epsilon: number): Value {
  return operation('LayerNormalization', [x, gain, bias], x.shape, {
    attributes: { axis: { int: -1 }, epsilon: { float: epsilon } },
  });
}

/** `exp(x) / Σ exp(x)` along `axis`. */
export function softmax(x: Value, axis = -1): Value {
  return operation('Softmax', [x], x.shape, { attributes: { axis: { int: axis } } });
}

/** `x − log Σ exp(x)` along `axis`. */
export function logSoftmax(x: Value, axis = -1): Value {
  return operation('LogSoftmax', [x], x.shape, { attributes: { axis: { int: axis } } });
}

/**
 * Attention of `nHeads` heads in one kernel: `q`, `k`, `v` `[batch, tokens, dModel]`, heads side by side; the scores
 * are scaled by `1 / √dHead`. Gives `[batch, tokens, dModel]`.
 */
export function multiHeadAttention(q: Value, k: Value, v: Value, nHeads: number): Value {
  return operation('MultiHeadAttention', [q, k, v], [...q.shape.slice(0, 2), v.shape[2]!], {
    attributes: { num_heads: { int: nHeads } },
    domain: MICROSOFT,
  });
}

/** Same elements in another shape; at most one named size may be new, it is worked out. */
export function reshape(x: Value, shape: Shape): Value {
  return operation('Reshape', [x, integers(reshapeTarget(x.shape, shape))], shape);
}

/** Axes in another order: axis `i` of the result is axis `order[i]` of `x`. */
export function transpose(x: Value, order: readonly number[]): Value {
  const valid = [...order].sort((a, b) => a - b).every((axis, i) => axis === i);
  if (!valid || order.length !== x.shape.length) {
    throw new RangeError(`transpose: order ${showShape(order)} does not fit ${showShape(x.shape)}`);
  }
  const shape = order.map((axis) => x.shape[axis]!);
  return operation('Transpose', [x], shape, { attributes: { perm: { ints: order } } });
}

/** Pieces of the given sizes along `axis`, in order. */
export function split(x: Value, sizes: readonly number[], axis = -1): Value[] {
  const at = positiveAxis(axis, x.shape, 'split');
  const shapes = sizes.map((size) => withAxes(x.shape, { [at]: size }));
  if (sizes.reduce((a, b) => a + b, 0) !== x.shape[at]) throw misfit('split', x.shape, sizes);
  return operations('Split', [x, integers(sizes)], shapes, { attributes: { axis: { int: at } } });
}

/** Elements `start … end − 1` along `axis`, whose size must be known. */
export function slice(x: Value, axis: number, start: number, end: number): Value {
  const at = positiveAxis(axis, x.shape, 'slice');
  const size = x.shape[at];
  if (typeof size !== 'number' || !(start >= 0 && start <= end && end <= size)) {
    throw new RangeError(`slice: ${start}…${end} is not in axis ${at} of ${showShape(x.shape)}`);
  }
  const inputs = [x, integers([start]), integers([end]), integers([at])];
  return operation('Slice', inputs, withAxes(x.shape, { [at]: end - start }));
}

/** Tensors one after the other along `axis`. */
export function concat(parts: readonly Value[], axis: number): Value {
  const first = parts[0]!.shape;
  const at = positiveAxis(axis, first, 'concat');
  const sizes = parts.map(({ shape }) => {
    if (!withAxes(shape, { [at]: 0 }).every((dim, i) => i === at || dim === first[i]))
      throw misfit('concat', first, shape);
    return shape[at]!;
  });
  const total = sizes.every((size) => typeof size === 'number')
    ? sizes.reduce((a, b) => a + b, 0)
    : sizes.join('+');
  return operation('Concat', parts, withAxes(first, { [at]: total }), {
    attributes: { axis: { int: at } },
  });
}

/** Slices of `x` along `axis` at `indices` (int64 or int32), whose axes take that axis's place. */
export function gather(x: Value, indices: Value, axis = 0): Value {
  const at = positiveAxis(axis, x.shape, 'gather');
  const shape = [...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)];
  return operation('Gather', [x, indices], shape, { attributes: { axis: { int: at } } });
}

/** One element along `axis` for each entry of `indices` (int64), whose shape is the result's. */
export function gatherElements(x: Value, indices: Value, axis: number): Value {
  const at = positiveAxis(axis, x.shape, 'gatherElements');
  const fits =
    withAxes(indices.shape, { [at]: 0 }).join() === withAxes(x.shape, { [at]: 0 }).join();
  if (!fits) throw misfit('gatherElements', x.shape, indices.shape);
  return operation('GatherElements', [x, indices], indices.shape, {
    attributes: { axis: { int: at } },
  });
}

/** Repeat axes of size 1 until `x` has `shape`; its named sizes are taken from `like`, `[named size, …]`. */
export function expandLike(x: Value, like: Value, shape: Shape): Value {
  const sizes = shape.map((dim) => {
    if (typeof dim === 'number') return integers([dim]);
    const from = like.shape.indexOf(dim);
    if (from < 0) throw misfit('expand', x.shape, like.shape);
    const attributes = { start: { int: from }, end: { int: from + 1 } };
    return operation('Shape', [like], [1], { attributes, type: 'int64' });
  });
  if (broadcast(x.shape, shape, 'expand').join() !== shape.join())
    throw misfit('expand', x.shape, shape);
  return operation('Expand', [x, concat(sizes, 0)], shape);
}

/** `a` where `condition` holds, else `b`. */
export function where(condition: Value, a: Value, b: Value): Value {
  const shape = broadcast(condition.shape, broadcast(a.shape, b.shape, 'where'), 'where');
  return operation('Where', [condition, a, b], shape, { type: a.type });
}

/** Where `x` is not a number. */
export function isNan(x: Value): Value {
  return operation('IsNaN', [x], x.shape, { type: 'bool' });
}

/** The same numbers as another type. */
export function cast(x: Value, type: DataType): Value {
  if (x.type === type) return x;
  return operation('Cast', [x], x.shape, { attributes: { to: { int: typeNumber(type) } }, type });
}

/** Mean over `axes`. */
export function reduceMean(x: Value, axes: readonly number[], keepDims = true): Value {
  return reduce('ReduceMean', x, axes, keepDims);
}

/** Sum over `axes`. */
export function reduceSum(x: Value, axes: readonly number[], keepDims = true): Value {
  return reduce('ReduceSum', x, axes, keepDims);
}

/** Largest element over `axes`. */
export function reduceMax(x: Value, axes: readonly number[], keepDims = true): Value {
  return reduce('ReduceMax', x, axes, keepDims);
}

/** `log Σ exp(x)` over `axes`. */
export function reduceLogSumExp(x: Value, axes: readonly number[], keepDims = true): Value {
  return reduce('ReduceLogSumExp', x, axes, keepDims);
}

function reduce(op: string, x: Value, axes: readonly number[], keepDims: boolean): Value {
  const at = axes.map((axis) => positiveAxis(axis, x.shape, op));
  return operation(op, [x, integers(at)], reducedShape(x.shape, at, keepDims), {
    attributes: { keepdims: { int: keepDims ? 1 : 0 } },
  });
}

/** `x²`. */
export function square(x: Value): Value {
  return mul(x, x);
}

/** `s x` for a number known now. */
export function scale(x: Value, s: number): Value {
  return mul(x, scalar(s));
}
