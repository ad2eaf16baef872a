// The compiled kernels on a memory with a world's directions: limits of features for many rows, and rows as sums.
import { compiledKernels } from '../../../compute/wasm/compiled.ts';
import { GEMM_SCRATCH } from '../../../compute/wasm/kernels.ts';
import { FIRST_FREE, instantiate, newMemory } from '../../../compute/wasm/module.ts';
import { type FeatureDrawer, type FiringFeatures, type Limits, RARE } from './features-of-row.ts';
import type { SyntheticWorld } from './world.ts';

/** Kernels that know a world. */
export interface RowMemory {
  /**
   * Compute the limits of features without parents for rows with factors `ε [blockRows, rank]`, and give those of row r.
   * Overwritten by the next call.
   */
  limits(shared: Float64Array): (r: number) => Limits;
  /** Sum the directions of firing features and the bias: float32 `[dModel]`, overwritten by the next call. */
  sum(firing: FiringFeatures): Float32Array;
}

/** Floats of a row, so that it is a multiple of 64 bytes. */
const padded = (width: number): number => 16 * Math.ceil(width / 16);

/** Bring up the kernels for blocks of `blockRows` rows. */
export function rowMemory(
  world: SyntheticWorld,
  { tops, rank, base, slope }: Pick<FeatureDrawer, 'tops' | 'rank' | 'base' | 'slope'>,
  blockRows: number,
): RowMemory {
  const { directions, bias } = world;
  const { nFeatures, dModel } = world.law;
  const width = padded(dModel);
  const depth = rank + 1;
  const nTops = padded(tops.length);
  // Places in floats, one after the other.
  let end = FIRST_FREE / 4;
  const take = (size: number): number => {
    const place = end;
    end += padded(size);
    return place;
  };
  const at = {
    directions: take(nFeatures * width),
    bias: take(width),
    zeros: take(width),
    out: take(width),
    acc: take(width),
    floor: take(nFeatures),
    index: take(nFeatures),
    value: take(nFeatures),
    rowStart: take(1),
    rowCount: take(1),
    sums: take(8),
    tops: take(nTops * depth),
    factors: take(blockRows * depth),
    limits: take(blockRows * nTops),
    none: take(nTops),
    topFloor: take(nTops),
    low: take(blockRows * nTops),
    lowValue: take(blockRows * nTops),
    lowCount: take(blockRows),
    bounds: take(blockRows),
    scratch: take(GEMM_SCRATCH),
  };
  const memory = newMemory(4 * end);
  const wasm = instantiate(memory, compiledKernels());
  const floats = new Float32Array(memory.buffer);
  const words = new Int32Array(memory.buffer);
  for (let i = 0; i < nFeatures; i++) {
    floats.set(directions.subarray(i * dModel, (i + 1) * dModel), at.directions + i * width);
  }
  floats.set(bias, at.bias);
  floats.fill(Number.NEGATIVE_INFINITY, at.floor, at.floor + nFeatures);
  // Limits are computed with their sign turned, since what is above a floor is found; a column of ones beside the
  // factors carries their base.
  tops.forEach((feature, t) => {
    const row = at.tops + t * depth;
    for (let k = 0; k < rank; k++) floats[row + k] = slope[feature * rank + k]!;
    floats[row + rank] = -base[feature]!;
  });
  floats.fill(1, at.factors, at.factors + blockRows * depth);
  floats.fill(Number.POSITIVE_INFINITY, at.topFloor, at.topFloor + nTops);
  floats.fill(-RARE, at.topFloor, at.topFloor + tops.length);
  floats.fill(-RARE, at.bounds, at.bounds + blockRows);
  const values = floats.subarray(at.limits, at.limits + blockRows * nTops);
  const low = words.subarray(at.low, at.low + blockRows * nTops);
  const lowCount = words.subarray(at.lowCount, at.lowCount + blockRows);

  return {
    limits(shared) {
      for (let r = 0; r < blockRows; r++) {
        floats.set(shared.subarray(r * rank, (r + 1) * rank), at.factors + r * depth);
      }
      wasm.gemm({
        m: blockRows,
        n: nTops,
        depth,
        a: 4 * at.factors,
        aRow: 4 * depth,
        aCol: 4,
        b: 4 * at.tops,
        bRow: 4,
        bCol: 4 * depth,
        c: 4 * at.limits,
        ldc: 4 * nTops,
        accumulate: 0,
        scratch: 4 * at.scratch,
      });
      lowCount.fill(0);
      wasm.compactTile({
        h: 4 * at.limits,
        rows: blockRows,
        width: nTops,
        firstLatent: 0,
        bias: 4 * at.none,
        floor: 4 * at.topFloor,
        bounds: 4 * at.bounds,
        listIndex: 4 * at.low,
        listValue: 4 * at.lowValue,
        listCount: 4 * at.lowCount,
        capacity: nTops,
      });
      return (r) => ({ values, at: r * nTops, low, lowAt: r * nTops, nLow: lowCount[r]! });
    },
    sum({ count, index, value }) {
      words.set(index.subarray(0, count), at.index);
      floats.set(value.subarray(0, count), at.value);
      words[at.rowCount] = count;
      // Errors against 0 are the sum itself.
      wasm.reconstructRows({
        firstRow: 0,
        endRow: 1,
        batch: 1,
        rowStart: 4 * at.rowStart,
        rowCount: 4 * at.rowCount,
        index: 4 * at.index,
        pre: 4 * at.value,
        dPre: 0,
        threshold: 4 * at.floor,
        wDec: 4 * at.directions,
        bDec: 4 * at.bias,
        target: 4 * at.zeros,
        weights: 0,
        errors: 4 * at.out,
        bytes: 4 * width,
        prefixes: 0,
        nPrefixes: 1,
        scale: 1,
        l1: 0,
        sums: 4 * at.sums,
        acc: 4 * at.acc,
        backward: 0,
      });
      return floats.subarray(at.out, at.out + dModel);
    },
  };
}
