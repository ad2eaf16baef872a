// A computation as a graph of typed values. A value knows the node that makes it and nothing else: there is no
// builder object, and a graph is whatever can be reached from the values one asks for (see model.ts).

/** Size of one axis: a number, or the name of a size known only when the graph runs (`batch`). */
export type Dim = number | string;
/** Sizes of the axes of a value; names stand for those known at run time. */
export type Shape = readonly Dim[];

/** Element types that a value can have; weights of the last two are cast before use. */
export type DataType = 'float32' | 'int64' | 'int32' | 'bool' | 'uint8' | 'float16' | 'bfloat16';

/** Attribute of an ONNX operator; the key tells its type. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly text: string };

/** A stretch of a file that holds an array in little-endian row-major order. */
export interface FileRange {
  /** File name inside the folder given to `openSession`. */
  readonly file: string;
  /** First byte, counted from the start of the file. */
  readonly offset: number;
  /** Number of bytes. */
  readonly length: number;
}

/** What a node does, and with which attributes. */
export interface Operation {
  readonly kind: 'operation';
  /** Operator as the ONNX standard names it: `MatMul`. */
  readonly op: string;
  /** Operator set; empty for the standard one, `com.microsoft` for onnxruntime's own. */
  readonly domain: string;
  readonly inputs: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly nOutputs: number;
}

/** One operation of a graph, with what goes in and what comes out. */
export type Node =
  | Operation
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'constant'; readonly data: ConstantData }
  | { readonly kind: 'weight'; readonly name: string; readonly range: FileRange };

/** Elements of a constant of a graph. */
export type ConstantData = Float32Array | BigInt64Array | Int32Array;

/** One tensor of a graph: output `index` of `node`. */
export interface Value {
  readonly node: Node;
  readonly index: number;
  readonly type: DataType;
  readonly shape: Shape;
}

/** A tensor that is given at each run, under `name`. */
export function input(name: string, shape: Shape, type: DataType = 'float32'): Value {
  return { node: { kind: 'input', name }, index: 0, type, shape };
}

/** A tensor known now; its type follows the array's: float32, int64 or int32. */
export function constant(data: ConstantData, shape: readonly number[]): Value {
  if (data.length !== sizeOf(shape)) {
    throw new RangeError(`constant: ${data.length} elements do not fill ${showShape(shape)}`);
  }
  const type =
    data instanceof Float32Array ? 'float32' : data instanceof Int32Array ? 'int32' : 'int64';
  return { node: { kind: 'constant', data }, index: 0, type, shape };
}

/** A float32 number that broadcasts against everything. */
export function scalar(value: number): Value {
  return constant(Float32Array.of(value), []);
}

/** Whole numbers as an int64 vector: axes, shapes, indices. */
export function integers(values: readonly number[]): Value {
  return constant(BigInt64Array.from(values, BigInt), [values.length]);
}

/**
 * An array that onnxruntime reads from a file itself, so that it never enters JavaScript's memory. `name` must be
 * unique in the graph; `shape` may differ from the stored one as long as the number of elements agrees.
 */
export function weight(
  name: string,
  shape: readonly number[],
  type: DataType,
  range: FileRange,
): Value {
  return { node: { kind: 'weight', name, range }, index: 0, type, shape };
}

/** Apply an operator with one output; `shape` and `type` describe that output. */
export function operation(
  op: string,
  inputs: readonly Value[],
  shape: Shape,
  options: {
    attributes?: Record<string, Attribute>;
    domain?: string;
    /** Type of the output; that of the first input when left out. */
    type?: DataType;
  } = {},
): Value {
  return operations(op, inputs, [shape], options)[0]!;
}

/** Apply an operator with several outputs, all of one type. */
export function operations(
  op: string,
  inputs: readonly Value[],
  shapes: readonly Shape[],
  options: { attributes?: Record<string, Attribute>; domain?: string; type?: DataType } = {},
): Value[] {
  const { attributes = {}, domain = '', type = inputs[0]!.type } = options;
  const node: Operation = {
    kind: 'operation',
    op,
    domain,
    inputs,
    attributes,
    nOutputs: shapes.length,
  };
  return shapes.map((shape, index) => ({ node, index, type, shape }));
}

/**
 * Mark a place in the computation: the same numbers, but a value of its own, which can be read out or replaced
 * without touching other uses of `x`. Costs nothing at run time unless it is read.
 */
export function identity(x: Value): Value {
  return operation('Identity', [x], x.shape);
}

/** Number of elements of a shape without named sizes. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const dim of shape) {
    if (typeof dim === 'string') throw new RangeError(`size '${dim}' is not known before the run`);
    size *= dim;
  }
  return size;
}

/** Write a shape for people: `[batch, 197, 768]`. */
export function showShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}
