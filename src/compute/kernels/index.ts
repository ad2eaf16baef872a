// Kernels: where sparse coders run.

export type { SparseRows } from '../sparse-rows.ts';
export { type CpuOptions, cpuKernels } from './cpu/kernels.ts';
export { referenceKernels } from './reference/kernels.ts';
export type { BatchSums, DeviceCoder, Kernels } from './types.ts';
