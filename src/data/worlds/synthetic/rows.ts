// Rows of a world, block by block: each block from a seed of its own, so that any row can be drawn without those before.
import { Random } from '../../../base/random.ts';
import type { SparseRows } from '../../../compute/sparse-rows.ts';
import { featureDrawer } from './features-of-row.ts';
import { rowMemory } from './row-memory.ts';
import type { SyntheticWorld } from './world.ts';

/** Rows that are drawn together. */
export const BLOCK_ROWS = 64;

/** Rows of one block. */
export interface DrawnBlock {
  /** Which features fire and how strongly, `[BLOCK_ROWS, nFeatures]`. */
  readonly features: SparseRows;
  /** Sums of the features' directions and the bias, float32 `[BLOCK_ROWS, dModel]`; overwritten by the next block. */
  readonly rows: Float32Array;
}

/** Draws rows of a world. */
export interface RowDrawer {
  /** Draw block `block` (from 0) of the stream of rows that is called `stream`. */
  draw(stream: string, block: number): DrawnBlock;
}

/** Prepare to draw rows of a world, on this thread. */
export function rowDrawer(world: SyntheticWorld): RowDrawer {
  const { nFeatures, dModel, seed } = world.law;
  const drawer = featureDrawer(world);
  const memory = rowMemory(world, drawer, BLOCK_ROWS);
  const { rank } = drawer;
  const factors = new Float64Array(BLOCK_ROWS * rank);
  const rows = new Float32Array(BLOCK_ROWS * dModel);
  let index = new Uint32Array(2 ** 12);
  let value = new Float32Array(2 ** 12);
  const makeRoom = (size: number): void => {
    if (size <= index.length) return;
    const larger = new Uint32Array(2 * size);
    larger.set(index);
    index = larger;
    const values = new Float32Array(2 * size);
    values.set(value);
    value = values;
  };

  return {
    draw(stream, block) {
      const random = new Random(seed, `${stream}/${block}`);
      for (let k = 0; k < factors.length; k++) factors[k] = random.normal();
      const limits = memory.limits(factors);
      const rowStart = new Uint32Array(BLOCK_ROWS + 1);
      let end = 0;
      for (let r = 0; r < BLOCK_ROWS; r++) {
        const own = factors.subarray(r * rank, (r + 1) * rank);
        const firing = drawer.draw(random, own, limits(r));
        const { count } = firing;
        makeRoom(end + count);
        index.set(firing.index.subarray(0, count), end);
        value.set(firing.value.subarray(0, count), end);
        end += count;
        rowStart[r + 1] = end;
        rows.set(memory.sum(firing), r * dModel);
      }
      const features = {
        columns: nFeatures,
        rowStart,
        index: index.slice(0, end),
        value: value.slice(0, end),
      };
      return { features, rows };
    },
  };
}
