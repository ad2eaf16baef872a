// One vector–Jacobian product per operator: from the gradients of an operation's outputs to those of its inputs.
import {
  constant,
  type Operation,
  operation,
  type Shape,
  scalar,
  sizeOf,
  type Value,
} from '../../src/compute/onnx/graph.ts';
import {
  add,
  cast,
  concat,
  div,
  erf,
  exp,
  expandLike,
  gemm,
  greater,
  matMul,
  mul,
  neg,
  reduceMean,
  reduceSum,
  reshape,
  scale,
  sigmoid,
  slice,
  sqrt,
  square,
  sub,
  tanh,
  transpose,
  where,
} from '../../src/compute/onnx/ops.ts';
import { positiveAxis } from '../../src/compute/onnx/shapes.ts';

export interface RuleInput {
  readonly node: Operation;
  /** The operation's outputs, as far as the graph uses them. */
  readonly outputs: readonly (Value | undefined)[];
  /** Gradients that reached them. */
  readonly gradients: readonly (Value | undefined)[];
  /** Which inputs need one. */
  readonly wanted: readonly boolean[];
}

/** Gives the gradient of each input, undefined where it is zero or nobody needs it. */
export type Rule = (input: RuleInput) => (Value | undefined)[];

/** A rule for an operator with one output: `g` is its gradient, `y` the output. */
function rule(
  vjp: (
    g: Value,
    inputs: readonly Value[],
    rest: { node: Operation; y: Value; wanted: readonly boolean[] },
  ) => (Value | undefined)[],
): Rule {
  return ({ node, outputs, gradients, wanted }) =>
    vjp(gradients[0]!, node.inputs, { node, y: outputs[0]!, wanted });
}

/** A rule for `y = f(x)` element by element: `slope(x, y)` is `f'(x)`. */
function elementwise(slope: (x: Value, y: Value) => Value): Rule {
  return rule((g, [x], { y }) => [mul(g, slope(x!, y))]);
}

/** Sum `g` over the axes along which a value of `shape` was broadcast. */
function unbroadcast(g: Value, shape: Shape): Value {
  const extra = g.shape.length - shape.length;
  const leading = Array.from({ length: extra }, (_, i) => i);
  const summed = extra > 0 ? reduceSum(g, leading, false) : g;
  const axes = shape.flatMap((dim, i) => (dim === 1 && summed.shape[i] !== 1 ? [i] : []));
  return axes.length > 0 ? reduceSum(summed, axes) : summed;
}

/** The last two axes swapped. */
function swapped(x: Value): Value {
  const order = x.shape.map((_, i) => i);
  [order[order.length - 1], order[order.length - 2]] = [order.length - 2, order.length - 1];
  return transpose(x, order);
}

/** Whole numbers of an input that is a constant: axes, sizes. */
function numbersOf(value: Value): number[] {
  if (value.node.kind !== 'constant') throw new RangeError('gradients: axes must be constant');
  return Array.from(value.node.data as BigInt64Array, Number);
}

function attribute(node: Operation, name: string): number {
  const found = node.attributes[name];
  if (found === undefined || !('int' in found)) throw new RangeError(`${node.op}: no ${name}`);
  return found.int;
}

/** `g` back at the size that a reduction over `axes` took away. */
function spread(g: Value, x: Value, node: Operation, axes: readonly number[]): Value {
  const kept = x.shape.map((dim, i) => (axes.includes(i) ? 1 : dim));
  const whole = attribute(node, 'keepdims') === 1 ? g : reshape(g, kept);
  return expandLike(whole, x, x.shape);
}

const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

