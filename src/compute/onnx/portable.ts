// Descriptions of models in terms of graph values, as JSON: written where the weights are, read where the model is to run.
import type { Attribute, ConstantData, DataType, FileRange, Node, Value } from './graph.ts';

/** A description whose graph values are numbers of a table. */
export interface PortableValues {
  readonly nodes: readonly PortableNode[];
  readonly values: readonly PortableValue[];
  /** The description; a value in it is `{ "$value": number }`. */
  readonly root: unknown;
}

interface PortableValue {
  readonly node: number;
  readonly index: number;
  readonly type: DataType;
  readonly shape: readonly (number | string)[];
}

type PortableNode =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'constant'; readonly array: keyof typeof ARRAYS; readonly data: string }
  | { readonly kind: 'weight'; readonly name: string; readonly range: FileRange }
  | {
      readonly kind: 'operation';
      readonly op: string;
      readonly domain: string;
      readonly inputs: readonly number[];
      readonly attributes: Readonly<Record<string, Attribute>>;
      readonly nOutputs: number;
    };

const ARRAYS = { float32: Float32Array, int64: BigInt64Array, int32: Int32Array } as const;

/**
 * Write a description, plain data that graph values stand in, as JSON. `place` says where the bytes of a weight will
 * stand. Numbers that JSON does not have are refused.
 *
 * @throws {TypeError} for functions, and for numbers that are not finite
 */
export function packValues(root: unknown, place: (range: FileRange) => FileRange): PortableValues {
  const nodes: PortableNode[] = [];
  const values: PortableValue[] = [];
  const numberOfNode = new Map<Node, number>();
  const numberOfValue = new Map<Value, number>();

  const packNode = (node: Node): PortableNode => {
    if (node.kind === 'weight') return { ...node, range: place(node.range) };
    if (node.kind === 'constant') return { kind: 'constant', ...packConstant(node.data) };
    if (node.kind === 'input') return node;
    return { ...node, inputs: node.inputs.map(packValue) };
  };
  const packValue = (value: Value): number => {
    const known = numberOfValue.get(value);
    if (known !== undefined) return known;
    let node = numberOfNode.get(value.node);
    if (node === undefined) {
      const packed = packNode(value.node);
      node = nodes.push(packed) - 1;
      numberOfNode.set(value.node, node);
    }
    const { index, type, shape } = value;
    const number = values.push({ node, index, type, shape }) - 1;
    numberOfValue.set(value, number);
    return number;
  };
  const pack = (each: unknown): unknown => {
    if (typeof each === 'function') throw new TypeError('a function is no data');
    if (typeof each === 'number' && !Number.isFinite(each)) throw new TypeError(`${each} in JSON`);
    if (typeof each !== 'object' || each === null) return each;
    if (Array.isArray(each)) return each.map(pack);
    if (isValue(each)) return { $value: packValue(each) };
    return Object.fromEntries(Object.entries(each).map(([key, inner]) => [key, pack(inner)]));
  };
  return { root: pack(root), nodes, values };
}

/** Read a description that {@link packValues} wrote. */
export function unpackValues({ nodes, values, root }: PortableValues): unknown {
  const knownNodes = new Map<number, Node>();
  const knownValues = new Map<number, Value>();
  const nodeAt = (number: number): Node => {
    const known = knownNodes.get(number);
    if (known !== undefined) return known;
    const packed = nodes[number]!;
    const node: Node =
      packed.kind === 'constant'
        ? { kind: 'constant', data: unpackConstant(packed) }
        : packed.kind === 'operation'
          ? { ...packed, inputs: packed.inputs.map(valueAt) }
          : packed;
    knownNodes.set(number, node);
    return node;
  };
  const valueAt = (number: number): Value => {
    const known = knownValues.get(number);
    if (known !== undefined) return known;
    const packed = values[number]!;
    const value = { ...packed, node: nodeAt(packed.node) };
    knownValues.set(number, value);
    return value;
  };
  const unpack = (each: unknown): unknown => {
    if (typeof each !== 'object' || each === null) return each;
    if (Array.isArray(each)) return each.map(unpack);
    if ('$value' in each) return valueAt(each.$value as number);
    return Object.fromEntries(Object.entries(each).map(([key, inner]) => [key, unpack(inner)]));
  };
  return unpack(root);
}

/** The value with others in place of the inputs that it is computed from, by their names. */
export function withInputs(value: Value, given: ReadonlyMap<string, Value>): Value {
  const nodes = new Map<Node, Node>();
  const nodeOf = (node: Node): Node => {
    const known = nodes.get(node);
    if (known !== undefined) return known;
    const inputs = node.kind === 'operation' ? node.inputs.map(replaced) : [];
    const isSame = node.kind !== 'operation' || inputs.every((each, i) => each === node.inputs[i]);
    const copy = isSame ? node : { ...node, inputs };
    nodes.set(node, copy);
    return copy;
  };
  const replaced = (each: Value): Value => {
    const found = each.node.kind === 'input' ? given.get(each.node.name) : undefined;
    const node = nodeOf(each.node);
    return found ?? (node === each.node ? each : { ...each, node });
  };
  return replaced(value);
}

function isValue(each: object): each is Value {
  const { node } = each as { node?: unknown };
  return typeof node === 'object' && node !== null && 'kind' in node && 'index' in each;
}

function packConstant(data: ConstantData): { array: keyof typeof ARRAYS; data: string } {
  const array =
    data instanceof Float32Array ? 'float32' : data instanceof Int32Array ? 'int32' : 'int64';
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { array, data: Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('') };
}

function unpackConstant({
  array,
  data,
}: Extract<PortableNode, { kind: 'constant' }>): ConstantData {
  const bytes = Uint8Array.from(data.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
  return new ARRAYS[array](bytes.buffer);
}
