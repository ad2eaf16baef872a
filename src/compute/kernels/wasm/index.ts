// The kernels compiled to WebAssembly (AssemblyScript); scripts/build-kernels.mjs builds this file twice: with fused
// multiply-add (relaxed SIMD) and, for engines that lack it, without. What is exported here, and with which arguments,
// becomes src/compute/wasm/kernels.ts. AssemblyScript looks like TypeScript and is another language (u8, usize, `load`,
// operators on what tsc takes for objects), so tsc leaves this folder out; decorators, which TypeScript has on classes
// only, are written as comments (`// @inline`).

export * from './aux';
export { latentGradients } from './columns';
export * from './dense';
export * from './encode';
export * from './gates';
export { GEMM_SCRATCH, gemm } from './gemm';
export { gatherRows, ghostBackward, ghostErrors, ghostValues, scatterRows, signs } from './ghosts';
export { boundOfLargest, countValues, keepAbove } from './largest';
export {
  liftLatents,
  penaliseDense,
  penaliseRows,
  unliftColumns,
  unliftDense,
} from './penalties';
export { reconstructRows, sumRows } from './reconstruct';
export { inverseNorms, meanOfRows, scaleRow } from './rows';
export { roundRows, screenTile } from './screen';
export * from './screen-largest';
export { countColumns, fillColumns } from './transpose';
export { adam, gradientSquares, stepLatents } from './update';