/** `Φ(x) + x φ(x)`, or the derivative of the tanh approximation. */
function geluSlope(x: Value, approximate: boolean): Value {
  if (!approximate) {
    const cdf = scale(add(erf(scale(x, Math.SQRT1_2)), scalar(1)), 0.5);
    const density = scale(exp(scale(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return add(cdf, mul(x, density));
  }
  const inner = scale(mul(x, add(scale(square(x), 0.044715), scalar(1))), SQRT_2_OVER_PI);
  const t = tanh(inner);
  const innerSlope = scale(add(scale(square(x), 3 * 0.044715), scalar(1)), SQRT_2_OVER_PI);
  const curve = mul(mul(x, sub(scalar(1), square(t))), innerSlope);
  return scale(add(add(t, scalar(1)), curve), 0.5);
}

const layerNormRule: Rule = rule((g, [x, gain], { node }) => {
  const epsilon = (node.attributes.epsilon as { float: number }).float;
  const centred = sub(x!, reduceMean(x!, [-1]));
  const deviation = sqrt(add(reduceMean(square(centred), [-1]), scalar(epsilon)));
  const normal = div(centred, deviation);
  const inner = mul(g, gain!);
  const along = mul(normal, reduceMean(mul(inner, normal), [-1]));
  return [
    div(sub(sub(inner, reduceMean(inner, [-1])), along), deviation),
    unbroadcast(mul(g, normal), gain!.shape),
    unbroadcast(g, gain!.shape),
  ];
});

const gemmRule: Rule = rule((g, [a, b, bias], { node, wanted }) => {
  const [transA, transB] = [attribute(node, 'transA') === 1, attribute(node, 'transB') === 1];
  const ofA = (): Value =>
    transA
      ? gemm(b!, g, undefined, { transposeA: transB, transposeB: true })
      : gemm(g, b!, undefined, { transposeB: !transB });
  const ofB = (): Value =>
    transB
      ? gemm(g, a!, undefined, { transposeA: true, transposeB: transA })
      : gemm(a!, g, undefined, { transposeA: !transA });
  return [
    wanted[0] ? ofA() : undefined,
    wanted[1] ? ofB() : undefined,
    bias && wanted[2] ? unbroadcast(g, bias.shape) : undefined,
  ];
});

/** Zeros around `g`, so that it has `size` elements along `axis`, the first of them at `start`. */
function padded(g: Value, shape: Shape, axis: number, start: number): Value {
  const rank = shape.length;
  const pads = new BigInt64Array(2 * rank);
  pads[axis] = BigInt(start);
  pads[rank + axis] = BigInt((shape[axis] as number) - start - (g.shape[axis] as number));
  return operation('Pad', [g, constant(pads, [2 * rank])], shape);
}

const splitRule: Rule = ({ node, outputs, gradients }) => {
  const axis = attribute(node, 'axis');
  const sizes = numbersOf(node.inputs[1]!);
  const { shape } = node.inputs[0]!;
  let start = 0;
  const parts = sizes.map((size, i) => {
    const at = start;
    start += size;
    const g = gradients[i];
    return g === undefined ? undefined : { g, at };
  });
  const present = parts.filter((part) => part !== undefined);
  if (present.length === outputs.length && present.length === sizes.length) {
    return [
      concat(
        present.map(({ g }) => g),
        axis,
      ),
    ];
  }
  return [present.map(({ g, at }) => padded(g, shape, axis, at)).reduce(add)];
};

const concatRule: Rule = rule((g, inputs, { node }) => {
  const axis = attribute(node, 'axis');
  let start = 0;
  return inputs.map(({ shape }) => {
    const from = start;
    start += shape[axis] as number;
    return slice(g, axis, from, start);
  });
});

/** Rows of a table: each gradient row is added to the row it came from. */
const gatherRule: Rule = rule((g, [table, indices], { node }) => {
  if (attribute(node, 'axis') !== 0) throw new RangeError('gradients: Gather along axis 0 only');
  const rows = reshape(cast(indices!, 'int64'), [...indices!.shape, 1]);
  const zeros = scale(table!, 0);
  return [
    operation('ScatterND', [zeros, rows, g], table!.shape, {
      attributes: { reduction: { text: 'add' } },
    }),
  ];
});

/** One element of each row: its gradient goes back to where it came from. */
const gatherElementsRule: Rule = rule((g, [x, indices], { node }) => {
  const attributes = { axis: { int: attribute(node, 'axis') }, reduction: { text: 'add' } };
  const zeros = scale(x!, 0);
  return [operation('ScatterElements', [zeros, indices!, g], x!.shape, { attributes })];
});

/** A table of weights behind many rows: one product of matrices instead of one for each leading index. */
const matMulRule: Rule = rule((g, [a, b], { wanted }) => {
  const ofB = (): Value => {
    if (b!.shape.length !== 2 || a!.shape.length < 3)
      return unbroadcast(matMul(swapped(a!), g), b!.shape);
    const leading = a!.shape.slice(0, -1);
    const known = leading.every((dim) => typeof dim === 'number');
    const rows = known ? sizeOf(leading) : leading.join('·');
    const flat = (x: Value): Value => reshape(x, [rows, x.shape.at(-1)!]);
    return gemm(flat(a!), flat(g), undefined, { transposeA: true });
  };
  return [
    wanted[0] ? unbroadcast(matMul(g, swapped(b!)), a!.shape) : undefined,
    wanted[1] ? ofB() : undefined,
  ];
});

/** Rules by operator. */
export const RULES: Readonly<Record<string, Rule>> = {
  Identity: rule((g) => [g]),
  Add: rule((g, [a, b]) => [unbroadcast(g, a!.shape), unbroadcast(g, b!.shape)]),
  Sub: rule((g, [a, b]) => [unbroadcast(g, a!.shape), unbroadcast(neg(g), b!.shape)]),
  Mul: rule((g, [a, b], { wanted }) => [
    wanted[0] ? unbroadcast(mul(g, b!), a!.shape) : undefined,
    wanted[1] ? unbroadcast(mul(g, a!), b!.shape) : undefined,
  ]),
  Div: rule((g, [a, b], { y, wanted }) => [
    wanted[0] ? unbroadcast(div(g, b!), a!.shape) : undefined,
    wanted[1] ? unbroadcast(neg(div(mul(g, y), b!)), b!.shape) : undefined,
  ]),
  Neg: rule((g) => [neg(g)]),
  Sqrt: elementwise((_, y) => div(scalar(0.5), y)),
  Exp: elementwise((_, y) => y),
  Log: elementwise((x) => div(scalar(1), x)),
  Reciprocal: elementwise((_, y) => neg(square(y))),
  Erf: elementwise((x) => scale(exp(neg(square(x))), 2 / Math.sqrt(Math.PI))),
  Tanh: elementwise((_, y) => sub(scalar(1), square(y))),
  Sigmoid: elementwise((_, y) => mul(y, sub(scalar(1), y))),
  Relu: elementwise((x) => where(greater(x, scalar(0)), scalar(1), scalar(0))),
  Gelu: rule((g, [x], { node }) => {
    const { text } = node.attributes.approximate as { text: string };
    return [mul(g, geluSlope(x!, text === 'tanh'))];
  }),
  QuickGelu: rule((g, [x], { node }) => {
    const { float: alpha } = node.attributes.alpha as { float: number };
    const s = sigmoid(scale(x!, alpha));
    return [mul(g, mul(s, add(scalar(1), mul(scale(x!, alpha), sub(scalar(1), s)))))];
  }),
  MatMul: matMulRule,
  Gemm: gemmRule,
  LayerNormalization: layerNormRule,
  Softmax: rule((g, _, { node, y }) => {
    const axis = positiveAxis(attribute(node, 'axis'), y.shape, 'Softmax');
    return [mul(y, sub(g, reduceSum(mul(g, y), [axis])))];
  }),
  LogSoftmax: rule((g, _, { node, y }) => {
    const axis = positiveAxis(attribute(node, 'axis'), y.shape, 'LogSoftmax');
    return [sub(g, mul(exp(y), reduceSum(g, [axis])))];
  }),
  Reshape: rule((g, [x]) => [reshape(g, x!.shape)]),
  Transpose: rule((g, _, { node }) => {
    const { ints: order } = node.attributes.perm as { ints: readonly number[] };
    return [
      transpose(
        g,
        order.map((_, i) => order.indexOf(i)),
      ),
    ];
  }),
  Split: splitRule,
  Slice: rule((g, [x, start, , axis]) => {
    return [padded(g, x!.shape, numbersOf(axis!)[0]!, numbersOf(start!)[0]!)];
  }),
  Concat: concatRule,
  Expand: rule((g, [x]) => [unbroadcast(g, x!.shape)]),
  Gather: gatherRule,
  GatherElements: gatherElementsRule,
  Where: rule((g, [condition, a, b]) => [
    undefined,
    unbroadcast(where(condition!, g, scalar(0)), a!.shape),
    unbroadcast(where(condition!, scalar(0), g), b!.shape),
  ]),
  Cast: rule((g, [x]) => [cast(g, x!.type)]),
  ReduceSum: rule((g, [x, axes], { node }) => [spread(g, x!, node, numbersOf(axes!))]),
  ReduceLogSumExp: rule((g, [x, axes], { node, y }) => {
    const at = numbersOf(axes!);
    const whole = spread(y, x!, node, at);
    return [mul(spread(g, x!, node, at), exp(sub(x!, whole)))];
  }),
  ReduceMean: rule((g, [x, axes], { node }) => {
    const at = numbersOf(axes!);
    const count = sizeOf(at.map((axis) => x!.shape[axis]!));
    return [scale(spread(g, x!, node, at), 1 / count)];
  }),
};
