// Forward and backward of one batch on CPU threads: through sparse columns, or in dense chunks.

import type { BatchSums } from '../types.ts';
import { addSums, type CoderMemory } from './coder-memory.ts';
import {
  DENSE_BLOCK_LATENTS,
  DENSE_BLOCK_ROWS,
  DENSE_ROWS,
  RECONSTRUCT_ROWS,
} from './memory/block-sizes.ts';
import { firstLatentBlock } from './memory/layout.ts';
import { type CodeSet, columnsOf, countsOf } from './tasks/columns.ts';
import type { Pass } from './tasks/pass.ts';

/** Gradients by codes that are already encoded: only active latents are touched. */
export async function sparseGradients(
  memory: CoderMemory,
  rows: number,
  pass: Pass,
): Promise<BatchSums> {
  const { layout, tensors } = memory;
  const { at } = layout;
  const sums = await memory.reconstruct(rows, pass);
  await toColumns(memory, rows, 'codes');
  if (pass.gates !== undefined) await toColumns(memory, rows, 'magnitudes');
  const rowBlocks = Math.ceil(rows / RECONSTRUCT_ROWS);
  tensors.addShares(at.gBDec, at.rowShares, rowBlocks, layout.bytesOut, 1);
  return sums;
}

/** Bring the entries of all rows into columns, one a latent. */
export async function toColumns(
  { layout, ints, threads, run }: Pick<CoderMemory, 'layout' | 'ints' | 'threads' | 'run'>,
  rows: number,
  of: CodeSet,
): Promise<void> {
  const ranges = splitRange(layout.latents, threads);
  await run({ task: 'count', of, blocks: threads, rows, ranges });
  const counts = countsOf(layout, of) / 4;
  const starts: number[] = [];
  let start = 0;
  for (let i = 0; i < threads; i++) {
    starts.push(start);
    for (let s = ranges[i]!; s < ranges[i + 1]!; s++) start += ints[counts + s]!;
  }
  ints[columnsOf(layout, of).colStart / 4 + layout.latents] = start;
  await run({ task: 'transpose', of, blocks: threads, rows, ranges, starts });
}

/** Gradients by dense products, rows in chunks so that memory does not grow with rows × latents. */
export async function denseGradients(
  memory: CoderMemory,
  rows: number,
  pass: Pass,
): Promise<BatchSums> {
  const { layout, engine, tensors, run } = memory;
  const { at, latents } = layout;
  tensors.setPrefixes(pass.prefixes);
  const latentBlocks = Math.ceil(latents / DENSE_BLOCK_LATENTS);
  for (let firstRow = 0; firstRow < rows; firstRow += DENSE_ROWS) {
    const n = Math.min(DENSE_ROWS, rows - firstRow);
    const chunk = { firstRow, rows: n, pass };
    await run({ task: 'denseForward', blocks: Math.ceil(n / DENSE_BLOCK_ROWS), ...chunk });
    await run({ task: 'denseBackward', blocks: latentBlocks, ...chunk });
  }
  const rowBlocks = Math.ceil(rows / DENSE_BLOCK_ROWS);
  tensors.addShares(at.gBDec, at.rowShares, rowBlocks, layout.bytesOut, 1);
  const firstBlock = firstLatentBlock(layout);
  return addSums(engine, rows, pass, [
    [0, rowBlocks],
    [firstBlock, firstBlock + latentBlocks],
  ]);
}

/** Bounds of `parts` ranges of latents, multiples of 4: `[0, …, latents]`. */
function splitRange(latents: number, parts: number): number[] {
  return Array.from({ length: parts + 1 }, (_, i) =>
    Math.min(latents, Math.ceil((i * latents) / parts / 4) * 4),
  );
}
