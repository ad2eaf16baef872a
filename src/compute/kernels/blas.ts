// A system BLAS, if the machine has one: OpenBLAS, MKL, BLIS, or Apple's Accelerate, called without copies.
import koffi from 'koffi';

/** `C = op(A)·op(B) + beta·C`, row-major float32, on memory views; the sizes are those of CBLAS. */
export type Sgemm = (
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
}

/**
 * Find a system BLAS and set it to one thread a call (the callers are the threads). `SAEV_BLAS` names a library to
 * use, or `none`. Undefined when there is none.
 */
export function findBlas(env: NodeJS.ProcessEnv = process.env): Blas | undefined {
  const asked = env.SAEV_BLAS;
  if (asked === 'none') return undefined;
  const names =
    asked === undefined || asked === '' ? (CANDIDATES[process.platform] ?? []) : [asked];
  for (const name of names) {
    const blas = tryLibrary(name);
    if (blas !== undefined) return blas;
  }
  return undefined;
}

function tryLibrary(name: string): Blas | undefined {
  try {
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
    const sgemm: Sgemm = (transA, transB, m, n, k, a, lda, b, ldb, beta, c, ldc) =>
      call(101, transA ? 112 : 111, transB ? 112 : 111, m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
    return { name, sgemm };
  } catch {
    return undefined;
  }
}
