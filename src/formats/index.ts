// Formats: bytes in, values out. Nothing in a file is ever executed.

export { type ByteSource, bytesSource, openBytes } from './byte-source.ts';
export type { TensorBoardEvent } from './events/event.ts';
export { createEventFile, type EventWriter, readEventFile } from './events/event-file.ts';
export type { Histogram } from './events/histogram.ts';
export {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
} from './half.ts';
export { type MatVariable, readMat } from './mat/mat-file.ts';
export {
  type CsrFile,
  openCsrNpz,
  type StreamedCsr,
  writeStreamedCsr,
} from './numpy/csr-stream.ts';
export { readNpy, writeNpy } from './numpy/npy.ts';
export type { NpzFile } from './numpy/npz.ts';
export { type CsrMatrix, openNpz, readCsrNpz, writeCsrNpz, writeNpz } from './numpy/npz.ts';
export type { PyFloat } from './python/python-format.ts';
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
export type {
  PickleValue,
  PyCall,
  PyGlobal,
  PyObject,
  PyPersistent,
  PyTuple,
} from './torch/pickle-values.ts';
export type { TorchFileOptions } from './torch/torch-file.ts';
export {
  openTorchFile,
  readTorch,
  type TorchFile,
  torchToSafetensors,
} from './torch/torch-file.ts';
export { readTorchTensor, type TorchStorage, TorchTensor } from './torch/torch-tensor.ts';
export { type TorchValue, writeTorchFile } from './torch/torch-write.ts';
