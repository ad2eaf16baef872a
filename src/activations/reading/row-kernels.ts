// The compiled kernels that scale rows and average them, on a memory that blocks of the disk are read into.
import { compiledKernels } from '../../compute/wasm/compiled.ts';
import { FIRST_FREE, instantiate, newMemory } from '../../compute/wasm/module.ts';
import type { Scaling } from './scaling.ts';

export interface RowKernels {
  /** Where blocks are read to. */
  readonly bytes: Uint8Array;
  /** All of the memory; rows are found in it by the offsets that the functions return. */
  readonly floats: Float32Array;
  /** Scale in place the row at float `at` of the block; returns its offset in `floats`, or −1 if it is not all numbers. */
  scale(at: number): number;
  /** Scale the mean of the rows at floats `base + at[first … first + count − 1]` of the block. Returns as `scale`. */
  scaleMean(base: number, at: Int32Array, first: number, count: number): number;
}

/** Bring up the kernels for rows of `dModel` floats in blocks of `blockBytes`, at most `width` rows to a mean. */
export function createRowKernels(options: {
  dModel: number;
  width: number;
  blockBytes: number;
  scaling: Scaling;
}): RowKernels {
  const { dModel, width, blockBytes, scaling } = options;
  const { clamp, scalar, mean } = scaling;
  const rowBytes = 16 * Math.ceil((dModel * 4) / 16);
  // The mean to subtract, a row for averages, the addresses that are averaged, the block.
  const meanAt = FIRST_FREE;
  const averageAt = meanAt + rowBytes;
  const addressesAt = averageAt + rowBytes;
  const blockAt = addressesAt + 16 * Math.ceil((width * 4) / 16);
  const memory = newMemory(blockAt + blockBytes);
  const kernels = instantiate(memory, compiledKernels());
  const floats = new Float32Array(memory.buffer);
  const addresses = new Uint32Array(memory.buffer, addressesAt, width);
  if (mean !== undefined) floats.set(mean, meanAt / 4);

  const scaleAt = (address: number): number =>
    kernels.scaleRow(address, dModel, meanAt, scalar, clamp) === 1 ? address / 4 : -1;

  return {
    bytes: new Uint8Array(memory.buffer, blockAt, blockBytes),
    floats,
    scale: (at) => scaleAt(blockAt + at * 4),
    scaleMean(base, at, first, count) {
      for (let k = 0; k < count; k++) addresses[k] = blockAt + (base + at[first + k]!) * 4;
      kernels.meanOfRows(averageAt, dModel, addressesAt, count);
      return scaleAt(averageAt);
    },
  };
}
