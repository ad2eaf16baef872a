// Dense matrix products on a coder's memory: by a system BLAS, or by the kernels' own code.
import type { Blas } from './blas.ts';
import type { Operand, Products } from './types.ts';

/** Products by a BLAS library, without copies. */
export function blasProducts(blas: Blas): Products {
  return {
    name: blas.name,
    bind(buffer) {
      const view = (address: number): Float32Array => new Float32Array(buffer, address, 16);
      return ([m, n, k], a, b, c) => {
        const [transA, transB] = [a.transposed === true, b.transposed === true];
        const beta = c.add === true ? 1 : 0;
        const [x, y, z] = [view(a.at), view(b.at), view(c.at)];
        blas.sgemm(transA, transB, m, n, k, x, a.stride, y, b.stride, beta, z, c.stride);
      };
    },
  };
}

/** Products by the kernels' own code: slower than the others, and always there. */
export const wasmProducts: Products = {
  name: 'wasm',
  bind:
    (_, wasm, scratch) =>
    ([m, n, depth], a, b, c) => {
      const [left, right] = [steps(a), steps(b)];
      wasm.gemm({
        m,
        n,
        depth,
        a: a.at,
        aRow: left.row,
        aCol: left.column,
        b: b.at,
        bRow: right.row,
        bCol: right.column,
        c: c.at,
        ldc: 4 * c.stride,
        accumulate: c.add === true ? 1 : 0,
        scratch,
      });
    },
};

/** Bytes to the next row and to the next column. */
function steps({ stride, transposed }: Operand): { row: number; column: number } {
  return transposed === true ? { row: 4, column: 4 * stride } : { row: 4 * stride, column: 4 };
}
