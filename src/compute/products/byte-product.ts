// Exact products of 8-bit integers by oneDNN, on processors that add them up in 32 bits (VNNI); where the machine has both.
import { readFileSync } from 'node:fs';
import koffi from 'koffi';
import type { ByteGemm } from './types.ts';

const LIBRARIES = ['libdnnl.so.3', 'libdnnl.so.2', 'libdnnl.so'];
/** A processor without one of these adds neighbours up in 16 bits, which overflow. */
const EXACT = ['avx512_vnni', 'avx_vnni'];
const FIXED = 'F'.charCodeAt(0);
const PLAIN = 'N'.charCodeAt(0);
const TRANSPOSED = 'T'.charCodeAt(0);

/**
 * The product on one memory, for the thread that calls; undefined where there is none. `wanted`, by default the environment's
 * SAEV_SCREEN, switches it off with `none`.
 */
export function findByteProduct(
  wanted: string | undefined = process.env.SAEV_SCREEN,
): ((buffer: ArrayBufferLike) => ByteGemm) | undefined {
  if (wanted === 'none' || process.platform !== 'linux' || !addsExactly()) return undefined;
  for (const name of LIBRARIES) {
    try {
      const bind = loadLibrary(name);
      if (isExact(bind)) return bind;
    } catch {
      // Not on this machine: the next name is tried.
    }
  }
  return undefined;
}

/** Whether the processor multiplies bytes into 32-bit sums. */
function addsExactly(): boolean {
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(' ');
    return EXACT.some((flag) => flags?.includes(flag) === true);
  } catch {
    return false;
  }
}

/** Flags of dlopen: resolve names when they are used, and never unload. */
const LAZY_FOR_GOOD = 0x1001;

/**
 * Keep a library, with those that it needs, for as long as the process lives. Else it goes with the last thread that uses it,
 * and what OpenMP has to do as other threads end goes with it, under their feet.
 */
function keepLoaded(name: string): void {
  const open = koffi.load(null).func('void *dlopen(const char *, int)');
  if (open(name, LAZY_FOR_GOOD) === null) throw new Error(`cannot load ${name}`);
}

function loadLibrary(name: string): (buffer: ArrayBufferLike) => ByteGemm {
  keepLoaded(name);
  const call = koffi
    .load(name)
    .func(
      'int dnnl_gemm_s8s8s32(int8_t, int8_t, int8_t, int64_t, int64_t, int64_t, float, void*, int64_t, int8_t, void*, int64_t, int8_t, float, void*, int64_t, void*)',
    );
  oneThread();
  const none = new Int32Array(1);
  return (buffer) => {
    const view = (address: number): Uint8Array => new Uint8Array(buffer, address, 16);
    return ([m, n, k], a, b, c) => {
      const to = view(c);
      const how = [PLAIN, TRANSPOSED, FIXED, m, n, k, 1, view(a), k, 0, view(b), k, 0, 0, to, n];
      const status = call(...how, none) as number;
      if (status !== 0)
        throw new Error(`oneDNN: status ${status} of a product of ${m} × ${n} × ${k}`);
    };
  };
}

/** Have OpenMP use one thread for what this thread calls: the callers are the threads. */
function oneThread(): void {
  for (const name of ['libgomp.so.1', 'libiomp5.so', 'libomp.so.5']) {
    try {
      koffi.load(name).func('void omp_set_num_threads(int)')(1);
    } catch {
      // Another build of oneDNN, or none that uses it.
    }
  }
}

/** Whether sums that 16 bits cannot hold come out right. */
function isExact(bind: (buffer: ArrayBufferLike) => ByteGemm): boolean {
  const bytes = new Int8Array(1024);
  bytes.fill(127, 0, 64);
  bytes.fill(-127, 64, 128);
  bind(bytes.buffer)([2, 2, 64], 0, 0, 512);
  const most = 64 * 127 * 127;
  const found = new Int32Array(bytes.buffer, 512, 4);
  return [most, -most, -most, most].every((value, i) => found[i] === value);
}
