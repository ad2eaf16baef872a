// The compiled kernels that scale rows and average them, on a memory that blocks of the disk are read into.
import { compiledKernels } from '../../compute/wasm/compiled.ts';
import { FIRST_FREE, instantiate, newMemory } from '../../compute/wasm/module.ts';
import { SHARD_STORAGE, type ShardDtype } from '../shards/dtypes.ts';
import type { Scaling } from './scaling.ts';

export interface RowKernels {
  /** Where blocks are read to. */
  readonly bytes: Uint8Array;
  /** All of the memory; rows are found in it by the offsets that the functions return. */
  readonly floats: Float32Array;
  /** Scale the row at number `at` of the block, float32 rows in place; returns its offset in `floats`, or −1 if it is not all numbers. */
  scale(at: number): number;
  /** Scale the mean of the rows at numbers `base + at[first … first + count − 1]` of the block. Returns as `scale`. */
  scaleMean(base: number, at: Int32Array, first: number, count: number): number;
}

/**
 * Bring up the kernels for rows of `dModel` numbers in blocks of `blockBytes`, at most `width` rows to a mean. Rows of 16-bit
 * numbers are widened into room of their own first.
 */
export function createRowKernels(options: {
  dModel: number;
  dtype: ShardDtype;
  width: number;
  blockBytes: number;
  scaling: Scaling;
}): RowKernels {
  const { dModel, dtype, width, blockBytes, scaling } = options;
  const { clamp, scalar, mean } = scaling;
  const rowBytes = 16 * Math.ceil((dModel * 4) / 16);
  const { bytes: valueBytes, widen } = SHARD_STORAGE[dtype];
  // The mean to subtract, a row for averages, the addresses that are averaged, rows that were widened, the block.
  const meanAt = FIRST_FREE;
  const averageAt = meanAt + rowBytes;
  const addressesAt = averageAt + rowBytes;
  const widenedAt = addressesAt + 16 * Math.ceil((width * 4) / 16);
  const blockAt = widenedAt + (valueBytes === 4 ? 0 : width * rowBytes);
  const memory = newMemory(blockAt + blockBytes);
  const kernels = instantiate(memory, compiledKernels());
  const floats = new Float32Array(memory.buffer);
  const bytes = new Uint8Array(memory.buffer, blockAt, blockBytes);
  const addresses = new Uint32Array(memory.buffer, addressesAt, width);
  if (mean !== undefined) floats.set(mean, meanAt / 4);

  /** Address of the row at number `at` of the block, as float32; it is the `k`-th that is held. */
  const rowAt = (at: number, k: number): number => {
    if (valueBytes === 4) return blockAt + at * 4;
    const to = widenedAt + k * rowBytes;
    widen(bytes, at * valueBytes, floats.subarray(to / 4, to / 4 + dModel));
    return to;
  };
  const scaleAt = (address: number): number =>
    kernels.scaleRow(address, dModel, mean === undefined ? 0 : meanAt, scalar, clamp) === 1
      ? address / 4
      : -1;

  return {
    bytes,
    floats,
    scale: (at) => scaleAt(rowAt(at, 0)),
    scaleMean(base, at, first, count) {
      for (let k = 0; k < count; k++) addresses[k] = rowAt(base + at[first + k]!, k);
      kernels.meanOfRows(averageAt, dModel, addressesAt, count);
      return scaleAt(averageAt);
    },
  };
}
