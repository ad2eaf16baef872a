// Dense matrix products on a coder's memory, by the best that the machine has: a system BLAS, onnxruntime, or the
// kernels' own.

import type { GateState } from '../onnx/gate.ts';
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
  bind: (_, wasm, scratch) => (size, a, b, c) => {
    // Address, bytes to the next row, bytes to the next column.
    const steps = ({ at, stride, transposed }: Operand): [number, number, number] =>
      transposed === true ? [at, 4, 4 * stride] : [at, 4 * stride, 4];
    const add = c.add === true ? 1 : 0;
    wasm.gemm!(...size, ...steps(a), ...steps(b), c.at, 4 * c.stride, add, scratch);
  },
};

/** Multiply–adds of a product below which copying it to onnxruntime and back costs more than it gains. */
const SMALL = 8e6;

/** Products by onnxruntime, small ones by the kernels' own code. */
export async function largeByOnnx(gate: GateState): Promise<Products> {
  const { onnxProducts } = await import('./onnx-products.ts');
  const large = await onnxProducts(gate);
  return {
    name: large.name,
    bind(buffer, wasm, scratch) {
      const big = large.bind(buffer, wasm, scratch);
      const small = wasmProducts.bind(buffer, wasm, scratch);
      return (size, ...operands) =>
        (size[0] * size[1] * size[2] > SMALL ? big : small)(size, ...operands);
    },
  };
}
