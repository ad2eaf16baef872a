// One pass over rows of a synthetic world. Everything here is synchronous; it runs in worker threads.
import { BLOCK_ROWS, rowDrawer } from '../../data/worlds/synthetic/rows.ts';
import type { SyntheticWorld } from '../../data/worlds/synthetic/world.ts';
import { type Scaling, scaleRow } from '../reading/scaling.ts';
import { placeOf, type Share, shareOf, type WindowWork } from '../reading/window-rows.ts';

/** Everything that drawing a pass needs to know; it can be sent to a worker. */
export interface DrawInput {
  readonly world: SyntheticWorld;
  /** Name of the pass: each has rows of its own. */
  readonly stream: string;
  readonly scaling: Scaling;
}

/** Prepare to draw a share of each window. */
export function drawFiller(
  { world, stream, scaling }: DrawInput,
  share: Share,
): (work: WindowWork) => void {
  const { dModel } = world.law;
  const drawer = rowDrawer(world);
  return (work) => {
    const firstBlock = Math.floor(work.from / BLOCK_ROWS);
    const [from, end] = shareOf(Math.ceil(work.end / BLOCK_ROWS) - firstBlock, share);
    for (let block = firstBlock + from; block < firstBlock + end; block++) {
      const { rows } = drawer.draw(stream, block);
      const first = block * BLOCK_ROWS;
      const last = Math.min(first + BLOCK_ROWS, work.end);
      for (let row = Math.max(first, work.from); row < last; row++) {
        const { chunk, slot } = placeOf(work, row);
        scaleRow(rows, (row - first) * dModel, chunk.acts, slot * dModel, dModel, scaling);
        chunk.exampleIndex[slot] = row;
        chunk.tokenIndex[slot] = 0;
      }
    }
  };
}
