// The rarer terms of a step: ghost gradients of dead latents, and sparse connections. Their gradients are added where
// dense products leave theirs.
import type { Engine } from '../engine.ts';
import {
  CONNECTION_ROWS,
  DENSE_BLOCK_ROWS,
  GHOST_LATENTS,
  UPDATE_LATENTS,
} from '../memory/block-sizes.ts';
import type { Layout } from '../memory/layout.ts';
import type { Pass } from './pass.ts';
import { centreRows } from './rows.ts';

/** A chunk of rows, and how many ghosts there are (rounded up to 16). */
interface GhostWork {
  readonly firstRow: number;
  readonly rows: number;
  readonly ghosts: number;
  readonly pass: Pass;
}

/** Blocks of ghosts: where their numbers are listed, and where they start in a row of ghosts. */
function* ghostBlocks(
  { at }: Layout,
  ghosts: number,
): Generator<{ first: number; width: number; list: number }> {
  for (let first = 0; first < ghosts; first += GHOST_LATENTS) {
    const width = Math.min(GHOST_LATENTS, ghosts - first);
    yield { first, width, list: at.ghosts + first * 4 };
  }
}

/** What the ghosts add to a block of rows, its loss, and the gradient that reaches each ghost. */
export async function ghostForward(engine: Engine, block: number, work: GhostWork): Promise<void> {
  const { wasm, layout, gemm, floats, doubles } = engine;
  const { at, bytesIn, bytesOut } = layout;
  const { firstRow, ghosts, pass } = work;
  const [ldIn, ldOut] = [bytesIn / 4, bytesOut / 4];
  const inChunk = block * DENSE_BLOCK_ROWS;
  const n = Math.min(DENSE_BLOCK_ROWS, work.rows - inChunk);
  const row = firstRow + inChunk;
  const x = centreRows(engine, row, n);
  const values = at.denseF + inChunk * ghosts * 4;
  const sum = at.ghostErrors + inChunk * bytesOut;
  const gathered = layout.scratch[engine.thread]!.row;
  floats.fill(0, sum / 4, (sum + n * bytesOut) / 4);
  for (const { first, width, list } of ghostBlocks(layout, ghosts)) {
    const e = { at: values + first * 4, stride: ghosts };
    wasm.gatherRows(at.wEnc, list, width, gathered, bytesIn);
    const wEnc = { at: gathered, stride: ldIn, transposed: true };
    await gemm([n, width, ldIn], { at: x, stride: ldIn }, wEnc, e);
    wasm.ghostValues(e.at, n, width, ghosts, list, at.bEnc);
    wasm.gatherRows(at.wDec, list, width, gathered, bytesOut);
    const wDec = { at: gathered, stride: ldOut };
    await gemm([n, ldOut, width], e, wDec, { at: sum, stride: ldOut, add: true });
  }
  const loss = at.ghostSums + (row / DENSE_BLOCK_ROWS) * 8;
  doubles[loss / 8] = 0;
  wasm.ghostErrors({
    g: sum,
    errors: at.errors + row * bytesOut,
    x: (pass.ghostsOf ?? pass.target) + row * bytesOut,
    target: pass.target + row * bytesOut,
    weights: pass.errorByNorm ? at.rowWeights + row * 4 : 0,
    scale: pass.scale,
    rows: n,
    bytes: bytesOut,
    sum: loss,
  });
  for (const { first, width, list } of ghostBlocks(layout, ghosts)) {
    wasm.gatherRows(at.wDec, list, width, gathered, bytesOut);
    const wDec = { at: gathered, stride: ldOut, transposed: true };
    const d = { at: at.denseG + (inChunk * ghosts + first) * 4, stride: ghosts };
    await gemm([n, width, ldOut], { at: sum, stride: ldOut }, wDec, d);
  }
}

/** Gradients of a block of ghosts from a chunk of rows. */
export async function ghostBackward(engine: Engine, block: number, work: GhostWork): Promise<void> {
  const { wasm, layout, gemm } = engine;
  const { at, bytesIn, bytesOut } = layout;
  const { firstRow, rows, ghosts } = work;
  const [ldIn, ldOut] = [bytesIn / 4, bytesOut / 4];
  const first = block * GHOST_LATENTS;
  const width = Math.min(GHOST_LATENTS, ghosts - first);
  const list = at.ghosts + first * 4;
  const own = layout.scratch[engine.thread]!.row;
  const e = { at: at.denseF + first * 4, stride: ghosts, transposed: true };
  const d = { at: at.denseG + first * 4, stride: ghosts, transposed: true };
  const errors = { at: at.ghostErrors, stride: ldOut };
  await gemm([width, ldOut, rows], e, errors, { at: own, stride: ldOut });
  wasm.scatterRows(own, list, width, at.gWDec, bytesOut);
  wasm.ghostBackward({
    d: d.at,
    e: e.at,
    rows,
    width,
    stride: ghosts,
    list,
    gBias: at.gBEnc,
  });
  const x = { at: at.centred + firstRow * bytesIn, stride: ldIn };
  await gemm([width, ldIn, rows], d, x, { at: own, stride: ldIn });
  wasm.scatterRows(own, list, width, at.gWEnc, bytesIn);
}

/** `Σ |<direction, W_dec[i]>|` of a block of latents; adds `weight` times its gradient. */
export async function connect(engine: Engine, block: number, weight: number): Promise<void> {
  const { wasm, layout, gemm, doubles } = engine;
  const { at, bytesOut, latents, nDirections } = layout;
  const ldOut = bytesOut / 4;
  const first = block * UPDATE_LATENTS;
  const n = Math.min(UPDATE_LATENTS, latents - first);
  const sum = at.connectionSums + block * 8;
  doubles[sum / 8] = 0;
  const signs = layout.scratch[engine.thread]!.signs;
  for (let from = 0; from < nDirections; from += CONNECTION_ROWS) {
    const width = Math.min(CONNECTION_ROWS, nDirections - from);
    const directions = { at: at.directions + from * bytesOut, stride: ldOut };
    const products = { at: signs, stride: width };
    const wDec = { at: at.wDec + first * bytesOut, stride: ldOut };
    await gemm([n, width, ldOut], wDec, { ...directions, transposed: true }, products);
    wasm.signs(signs, n * width, weight, sum);
    const gradient = { at: at.gWDec + first * bytesOut, stride: ldOut, add: true };
    await gemm([n, ldOut, width], products, directions, gradient);
  }
}
