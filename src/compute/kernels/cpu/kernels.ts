// The kernels on CPU threads of this process.
import type { Kernels } from '../types.ts';
import { kernelsOn } from './coder.ts';

/** Threads of the kernels, and what does their dense products. */
export interface CpuOptions {
  /** Number of threads; one a core when undefined. */
  readonly threads?: number;
  /** Force dense or sparse products (tests and benchmarks); by measured density when undefined. */
  readonly products?: 'dense' | 'sparse';
  /** A BLAS library for dense products, `none` (then onnxruntime) or `wasm`; the first one found when undefined. */
  readonly blas?: string;
  /** `none`: no entries are screened by an 8-bit product, though the machine has one; unset, the environment's SAEV_SCREEN says. */
  readonly screen?: 'none';
}

/**
 * Start the kernels on CPU threads. Dense products are done by a system BLAS where one is found, by onnxruntime
 * otherwise; `name` says by which. Results do not depend on the number of threads.
 */
export async function cpuKernels(options: CpuOptions = {}): Promise<Kernels> {
  // Loaded here, so that nothing native is loaded before it is used.
  const { openPool } = await import('./threads/pool.ts');
  const pool = await openPool(options.threads, options.blas, options.screen);
  return kernelsOn(pool, options.products);
}
