// What does the dense products of this machine, chosen in one place: a system BLAS, onnxruntime where there is none, or
// the kernels' own code.
import type { GateState } from '../onnx/gate.ts';
import { type ArrayGemm, blasOnArrays, kernelsOnArrays } from './array-products.ts';
import type { Blas } from './blas.ts';
import { largeByOnnx } from './large-by-onnx.ts';
import {
  checkMatrix,
  type MatrixProduct,
  type MatrixProductOptions,
  productByArrays,
  productByOnnx,
} from './matrix-product.ts';
import { blasProducts, wasmProducts } from './memory-products.ts';
import type { ByteGemm, Products } from './types.ts';

/** Who does products. */
type ProductsChoice =
  | { readonly by: 'blas'; readonly blas: Blas }
  | { readonly by: 'onnxruntime' | 'wasm' };

/**
 * Choose who does products: the library `wanted`, by default the one that the environment's SAEV_BLAS names; the first
 * that the machine has where neither says; onnxruntime for `none` and where there is no library; `wasm`, the kernels'
 * own code. Threads that are started later find the library as it was loaded here.
 */
export async function chooseProducts(
  wanted: string | undefined = process.env.SAEV_BLAS,
): Promise<ProductsChoice> {
  if (wanted === 'wasm') return { by: 'wasm' };
  // Loaded here, so that nothing native is loaded before it is used.
  const { findBlas, nameProcessorToBlas } = await import('./blas.ts');
  nameProcessorToBlas();
  const blas = findBlas(wanted);
  return blas === undefined ? { by: 'onnxruntime' } : { by: 'blas', blas };
}

/** Products on the kernels' memories, by one thread; onnxruntime runs inside `gate`. */
export async function openProducts(wanted: string | undefined, gate: GateState): Promise<Products> {
  const choice = await chooseProducts(wanted);
  if (choice.by === 'blas') return blasProducts(choice.blas);
  if (choice.by === 'wasm') return wasmProducts;
  try {
    return await largeByOnnx(gate);
  } catch {
    return wasmProducts;
  }
}

/**
 * The exact 8-bit product of this machine, for the thread that asks; undefined where it has none, where `screen`, or the
 * environment's SAEV_SCREEN, is `none`, and where no library of the system is to do products: `blas` none or wasm.
 */
export async function openByteProduct(
  blas: string | undefined = process.env.SAEV_BLAS,
  screen?: string,
): Promise<((buffer: ArrayBufferLike) => ByteGemm) | undefined> {
  if (blas === 'none' || blas === 'wasm') return undefined;
  // Loaded here, so that nothing native is loaded before it is used.
  const { findByteProduct } = await import('./byte-product.ts');
  return findByteProduct(screen);
}

/** Products on JavaScript arrays: by a BLAS on background threads, or by the kernels' own code. */
export async function openArrayGemm(wanted?: string): Promise<ArrayGemm> {
  const choice = await chooseProducts(wanted);
  return choice.by === 'blas' ? blasOnArrays(choice.blas) : kernelsOnArrays();
}

/**
 * Prepare `x → x M` for many blocks of rows, off the main thread. The matrix must not change until it is closed.
 * @throws {RangeError} for a matrix of another size.
 */
export async function openMatrixProduct(
  matrix: Float32Array,
  options: MatrixProductOptions,
): Promise<MatrixProduct> {
  checkMatrix(matrix, options);
  const choice = await chooseProducts(options.blas);
  if (choice.by !== 'blas') return productByOnnx(matrix, options);
  const { name } = choice.blas;
  return productByArrays(matrix, { ...options, name, gemm: blasOnArrays(choice.blas) });
}
