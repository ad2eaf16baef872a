// Compiles src/compute/kernels/wasm to dist/compute/wasm/kernels.wasm and kernels-plain.wasm.
import { mkdirSync } from 'node:fs';
import asc from 'assemblyscript/asc';

mkdirSync('dist/compute/wasm', { recursive: true });
for (const [name, features] of [
  ['kernels', 'simd,threads,relaxed-simd'],
  ['kernels-plain', 'simd,threads'],
]) {
  const { error, stderr } = await asc.main([
    'src/compute/kernels/wasm/index.ts',
    '-o',
    `dist/compute/wasm/${name}.wasm`,
    '--enable',
    features,
    '-O3',
    '--noAssert',
    '--runtime',
    'stub',
    '--importMemory',
    '--sharedMemory',
    '--maximumMemory',
    '65536',
  ]);
  if (error) {
    console.error(stderr.toString());
    throw error;
  }
}
