// ONNX's numbers for element types (onnx.proto, TensorProto.DataType).
import type { DataType } from './graph.ts';

const TYPE_NUMBERS: Record<DataType, number> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16,
};

/** Number that ONNX gives to an element type. */
export function typeNumber(type: DataType): number {
  return TYPE_NUMBERS[type];
}
