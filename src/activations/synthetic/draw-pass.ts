// One pass over rows of a synthetic world. Everything here is synchronous; it runs in a worker thread.
import { BLOCK_ROWS, rowDrawer } from '../../data/worlds/synthetic/rows.ts';
import type { SyntheticWorld } from '../../data/worlds/synthetic/world.ts';
import { BatchFiller } from '../reading/batch-filler.ts';
import { type Scaling, scaleRow } from '../reading/scaling.ts';
import type { ActivationBatch } from '../types.ts';

/** Everything that drawing a pass needs to know; it can be sent to a worker. */
export interface DrawInput {
  readonly world: SyntheticWorld;
  /** Name of the pass: each has rows of its own. */
  readonly stream: string;
  readonly scaling: Scaling;
  /** Rows to leave out at the start. */
  readonly skipRows: number;
  /** Rows of the pass, the skipped ones counted. */
  readonly endRow: number;
  /** Rows in one chunk. */
  readonly chunkRows: number;
}

/** Yield the rows of a pass in order, in chunks. Chunks put into `spare` are used again. */
export function* drawPass(
  { world, stream, scaling, skipRows, endRow, chunkRows }: DrawInput,
  spare: ActivationBatch[] = [],
): Generator<ActivationBatch[]> {
  const { dModel } = world.law;
  const drawer = rowDrawer(world);
  const filler = new BatchFiller({
    batchSize: chunkRows,
    dModel,
    first: skipRows,
    end: endRow,
    spare,
  });
  const scaled = new Float32Array(dModel);
  for (let first = skipRows - (skipRows % BLOCK_ROWS); first < endRow; first += BLOCK_ROWS) {
    const { rows } = drawer.draw(stream, first / BLOCK_ROWS);
    const end = Math.min(first + BLOCK_ROWS, endRow);
    for (let row = Math.max(first, skipRows); row < end; row++) {
      scaleRow(rows, (row - first) * dModel, scaled, 0, dModel, scaling);
      filler.put(row, scaled, row, 0);
    }
    yield filler.takeBefore(end);
  }
}
