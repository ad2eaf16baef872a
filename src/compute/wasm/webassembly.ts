// The part of the WebAssembly API used here; Node's type package declares only a fragment of it.

/** A shared WebAssembly memory. */
export interface WasmMemory {
  readonly buffer: SharedArrayBuffer;
}

/** A compiled module; it can be handed to other threads. */
export type CompiledKernels = object;

export interface WasmApi {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => CompiledKernels;
  readonly Instance: new (
    module: CompiledKernels,
    imports: Record<string, Record<string, unknown>>,
  ) => { readonly exports: Record<string, unknown> };
  readonly Memory: new (options: { initial: number; maximum: number; shared: true }) => WasmMemory;
}

export const wasmApi: WasmApi = (globalThis as unknown as { WebAssembly: WasmApi }).WebAssembly;
