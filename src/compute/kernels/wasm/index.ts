// The kernels compiled to WebAssembly (AssemblyScript); scripts/build-kernels.mjs builds this file twice: with fused
// multiply-add (relaxed SIMD) and, for engines that lack it, without. What is exported here, and with which arguments,
// becomes src/compute/wasm/kernels.ts. AssemblyScript looks like TypeScript and is another language (u8, usize, `load`,
// operators on what tsc takes for objects), so tsc leaves this folder out; decorators, which TypeScript has on classes
// only, are written as comments (`// @inline`).

export { adam } from './adam';
export * from './aux';
export { latentGradients } from './columns';
export * from './dense';
export * from './encode';
export { codesOfGates, keepCodes, pressGates, rowNorms } from './gates/codes';
export * from './gates/dense';
export { gateGradients, shareOfGates } from './gates/gradients';
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
export * from './screening/largest';
export { roundRows, screenTile } from './screening/screen';
export { countColumns, fillColumns } from './transpose';
export { gradientSquares, stepLatents } from './update';
