// The kernels compiled to WebAssembly (AssemblyScript); scripts/build-kernels.mjs builds this file twice: with fused
// multiply-add (relaxed SIMD) and, for engines that lack it, without.

export * from './dense';
export * from './encode';
export { gemm, gemmScratch } from './gemm';
export { gatherRows, ghostBackward, ghostErrors, ghostValues, scatterRows, signs } from './ghosts';
export { reconstructRows, sumRows } from './reconstruct';
export { inverseNorms, meanOfRows, scaleRow } from './rows';
export * from './transpose';
export { adam, latentGradients, stepLatents } from './update';
