// Kernels: where sparse coders run.

export type { SparseRows } from '../sparse-rows.ts';
export { type CpuOptions, cpuKernels } from './cpu/kernels.ts';
export {
  DEVICES,
  type Device,
  type DeviceName,
  type DeviceOptions,
  type KernelsOptions,
  openKernels,
} from './open.ts';
export { referenceKernels } from './reference/kernels.ts';
export type {
  AdamOptions,
  Aim,
  AuxTerm,
  BatchSums,
  CodePenalty,
  CoderOptions,
  CoderShape,
  DeviceCoder,
  GateTerm,
  InputBias,
  KernelState,
  Kernels,
  L0Target,
  ParameterName,
  PreActTerm,
  Selection,
  StepOptions,
  StepSums,
  TensorName,
  ThresholdScale,
} from './types.ts';
