// Formats: bytes in, values out. Nothing in a file is ever executed.

export {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
} from './half.ts';
export { readNpy, writeNpy } from './numpy/npy.ts';
export { type CsrMatrix, openNpz, readCsrNpz, writeCsrNpz, writeNpz } from './numpy/npz.ts';
export {
  openSafetensors,
  type SafetensorsFile,
  type TensorEntry,
  type TensorReader,
  type TensorToWrite,
  writeSafetensors,
} from './safetensors.ts';
export { openSafetensorsModel } from './safetensors-model.ts';
export type { Dtype, TypedArray, TypedTensor } from './tensor.ts';
export { createEventFile, type EventWriter, readEventFile } from './tfevents.ts';
export { readTorch, torchToSafetensors } from './torch/torch-file.ts';
export { type TorchValue, writeTorchFile } from './torch/torch-write.ts';
