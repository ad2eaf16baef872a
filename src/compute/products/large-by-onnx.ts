// Dense matrix products on a coder's memory for machines without a BLAS: large ones by onnxruntime, small ones by the
// kernels' own code.
import type { GateState } from '../onnx/gate.ts';
import { wasmProducts } from './memory-products.ts';
import type { Products } from './types.ts';

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
