// The kernels as they were compiled: which of two builds this engine runs.
import { readFileSync } from 'node:fs';
import v8 from 'node:v8';
import { workerUrl } from '../../base/worker.ts';
import { type CompiledKernels, wasmApi } from './webassembly.ts';

let compiled: CompiledKernels | undefined;

/** Compile the kernels, once, for this engine: with fused multiply-add where V8 has relaxed SIMD. */
export function compiledKernels(): CompiledKernels {
  if (compiled === undefined) {
    const read = (name: string): Uint8Array<ArrayBuffer> =>
      new Uint8Array(readFileSync(workerUrl(import.meta.url, `./${name}`, '.wasm')));
    const fused = read('kernels');
    if (!wasmApi.validate(fused) && parseInt(process.versions.v8, 10) < 12) {
      // Node 20 has it behind a flag that later ones no longer know, and complain of.
      v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
    }
    compiled = new wasmApi.Module(wasmApi.validate(fused) ? fused : read('kernels-plain'));
  }
  return compiled;
}
