// Latents that explain what the others leave over (AuxK): their pre-activations are taken from the encoder's own product,
// the largest of a row become sparse codes, and all that follows is what the codes of a step go through.
import type { Engine } from '../engine.ts';
import { ENCODE_LATENTS, RECONSTRUCT_ROWS } from '../memory/block-sizes.ts';
import type { Explaining, Pass } from './pass.ts';
import { weighRows } from './rows.ts';

/** Products of some rows with the latents `from … to − 1`. */
interface Products extends Explaining {
  /** Address of `[rows, stride]` products. */
  readonly h: number;
  readonly stride: number;
  readonly from: number;
  readonly to: number;
}

/** Take the pre-activations of listed latents out of products. */
export function gatherListed(
  { wasm, layout, thread, floats }: Engine,
  rows: number,
  work: Products,
): void {
  const { at } = layout;
  const list = new Int32Array(floats.buffer, at.auxLatents, work.latents);
  wasm.gatherPre({
    h: work.h,
    rows,
    stride: work.stride,
    firstLatent: work.from,
    bias: at.bEnc,
    list: at.auxLatents,
    from: firstFrom(list, work.from),
    to: firstFrom(list, work.to),
    out: layout.scratch[thread]!.listed,
    outStride: work.latents,
    gathered: 0,
  });
}

/** Compute the pre-activations of listed latents of rows at `x`, where no product has them. */
export async function multiplyListed(
  { wasm, layout, thread, gemm }: Engine,
  x: number,
  rows: number,
  { latents }: Explaining,
): Promise<void> {
  const { at, bytesIn } = layout;
  const own = layout.scratch[thread]!;
  const stride = bytesIn / 4;
  for (let from = 0; from < latents; from += ENCODE_LATENTS) {
    const width = Math.min(ENCODE_LATENTS, latents - from);
    wasm.gatherRows(at.wEnc, at.auxLatents + 4 * from, width, own.gathered, bytesIn);
    await gemm(
      [rows, width, stride],
      { at: x, stride },
      { at: own.gathered, stride, transposed: true },
      { at: own.tile, stride: width },
    );
    wasm.gatherPre({
      h: own.tile,
      rows,
      stride: width,
      firstLatent: 0,
      bias: at.bEnc,
      list: at.auxLatents,
      from,
      to: from + width,
      out: own.listed,
      outStride: latents,
      gathered: 1,
    });
  }
}

/** Keep the largest of each row of what was taken out; `first` is the first row's number in the batch. */
export function keepListed(
  { wasm, layout, thread }: Engine,
  first: number,
  rows: number,
  { latents, k, above }: Explaining,
): void {
  const { at } = layout;
  const own = layout.scratch[thread]!;
  wasm.keepListed({
    values: own.listed,
    rows,
    n: latents,
    list: at.auxLatents,
    k,
    above,
    index: at.auxIndex + first * k * 4,
    pre: at.auxPre + first * k * 4,
    count: at.auxRowCount + first * 4,
    scratch: own.values,
  });
}

/** What a block of rows is left with, and its sums: `Σ w r` in rowShares, `Σ w |r|²` and `Σ w` in sums. */
export function leave(
  { wasm, layout, floats, doubles }: Engine,
  block: number,
  { rows, pass }: { readonly rows: number; readonly pass: Pass },
): void {
  const { at, bytesOut } = layout;
  const first = block * RECONSTRUCT_ROWS;
  const share = at.rowShares + block * bytesOut;
  const sums = at.sums + block * 16;
  floats.fill(0, share / 4, (share + bytesOut) / 4);
  doubles.fill(0, sums / 8, sums / 8 + 2);
  wasm.leftOver({
    firstRow: first,
    endRow: Math.min(first + RECONSTRUCT_ROWS, rows),
    errors: at.errors + (pass.prefixes.length - 1) * layout.maxRows * bytesOut,
    weights: pass.errorByNorm ? at.rowWeights : 0,
    scale: pass.scale,
    out: at.left,
    bytes: bytesOut,
    share,
    sums,
  });
}

/** Reconstruct what a block of rows is left with, and send the error back to the entries. */
export function explain(
  engine: Engine,
  block: number,
  { rows, pass, scale }: { readonly rows: number; readonly pass: Pass; readonly scale: number },
): void {
  const { wasm, layout, doubles } = engine;
  const { at, bytesOut } = layout;
  const first = block * RECONSTRUCT_ROWS;
  const end = Math.min(first + RECONSTRUCT_ROWS, rows);
  const sums = at.sums + block * 24;
  doubles.fill(0, sums / 8, sums / 8 + 3);
  wasm.reconstructRows({
    firstRow: first,
    endRow: end,
    batch: layout.maxRows,
    rowStart: at.auxRowStart,
    rowCount: at.auxRowCount,
    index: at.auxIndex,
    pre: at.auxPre,
    dPre: at.auxDPre,
    threshold: at.auxFloor,
    wDec: at.wDec,
    bDec: at.auxBias,
    target: at.left,
    weights: weighRows(engine, first, end - first, pass),
    errors: at.auxErrors,
    bytes: bytesOut,
    prefixes: at.auxPrefix,
    nPrefixes: 1,
    scale,
    l1: 0,
    sums,
    acc: layout.scratch[engine.thread]!.row,
    backward: 1,
  });
}

/** Place of the first number of an ascending list that is at or above `limit`. */
function firstFrom(list: Int32Array, limit: number): number {
  let [from, to] = [0, list.length];
  while (from < to) {
    const mid = (from + to) >> 1;
    if (list[mid]! < limit) from = mid + 1;
    else to = mid;
  }
  return from;
}
