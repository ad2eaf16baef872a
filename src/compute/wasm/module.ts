// The kernels brought up on a memory. Nothing here is Node's: pages in a browser use it, too.
import { UserError } from '../../base/errors.ts';
import { bytes as size } from '../../base/text.ts';
import { nameArguments, type WasmKernels } from './kernels.ts';
import { type CompiledKernels, type WasmMemory, wasmApi } from './webassembly.ts';

/** Bytes of a page of memory. */
const PAGE = 65_536;
/** First address that is free: the kernels keep their constants in the first page. */
export const FIRST_FREE: number = PAGE;
/** Bytes that a WebAssembly memory can have. */
export const MOST_BYTES: number = 2 ** 32;

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

/** Bring up the kernels on a memory; `compiled` is their module. */
export function instantiate(memory: WasmMemory, compiled: CompiledKernels): WasmKernels {
  const abort = (): never => {
    throw new Error('a kernel aborted');
  };
  return nameArguments(new wasmApi.Instance(compiled, { env: { memory, abort } }).exports);
}
