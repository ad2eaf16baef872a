// Every implementation of the kernels that this machine can run, for tests that hold for all of them.

import { UserError } from '../../src/base/errors.ts';
import { type CpuOptions, cpuKernels } from '../../src/compute/kernels/cpu/kernels.ts';
import { DEVICES, type DeviceName, openKernels } from '../../src/compute/kernels/open.ts';
import type { Kernels } from '../../src/compute/kernels/types.ts';

/** Starts kernels to test, or skips the test with the reason why this machine cannot. */
export type Start = (skip: (reason: string) => never) => Promise<Kernels>;

/** The kernels of a test file: opened on demand, closed together. */
export interface KernelBackends {
  open(options: CpuOptions): Promise<Kernels>;
  /** Every device of the list, those that share their kernels once; then the ways of the kernels on CPU threads. */
  readonly backends: [string, Start][];
  readonly closeAll: () => Promise<void>;
}

export function kernelBackends(): KernelBackends {
  const kernels: Kernels[] = [];
  const open = async (options: CpuOptions): Promise<Kernels> => {
    const opened = await cpuKernels(options);
    kernels.push(opened);
    return opened;
  };
  const onDevice =
    (device: DeviceName): Start =>
    async (skip) => {
      try {
        const opened = await openKernels({ device, threads: 2 });
        kernels.push(opened);
        return opened;
      } catch (error) {
        if (device !== 'cpu' && error instanceof UserError) skip(error.message);
        throw error;
      }
    };
  const names = Object.keys(DEVICES) as DeviceName[];
  const apart = names.filter(
    (name, i) => names.findIndex((other) => DEVICES[other].open === DEVICES[name].open) === i,
  );
  const onnx = { threads: 2, blas: 'none' } as const;
  const own = { threads: 2, blas: 'wasm' } as const;
  return {
    open,
    backends: [
      ...apart.map((name): [string, Start] => [`device ${name}`, onDevice(name)]),
      ['cpu, 1 thread, sparse', () => open({ threads: 1, products: 'sparse' })],
      ['cpu, 3 threads, sparse', () => open({ threads: 3, products: 'sparse' })],
      ['cpu, 2 threads, dense', () => open({ threads: 2, products: 'dense' })],
      ['cpu by onnxruntime, sparse', () => open({ ...onnx, products: 'sparse' })],
      ['cpu by onnxruntime, dense', () => open({ ...onnx, products: 'dense' })],
      ['cpu by its own products, sparse', () => open({ ...own, products: 'sparse' })],
      ['cpu by its own products, dense', () => open({ ...own, products: 'dense' })],
    ],
    async closeAll() {
      for (const opened of kernels) await opened.close();
    },
  };
}
