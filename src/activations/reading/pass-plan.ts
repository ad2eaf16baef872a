// The order of one pass over the shards, as a pure plan. Blocks of neighbouring examples, each one large read, are
// visited in random order; a window of many blocks is held in memory and its rows are shuffled among themselves.
// Any batch can be found without reading those before it: only its own window is read.
import { Random } from '../../base/random.ts';
import type { ShardFile } from '../shards/geometry.ts';
import { type RowFilter, rowsOf } from './row-filter.ts';

/** What a pass goes over, and in which order. */
export interface PassOrder {
  readonly files: readonly ShardFile[];
  /** Examples that hold no activations, ascending. */
  readonly absent: Int32Array;
  readonly rowsPerExample: number;
  /** Rows that count; all of them where there is none. */
  readonly filter?: RowFilter | undefined;
  /** Examples of one read. */
  readonly examplesPerBlock: number;
  /** Rows held in memory at once, at least; the last block of a window may exceed it. */
  readonly windowRows: number;
  /** Order on disk when undefined. */
  readonly shuffleSeed: number | undefined;
}

/** A run of neighbouring examples in one file. */
export interface Block {
  readonly file: number;
  readonly first: number;
  readonly count: number;
  /** Rows that the block gives. */
  readonly rows: number;
}

/** Blocks that are in memory together. */
export interface Window {
  readonly blocks: readonly Block[];
  /** Place in the pass of the window's first row. */
  readonly start: number;
  readonly rows: number;
}

/** Cut the examples into blocks; none crosses the end of a file. */
export function planBlocks(order: PassOrder): Block[] {
  const { files, absent, rowsPerExample, examplesPerBlock } = order;
  const blocks: Block[] = [];
  let nextAbsent = 0;
  files.forEach((file, index) => {
    for (let done = 0; done < file.count; done += examplesPerBlock) {
      const first = file.first + done;
      const count = Math.min(examplesPerBlock, file.count - done);
      let rows = order.filter === undefined ? count * rowsPerExample : 0;
      for (let i = first; order.filter !== undefined && i < first + count; i++)
        rows += rowsOf(order, i);
      while (nextAbsent < absent.length && absent[nextAbsent]! < first + count) {
        rows -= rowsOf(order, absent[nextAbsent]!);
        nextAbsent++;
      }
      if (rows > 0) blocks.push({ file: index, first, count, rows });
    }
  });
  return blocks;
}

/** Put the blocks in the pass's order and group them into windows of nearly equal size. */
export function planWindows(order: PassOrder): Window[] {
  const blocks = planBlocks(order);
  if (order.shuffleSeed !== undefined) new Random(order.shuffleSeed, 'blocks').shuffle(blocks);
  const total = blocks.reduce((sum, block) => sum + block.rows, 0);
  const nWindows = Math.ceil(total / order.windowRows);
  const windows: Window[] = [];
  let held: Block[] = [];
  let start = 0;
  let end = 0;
  for (const block of blocks) {
    held.push(block);
    end += block.rows;
    if (end < ((windows.length + 1) * total) / nWindows) continue;
    windows.push({ blocks: held, start, rows: end - start });
    held = [];
    start = end;
  }
  return windows;
}

/** Place within window `index` of each of its rows, in reading order; undefined where the order stays. */
export function windowPlaces(
  order: PassOrder,
  index: number,
  window: Window,
): Uint32Array | undefined {
  if (order.shuffleSeed === undefined) return undefined;
  return new Random(order.shuffleSeed, `window ${index}`).permutation(window.rows);
}
