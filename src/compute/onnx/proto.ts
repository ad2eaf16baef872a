// The messages of an ONNX model, filled in from graph values. Field names and numbers: onnx.proto, IR version 10.
import { create } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type NodeProto,
  NodeProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import type { Attribute, ConstantData, FileRange, Operation, Value } from './graph.ts';
import { typeNumber } from './type-numbers.ts';

/** An operator with the names of the tensors it reads and makes. */
export function nodeMessage(
  { op, domain, attributes }: Pick<Operation, 'op' | 'domain' | 'attributes'>,
  input: string[],
  output: string[],
): NodeProto {
  const attribute = Object.entries(attributes).map(([name, value]) => attributeOf(name, value));
  return create(NodeProtoSchema, { opType: op, domain, input, output, attribute });
}

/** An array written into the model itself. */
export function constantMessage(name: string, value: Value, data: ConstantData): TensorProto {
  const rawData = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  return create(TensorProtoSchema, { ...tensorHead(name, value), rawData });
}

/** An array that stays in its file. */
export function weightMessage(name: string, value: Value, range: FileRange): TensorProto {
  const entries = { location: range.file, offset: range.offset, length: range.length };
  return create(TensorProtoSchema, {
    ...tensorHead(name, value),
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: Object.entries(entries).map(([key, entry]) =>
      create(StringStringEntryProtoSchema, { key, value: String(entry) }),
    ),
  });
}

/** Name, type and shape of a graph's input or output. */
export function valueInfo(name: string, { type, shape }: Value): ValueInfoProto {
  const dim = shape.map((size) =>
    create(TensorShapeProto_DimensionSchema, {
      value:
        typeof size === 'string'
          ? { case: 'dimParam', value: size }
          : { case: 'dimValue', value: BigInt(size) },
    }),
  );
  const tensor = create(TypeProto_TensorSchema, {
    elemType: typeNumber(type),
    shape: create(TensorShapeProtoSchema, { dim }),
  });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: 'tensorType', value: tensor } }),
  });
}

function tensorHead(
  name: string,
  { type, shape }: Value,
): { name: string; dims: bigint[]; dataType: number } {
  return { name, dims: shape.map((dim) => BigInt(dim)), dataType: typeNumber(type) };
}

function attributeOf(name: string, value: Attribute): AttributeProto {
  const { INT, FLOAT, INTS, STRING } = AttributeType;
  if ('int' in value)
    return create(AttributeProtoSchema, { name, type: INT, i: BigInt(value.int) });
  if ('float' in value) return create(AttributeProtoSchema, { name, type: FLOAT, f: value.float });
  if ('ints' in value)
    return create(AttributeProtoSchema, { name, type: INTS, ints: value.ints.map(BigInt) });
  return create(AttributeProtoSchema, {
    name,
    type: STRING,
    s: new TextEncoder().encode(value.text),
  });
}
