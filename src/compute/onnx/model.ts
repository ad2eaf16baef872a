// From values to the bytes of an ONNX model: only what the requested outputs need is written, and where a value is
// replaced the graph is cut.
import { create, toBinary } from '@bufbuild/protobuf';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  OperatorSetIdProtoSchema,
  type TensorProto,
} from 'onnx-buf';
import type { Node, Value } from './graph.ts';
import { constantMessage, nodeMessage, valueInfo, weightMessage } from './proto.ts';

const IR_VERSION = 10n;
const OPERATOR_SETS = { '': 20n, 'com.microsoft': 1n };

export interface Model {
  /** The model as onnxruntime reads it. */
  readonly bytes: Uint8Array;
  /** What must be fed: the inputs and replaced values that the outputs depend on. */
  readonly inputs: ReadonlyMap<string, Value>;
  readonly outputs: ReadonlyMap<string, Value>;
  /** Operators by name, in order of execution. */
  readonly operators: readonly string[];
}

/**
 * Write the graph behind `outputs` (name to value). Values in `replace` (name to value) become inputs of that name,
 * and what only they needed is left out. Throws when two inputs or two weights share a name.
 */
export function buildModel(
  outputs: ReadonlyMap<string, Value>,
  replace: ReadonlyMap<string, Value> = new Map(),
): Model {
  const { nodes, initializers, inputs } = collect(outputs, replace);
  const graph = create(GraphProtoSchema, {
    name: 'saev',
    node: nodes,
    initializer: initializers,
    input: [...inputs].map(([name, value]) => valueInfo(name, value)),
    output: [...outputs].map(([name, value]) => valueInfo(name, value)),
  });
  const opsetImport = Object.entries(OPERATOR_SETS).map(([domain, version]) =>
    create(OperatorSetIdProtoSchema, { domain, version }),
  );
  const model = create(ModelProtoSchema, { irVersion: IR_VERSION, opsetImport, graph });
  const operators = nodes.map(({ opType }) => opType);
  return { bytes: toBinary(ModelProtoSchema, model), inputs, outputs, operators };
}

interface Parts {
  readonly nodes: NodeProto[];
  readonly initializers: TensorProto[];
  readonly inputs: Map<string, Value>;
}

function collect(outputs: ReadonlyMap<string, Value>, replace: ReadonlyMap<string, Value>): Parts {
  const nodes: NodeProto[] = [];
  const initializers: TensorProto[] = [];
  const inputs = new Map<string, Value>();
  const weights = new Map<string, Node>();
  const replacedAs = new Map([...replace].map(([name, value]) => [value, name]));
  const readAs = new Map([...outputs].map(([name, value]) => [value, name]));
  const reserved = new Set([...outputs.keys(), ...replace.keys()]);
  /** Names of what is written: of all outputs of a node, or of one replaced value. */
  const written = new Map<Node | Value, readonly string[]>();
  let count = 0;

  const freshName = (): string => {
    for (;;) {
      const name = `v${count++}`;
      if (!reserved.has(name)) return name;
    }
  };
  const nameOf = (value: Value): string | undefined =>
    written.get(value)?.[0] ?? written.get(value.node)?.[value.index];

  /** Step over the identities that nobody reads or replaces. */
  const resolve = (value: Value): Value => {
    let at = value;
    for (;;) {
      const { node } = at;
      const steps = node.kind === 'operation' && node.op === 'Identity';
      if (!steps || replacedAs.has(at) || readAs.has(at)) return at;
      at = node.inputs[0]!;
    }
  };

  const addInput = (name: string, value: Value): void => {
    if (inputs.has(name)) throw new Error(`two inputs are called '${name}'`);
    inputs.set(name, value);
  };

  /** Write one value whose needs are met. */
  const write = (value: Value): void => {
    const { node } = value;
    const replacement = replacedAs.get(value);
    if (replacement !== undefined) {
      addInput(replacement, value);
      written.set(value, [replacement]);
    } else if (node.kind === 'input') {
      addInput(node.name, value);
      written.set(node, [node.name]);
    } else if (node.kind === 'weight') {
      if (weights.has(node.name)) throw new Error(`two weights are called '${node.name}'`);
      weights.set(node.name, node);
      const name = reserved.has(node.name) ? freshName() : node.name;
      initializers.push(weightMessage(name, value, node.range));
      written.set(node, [name]);
    } else if (node.kind === 'constant') {
      const name = freshName();
      initializers.push(constantMessage(name, value, node.data));
      written.set(node, [name]);
    } else {
      const names = Array.from({ length: node.nOutputs }, freshName);
      names[value.index] = readAs.get(value) ?? names[value.index]!;
      const needs = node.inputs.map((input) => nameOf(resolve(input))!);
      nodes.push(nodeMessage(node, needs, names));
      written.set(node, names);
    }
  };

  const needsOf = (value: Value): Value[] =>
    value.node.kind !== 'operation' || replacedAs.has(value)
      ? []
      : value.node.inputs.map(resolve).filter((need) => nameOf(need) === undefined);

  for (const [name, value] of outputs) {
    // A stack of our own: graphs get deeper than the call stack.
    const stack = [resolve(value)];
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const needs = nameOf(top) === undefined ? needsOf(top) : [];
      if (needs.length > 0) {
        stack.push(...needs.reverse());
        continue;
      }
      stack.pop();
      if (nameOf(top) === undefined) write(top);
    }
    const made = nameOf(resolve(value))!;
    if (made === name) continue;
    nodes.push(nodeMessage({ op: 'Identity', domain: '', attributes: {} }, [made], [name]));
  }
  return { nodes, initializers, inputs };
}
