// The compiled kernels: which of two builds this engine runs, and how they are brought up on a memory.
import { readFileSync } from 'node:fs';
import v8 from 'node:v8';
import { UserError } from '../../base/errors.ts';
import { bytes as size } from '../../base/text.ts';
import { workerUrl } from '../../base/worker.ts';
import { nameArguments, type WasmKernels } from './kernels.ts';
import { type WasmMemory, wasmApi } from './webassembly.ts';

/** Bytes of a page of memory. */
const PAGE = 65_536;
/** First address that is free: the kernels keep their constants in the first page. */
export const FIRST_FREE: number = PAGE;
/** Bytes that a WebAssembly memory can have. */
export const MOST_BYTES: number = 2 ** 32;

let compiled: object | undefined;

/** Compile the kernels for this engine: with fused multiply-add where V8 has relaxed SIMD. */
function compileKernels(): object {
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

/**
 * Make a memory of at least `bytes` that threads can share.
 * @throws {UserError} when the machine does not give it.
 */
export function newMemory(bytes: number): WasmMemory {
  const pages = Math.ceil(bytes / PAGE);
  try {
    return new wasmApi.Memory({ initial: pages, maximum: pages, shared: true });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new UserError(`not enough memory: ${size(bytes)} of address space are not to be had`, {
      hint: 'use fewer latents or a smaller batch, close other programs, or raise the limit (ulimit -v)',
    });
  }
}

/** Bring up the kernels on a memory. */
export function instantiate(memory: WasmMemory): WasmKernels {
  const abort = (): never => {
    throw new Error('a kernel aborted');
  };
  return nameArguments(new wasmApi.Instance(compileKernels(), { env: { memory, abort } }).exports);
}
