// A step on sparse codes: encode and compact, reconstruct, transpose, update.
import type { Engine } from './engine.ts';
import { ENCODE_LATENTS, type Layout, RECONSTRUCT_ROWS, UPDATE_LATENTS } from './memory-layout.ts';
import type { GradientSources, Pass, Step } from './pass.ts';

export async function encode(
  engine: Engine,
  block: number,
  { rows, k, most }: { readonly rows: number; readonly k: number; readonly most: number },
): Promise<void> {
  const { wasm, layout, gemm, floats } = engine;
  const { at, latents, bytesIn, encodeRows } = layout;
  const own = layout.scratch[engine.thread]!;
  const first = block * encodeRows;
  const n = Math.min(encodeRows, rows - first);
  const x = centreRows(engine, first, n);
  const { listIndex, listValue, listCount } = own;
  const lists = { listIndex, listValue, listCount, capacity: latents };
  const bound = most > 0 ? floats[boundAt(layout)]! : Number.NEGATIVE_INFINITY;
  floats.fill(0, listCount / 4, listCount / 4 + n);
  for (let s = 0; s < latents; s += ENCODE_LATENTS) {
    const width = Math.min(ENCODE_LATENTS, latents - s);
    await gemm(
      [n, width, bytesIn / 4],
      { at: x, stride: bytesIn / 4 },
      { at: at.wEnc + s * bytesIn, stride: bytesIn / 4, transposed: true },
      { at: own.tile, stride: width },
    );
    wasm.compactTile({
      ...lists,
      h: own.tile,
      rows: n,
      width,
      firstLatent: s,
      bias: at.bEnc,
      floor: at.floor,
      bound,
    });
  }
  if (most > 0) leaveOutSmall(engine, n, most);
  if (k > 0) wasm.keepTopK({ ...lists, rows: n, k, scratch: own.values });
  wasm.packLists({
    ...lists,
    rows: n,
    firstRow: first,
    cursor: at.cursor,
    codesCapacity: layout.capacity,
    rowStart: at.rowStart,
    rowCount: at.rowCount,
    index: at.index,
    pre: at.pre,
  });
}

/** Where the bound lies that all threads share, as an index of floats. */
export function boundAt({ at }: Layout): number {
  return at.cursor / 4 + 1;
}

/** Leave out of a block's lists what cannot be among the largest of the batch, and let others know the bound. */
function leaveOutSmall({ wasm, layout, thread, floats }: Engine, rows: number, most: number): void {
  const { at, latents: capacity } = layout;
  const { listIndex, listValue, listCount } = layout.scratch[thread]!;
  wasm.countValues(rows, listValue, listCount, capacity, at.histogram);
  const bound = wasm.boundOfLargest(at.histogram, most);
  if (bound > floats[boundAt(layout)]!) floats[boundAt(layout)] = bound;
  wasm.keepAbove(rows, bound, listIndex, listValue, listCount, capacity);
}

export function reconstruct(engine: Engine, block: number, rows: number, pass: Pass): void {
  const { wasm, layout, doubles, floats } = engine;
  const { at, bytesOut } = layout;
  const nPrefixes = pass.prefixes.length;
  const first = block * RECONSTRUCT_ROWS;
  const end = Math.min(first + RECONSTRUCT_ROWS, rows);
  const sums = at.sums + block * (2 + nPrefixes) * 8;
  doubles.fill(0, sums / 8, sums / 8 + 2 + nPrefixes);
  const weights = weighRows(engine, first, end - first, pass);
  wasm.reconstructRows({
    firstRow: first,
    endRow: end,
    batch: layout.maxRows,
    rowStart: at.rowStart,
    rowCount: at.rowCount,
    index: at.index,
    pre: at.pre,
    dPre: at.dPre,
    threshold: pass.threshold,
    wDec: at.wDec,
    bDec: at.bDec,
    target: pass.target,
    weights,
    errors: at.errors,
    bytes: bytesOut,
    prefixes: at.prefixes,
    nPrefixes,
    scale: pass.scale,
    l1: pass.l1,
    sums,
    acc: layout.scratch[engine.thread]!.row,
    backward: pass.backward ? 1 : 0,
  });
  if (pass.backward) {
    const share = at.rowShares + block * bytesOut;
    floats.fill(0, share / 4, (share + bytesOut) / 4);
    wasm.sumRows(at.errors, first, end, share, bytesOut);
  }
}

