// A system BLAS, if the machine has one: OpenBLAS, MKL, BLIS, or Apple's Accelerate, called without copies.
import { readFileSync } from 'node:fs';
import koffi from 'koffi';
import { UserError } from '../../base/errors.ts';

/** `C = op(A)·op(B) + beta·C`, row-major float32, on memory views; the sizes are those of CBLAS. */
type Sgemm = (
  transA: boolean,
  transB: boolean,
  m: number,
  n: number,
  k: number,
  a: Float32Array,
  lda: number,
  b: Float32Array,
  ldb: number,
  beta: number,
  c: Float32Array,
  ldc: number,
) => void;

const CANDIDATES: Readonly<Record<string, readonly string[]>> = {
  linux: [
    'libmkl_rt.so.2',
    'libmkl_rt.so',
    'libopenblas.so.0',
    'libopenblas.so',
    'libblis.so.4',
    'libblis.so',
  ],
  darwin: ['/System/Library/Frameworks/Accelerate.framework/Accelerate'],
  win32: ['libopenblas.dll', 'mkl_rt.2.dll', 'openblas.dll'],
};

/** Functions that set the number of threads, as the libraries name them. */
const THREAD_SETTERS = [
  'openblas_set_num_threads',
  'MKL_Set_Num_Threads',
  'bli_thread_set_num_threads',
];

export interface Blas {
  /** The library that was found. */
  readonly name: string;
  readonly sgemm: Sgemm;
  /** The same on a thread of Node's pool; the arrays must stay as they are until it is done. */
  sgemmAsync(...operands: Parameters<Sgemm>): Promise<void>;
}

/**
 * Find a system BLAS and set it to one thread a call (the callers are the threads). `wanted`, by default the
 * environment's SAEV_BLAS, names a library to use, or `none`. Undefined when there is none.
 * @throws {UserError} when the library that is named cannot be loaded, or is no BLAS.
 */
export function findBlas(wanted: string | undefined = process.env.SAEV_BLAS): Blas | undefined {
  if (wanted === 'none' || wanted === 'wasm') return undefined;
  if (wanted !== undefined && wanted !== '') return namedLibrary(wanted);
  for (const name of CANDIDATES[process.platform] ?? []) {
    try {
      return loadLibrary(name);
    } catch {
      // Not on this machine: the next name is tried.
    }
  }
  return undefined;
}

function namedLibrary(name: string): Blas {
  try {
    return loadLibrary(name);
  } catch (cause) {
    throw new UserError(`cannot use '${name}' (SAEV_BLAS) for dense products: ${reasonOf(cause)}`, {
      hint: "name a library with cblas_sgemm, or 'none'; unset, the first that the machine has is taken",
      cause,
    });
  }
}

function reasonOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]!;
}

/**
 * Tell OpenBLAS which kernels this processor can run, unless somebody has: versions older than the processor do not
 * know it and fall back to the slowest kernels they have. Works only before the library is first loaded, on the main
 * thread (a worker's environment is a copy).
 */
export function nameProcessorToBlas(env: NodeJS.ProcessEnv = process.env): void {
  if (env.OPENBLAS_CORETYPE !== undefined || process.arch !== 'x64' || process.platform !== 'linux')
    return;
  try {
    const info = readFileSync('/proc/cpuinfo', 'utf8');
    const flags = new Set(/^flags\s*:(.*)$/m.exec(info)?.[1]?.split(' '));
    if (['avx512f', 'avx512bw', 'avx512dq', 'avx512vl'].every((flag) => flags.has(flag))) {
      env.OPENBLAS_CORETYPE = 'SKYLAKEX';
    } else if (flags.has('avx2') && flags.has('fma')) {
      env.OPENBLAS_CORETYPE = 'HASWELL';
    }
  } catch {
    // No /proc: OpenBLAS decides by itself.
  }
}

function loadLibrary(name: string): Blas {
  const library = koffi.load(name);
  const call = library.func(
    'void cblas_sgemm(int, int, int, int, int, int, float, void*, int, void*, int, float, void*, int)',
  );
  for (const setter of THREAD_SETTERS) {
    try {
      library.func(`void ${setter}(int)`)(1);
      break;
    } catch {
      // Another library's function: the next name is tried.
    }
  }
  const order = (trans: boolean): number => (trans ? 112 : 111);
  const sgemm: Sgemm = (transA, transB, m, n, k, a, lda, b, ldb, beta, c, ldc) =>
    call(101, order(transA), order(transB), m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
  const sgemmAsync: Blas['sgemmAsync'] = (transA, transB, m, n, k, ...rest) =>
    new Promise((resolve, reject) => {
      const done = (error: unknown): void => (error ? reject(error) : resolve());
      call.async(101, order(transA), order(transB), m, n, k, 1, ...rest, done);
    });
  return { name, sgemm, sgemmAsync };
}
