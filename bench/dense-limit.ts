// How fast this machine multiplies matrices: one large product through the BLAS that the kernels use.
import koffi from 'koffi';
import { findBlas, nameProcessorToBlas } from '../src/compute/products/blas.ts';
import { median } from './measure.ts';

const THREAD_SETTERS = [
  'openblas_set_num_threads',
  'MKL_Set_Num_Threads',
  'bli_thread_set_num_threads',
];

/** Operations a second of a float32 product of `n × n` matrices on `threads` threads; undefined without a BLAS. */
export function denseLimit(threads: number, n = 3072): { name: string; rate: number } | undefined {
  nameProcessorToBlas();
  const blas = findBlas();
  if (blas === undefined) return undefined;
  const library = koffi.load(blas.name);
  for (const setter of THREAD_SETTERS) {
    try {
      library.func(`void ${setter}(int)`)(threads);
      break;
    } catch {
      // Another library's function.
    }
  }
  const [a, b, c] = [0, 1, 2].map(() => new Float32Array(n * n).fill(0.5)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const seconds = Array.from({ length: 6 }, () => {
    const start = performance.now();
    blas.sgemm(false, false, n, n, n, a, n, b, n, 0, c, n);
    return (performance.now() - start) / 1000;
  });
  return { name: blas.name, rate: (2 * n ** 3) / median(seconds.slice(1)) };
}
