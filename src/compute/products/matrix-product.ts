// Dense products of many blocks of rows with one matrix, off the main thread: by a system BLAS, or by onnxruntime.
import { availableParallelism } from 'node:os';
import { constant, input } from '../onnx/graph.ts';
import { gemm } from '../onnx/ops.ts';
import { openSession, type Session } from '../onnx/session.ts';
import type { ArrayGemm } from './array-products.ts';

/** A matrix that rows are multiplied with, again and again. */
export interface MatrixProduct {
  /** What does the products: the name of a BLAS library, or `onnxruntime`. */
  readonly name: string;
  /** Multiply rows `x [rows, inner]` with the matrix; gives float32 `[rows, outer]`. */
  times(x: Float32Array): Promise<Float32Array>;
  close(): Promise<void>;
}

export interface MatrixProductOptions {
  /** Width of the rows. */
  readonly inner: number;
  /** Width of the products. */
  readonly outer: number;
  /** Whether the matrix is stored as `[outer, inner]`; as `[inner, outer]` by default. */
  readonly transposed?: boolean;
  /** Threads of one product; one a core by default. */
  readonly threads?: number;
  /** Library to use, or `none` for onnxruntime; the environment's SAEV_BLAS by default. */
  readonly blas?: string;
  /** Numbers of the matrix in one session of onnxruntime, whose models cannot pass 2 GiB. @default 2 ** 26 */
  readonly panelSize?: number;
}

/** Refuse a matrix of another size. */
export function checkMatrix(matrix: Float32Array, { inner, outer }: MatrixProductOptions): void {
  if (matrix.length === inner * outer) return;
  throw new RangeError(`product: expected ${inner} × ${outer} numbers, got ${matrix.length}`);
}

/** Products by those on arrays, a share of the rows for each thread. */
export function productByArrays(
  matrix: Float32Array,
  options: MatrixProductOptions & { readonly name: string; readonly gemm: ArrayGemm },
): MatrixProduct {
  const { name, gemm, inner, outer, transposed = false } = options;
  const { threads = availableParallelism() } = options;
  const right = { data: matrix, stride: transposed ? inner : outer, transposed };
  return {
    name,
    async times(x) {
      const rows = rowsOf(x, inner);
      const out = new Float32Array(rows * outer);
      const share = Math.ceil(rows / threads);
      const parts: Promise<void>[] = [];
      for (let row = 0; row < rows; row += share) {
        const n = Math.min(share, rows - row);
        const left = { data: x.subarray(row * inner, (row + n) * inner), stride: inner };
        const target = { data: out.subarray(row * outer, (row + n) * outer), stride: outer };
        parts.push(gemm([n, outer, inner], left, right, target));
      }
      await Promise.all(parts);
      return out;
    },
    async close() {},
  };
}

/** Products by sessions of onnxruntime that hold the matrix, in panels. */
export async function productByOnnx(
  matrix: Float32Array,
  options: MatrixProductOptions,
): Promise<MatrixProduct> {
  const { inner, outer, transposed = false, threads, panelSize = 2 ** 26 } = options;
  const { buildModel } = await import('../onnx/model.ts');
  const width = Math.min(outer, Math.max(1, Math.floor(panelSize / inner)));
  const open = async (first: number): Promise<{ first: number; session: Session }> => {
    const n = Math.min(width, outer - first);
    const panel = transposed
      ? constant(matrix.subarray(first * inner, (first + n) * inner), [n, inner])
      : constant(columns(matrix, { rows: inner, stride: outer, first, n }), [inner, n]);
    const y = gemm(input('x', ['rows', inner]), panel, undefined, { transposeB: transposed });
    const session = await openSession(buildModel(new Map([['y', y]])).bytes, { threads });
    return { first, session };
  };
  const panels: { first: number; session: Session }[] = [];
  for (let first = 0; first < outer; first += width) panels.push(await open(first));
  return {
    name: 'onnxruntime',
    async times(x) {
      const rows = rowsOf(x, inner);
      const out = new Float32Array(rows * outer);
      if (out.length === 0) return out;
      for (const { first, session } of panels) {
        const result = await session.run(new Map([['x', { data: x, shape: [rows, inner] }]]));
        const y = result.get('y')!.data as Float32Array;
        if (panels.length === 1) return y;
        const n = y.length / rows;
        for (let r = 0; r < rows; r++) {
          out.set(y.subarray(r * n, (r + 1) * n), r * outer + first);
        }
      }
      return out;
    },
    async close() {
      await Promise.all(panels.map(({ session }) => session.close()));
    },
  };
}

/** Columns `first … first + n − 1` of a matrix of rows. */
function columns(
  matrix: Float32Array,
  { rows, stride, first, n }: { rows: number; stride: number; first: number; n: number },
): Float32Array {
  if (n === stride) return matrix;
  const out = new Float32Array(rows * n);
  for (let r = 0; r < rows; r++) {
    out.set(matrix.subarray(r * stride + first, r * stride + first + n), r * n);
  }
  return out;
}

function rowsOf(x: Float32Array, inner: number): number {
  if (x.length % inner !== 0) {
    throw new RangeError(`product: expected rows of ${inner} numbers, got ${x.length} numbers`);
  }
  return x.length / inner;
}