export function count(
  { wasm, layout: { at } }: Engine,
  block: number,
  rows: number,
  ranges: readonly number[],
): void {
  wasm.countColumns({
    rows,
    rowStart: at.rowStart,
    rowCount: at.rowCount,
    index: at.index,
    firstLatent: ranges[block]!,
    endLatent: ranges[block + 1]!,
    count: at.colCount,
  });
}

export function transpose(
  { wasm, layout: { at } }: Engine,
  block: number,
  rows: number,
  ranges: readonly number[],
  start: number,
): void {
  wasm.fillColumns({
    rows,
    rowStart: at.rowStart,
    rowCount: at.rowCount,
    index: at.index,
    pre: at.pre,
    dPre: at.dPre,
    firstLatent: ranges[block]!,
    endLatent: ranges[block + 1]!,
    start,
    count: at.colCount,
    colStart: at.colStart,
    colRow: at.colRow,
    colPre: at.colPre,
    colDPre: at.colDPre,
  });
}

export function update(engine: Engine, block: number, sources: GradientSources, step: Step): void {
  const { wasm, layout, floats } = engine;
  const { at, bytesIn, bytesOut } = layout;
  const { pass } = step;
  const own = layout.scratch[engine.thread]!;
  const first = block * UPDATE_LATENTS;
  const end = Math.min(first + UPDATE_LATENTS, layout.latents);
  // Gradients that other blocks than this left lie with all latents: those of the columns are added there.
  const gEnc = sources.inOtherBlocks ? at.gWEnc + first * bytesIn : own.gEnc;
  const gDec = sources.inOtherBlocks ? at.gWDec + first * bytesOut : own.gDec;
  if (sources.columns) {
    wasm.latentGradients({
      firstLatent: first,
      endLatent: end,
      colStart: at.colStart,
      colRow: at.colRow,
      colPre: at.colPre,
      colDPre: at.colDPre,
      threshold: at.threshold,
      width: pass.width,
      l0: pass.l0,
      errors: at.errors,
      table: layout.maxRows * bytesOut,
      prefixes: at.prefixes,
      x: at.centred,
      bytesIn,
      bytesOut,
      gEnc,
      gDec,
      gBias: at.gBEnc,
      gThreshold: at.gThreshold,
      fired: at.fired,
    });
  }
  let share = 0;
  if (layout.inputBias !== 'none') {
    share = at.latentShares + block * bytesIn;
    floats.fill(0, share / 4, (share + bytesIn) / 4);
  }
  wasm.stepLatents({
    firstLatent: first,
    endLatent: end,
    seen: at.seen,
    colStart: sources.all ? 0 : at.colStart,
    ghosted: sources.inOtherBlocks ? at.ghosted : 0,
    wEnc: at.wEnc,
    mEnc: at['wEnc.m'],
    vEnc: at['wEnc.v'],
    gEnc,
    bytesIn,
    wDec: at.wDec,
    mDec: at['wDec.m'],
    vDec: at['wDec.v'],
    gDec,
    bytesOut,
    bEnc: at.bEnc,
    mBias: at['bEnc.m'],
    vBias: at['bEnc.v'],
    gBias: at.gBEnc,
    threshold: at.threshold,
    mThreshold: at['threshold.m'],
    vThreshold: at['threshold.v'],
    gThreshold: at.gThreshold,
    trainThreshold: step.trainThreshold ? 1 : 0,
    biasShare: share,
    removeParallel: step.removeParallel ? 1 : 0,
    unitNorm: step.unitNorm ? 1 : 0,
    rate: step.rate,
    gain1: step.gain1,
    beta2: step.beta2,
    gain2: step.gain2,
    root: step.root,
    epsilon: step.epsilon,
  });
}

/** Subtract a block of inputs' bias where the coder does so; returns the address of the first centred row. */
export function centreRows({ wasm, layout }: Engine, first: number, n: number): number {
  const { at, bytesIn } = layout;
  const centred = at.centred + first * bytesIn;
  const bias = layout.inputBias === 'own' ? at.bIn : at.bDec;
  if (layout.inputBias !== 'none') wasm.centre(at.x + first * bytesIn, bias, centred, n, bytesIn);
  return centred;
}

/** Weigh a block of rows by the norms of their targets, where the pass asks for it; returns where all weights lie. */
export function weighRows({ wasm, layout }: Engine, first: number, n: number, pass: Pass): number {
  if (!pass.errorByNorm) return 0;
  const { at, bytesOut } = layout;
  wasm.inverseNorms(pass.target + first * bytesOut, at.rowWeights + first * 4, n, bytesOut);
  return at.rowWeights;
}
