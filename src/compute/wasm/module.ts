// The compiled kernels: which of two builds this engine runs.
import { readFileSync } from 'node:fs';
import v8 from 'node:v8';
import { workerUrl } from '../../base/worker.ts';
import { wasmApi } from './webassembly.ts';

/** The compiled functions: numbers in (addresses in bytes), a number or nothing out. */
export type WasmKernels = Readonly<Record<string, (...args: number[]) => number>>;

let compiled: object | undefined;

/** Compile the kernels for this engine: with fused multiply-add where V8 has relaxed SIMD. */
export function compileKernels(): object {
  if (compiled === undefined) {
    v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
    const read = (name: string): Uint8Array<ArrayBuffer> =>
      new Uint8Array(readFileSync(workerUrl(import.meta.url, `./${name}`, '.wasm')));
    const fused = read('kernels');
    compiled = new wasmApi.Module(wasmApi.validate(fused) ? fused : read('kernels-plain'));
  }
  return compiled;
}
