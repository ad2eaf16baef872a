// A step on sparse codes: encode and compact, reconstruct, transpose, update.
import type { Engine } from './engine.ts';
import { ENCODE_LATENTS, RECONSTRUCT_ROWS, UPDATE_LATENTS } from './layout.ts';
import type { Pass, Step, Touched } from './pass.ts';

export async function encode(
  engine: Engine,
  block: number,
  rows: number,
  k: number,
): Promise<void> {
  const { wasm, layout, gemm, floats } = engine;
  const { at, latents, bytesIn, encodeRows } = layout;
  const own = layout.scratch[engine.thread]!;
  const first = block * encodeRows;
  const n = Math.min(encodeRows, rows - first);
  const x = centreRows(engine, first, n);
  floats.fill(0, own.listCount / 4, own.listCount / 4 + n);
  for (let s = 0; s < latents; s += ENCODE_LATENTS) {
    const width = Math.min(ENCODE_LATENTS, latents - s);
    await gemm(
      [n, width, bytesIn / 4],
      { at: x, stride: bytesIn / 4 },
      { at: at.wEnc + s * bytesIn, stride: bytesIn / 4, transposed: true },
      { at: own.tile, stride: width },
    );
    wasm.compactTile!(
      own.tile,
      n,
      width,
      s,
      at.bEnc,
      at.floor,
      own.listIndex,
      own.listValue,
      own.listCount,
      latents,
    );
  }
  if (k > 0) wasm.keepTopK!(n, k, own.listIndex, own.listValue, own.listCount, latents, own.values);
  wasm.packLists!(
    n,
    first,
    own.listIndex,
    own.listValue,
    own.listCount,
    latents,
    at.cursor,
    layout.capacity,
    at.rowStart,
    at.rowCount,
    at.index,
    at.pre,
  );
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
  wasm.reconstructRows!(
    first,
    end,
    layout.maxRows,
    at.rowStart,
    at.rowCount,
    at.index,
    at.pre,
    at.dPre,
    pass.threshold,
    at.wDec,
    at.bDec,
    pass.target,
    weights,
    at.errors,
    bytesOut,
    at.prefixes,
    nPrefixes,
    pass.scale,
    pass.l1,
    sums,
    layout.scratch[engine.thread]!.row,
    pass.backward ? 1 : 0,
  );
  if (pass.backward) {
    const share = at.rowShares + block * bytesOut;
    floats.fill(0, share / 4, (share + bytesOut) / 4);
    wasm.sumRows!(at.errors, first, end, share, bytesOut);
  }
}

export function count(
  { wasm, layout: { at } }: Engine,
  block: number,
  rows: number,
  ranges: readonly number[],
): void {
  wasm.countColumns!(
    rows,
    at.rowStart,
    at.rowCount,
    at.index,
    ranges[block]!,
    ranges[block + 1]!,
    at.colCount,
  );
}

export function transpose(
  { wasm, layout: { at } }: Engine,
  block: number,
  rows: number,
  ranges: readonly number[],
  start: number,
): void {
  wasm.fillColumns!(
    rows,
    at.rowStart,
    at.rowCount,
    at.index,
    at.pre,
    at.dPre,
    ranges[block]!,
    ranges[block + 1]!,
    start,
    at.colCount,
    at.colStart,
    at.colRow,
    at.colPre,
    at.colDPre,
  );
}

export function update(engine: Engine, block: number, touched: Touched, step: Step): void {
  const { wasm, layout, floats } = engine;
  const { at, bytesIn, bytesOut } = layout;
  const { pass } = step;
  const own = layout.scratch[engine.thread]!;
  const first = block * UPDATE_LATENTS;
  const end = Math.min(first + UPDATE_LATENTS, layout.latents);
  // Gradients from elsewhere than the columns lie with the latents: those of the columns are added there.
  const gEnc = touched.elsewhere ? at.gWEnc + first * bytesIn : own.gEnc;
  const gDec = touched.elsewhere ? at.gWDec + first * bytesOut : own.gDec;
  if (touched.columns) {
    wasm.latentGradients!(
      first,
      end,
      at.colStart,
      at.colRow,
      at.colPre,
      at.colDPre,
      at.threshold,
      pass.width,
      pass.l0,
      at.errors,
      layout.maxRows * bytesOut,
      at.prefixes,
      at.centred,
      bytesIn,
      bytesOut,
      gEnc,
      gDec,
      at.gBEnc,
      at.gThreshold,
      at.fired,
    );
  }
  let share = 0;
  if (layout.inputBias !== 'none') {
    share = at.latentShares + block * bytesIn;
    floats.fill(0, share / 4, (share + bytesIn) / 4);
  }
  wasm.stepLatents!(
    first,
    end,
    at.seen,
    touched.all ? 0 : at.colStart,
    touched.elsewhere ? at.haunted : 0,
    at.wEnc,
    at['wEnc.m'],
    at['wEnc.v'],
    gEnc,
    bytesIn,
    at.wDec,
    at['wDec.m'],
    at['wDec.v'],
    gDec,
    bytesOut,
    at.bEnc,
    at['bEnc.m'],
    at['bEnc.v'],
    at.gBEnc,
    at.threshold,
    at['threshold.m'],
    at['threshold.v'],
    at.gThreshold,
    step.trainThreshold ? 1 : 0,
    share,
    step.removeParallel ? 1 : 0,
    step.unitNorm ? 1 : 0,
    step.rate,
    step.beta1,
    step.beta2,
    step.root,
    step.epsilon,
  );
}

/** Subtract a block of inputs' bias where the coder does so; returns the address of the first centred row. */
export function centreRows({ wasm, layout }: Engine, first: number, n: number): number {
  const { at, bytesIn } = layout;
  const centred = at.centred + first * bytesIn;
  const bias = layout.inputBias === 'own' ? at.bIn : at.bDec;
  if (layout.inputBias !== 'none') wasm.centre!(at.x + first * bytesIn, bias, centred, n, bytesIn);
  return centred;
}

/** Weigh a block of rows by the norms of their targets, where the pass asks for it; returns where all weights lie. */
export function weighRows({ wasm, layout }: Engine, first: number, n: number, pass: Pass): number {
  if (!pass.errorByNorm) return 0;
  const { at, bytesOut } = layout;
  wasm.inverseNorms!(pass.target + first * bytesOut, at.rowWeights + first * 4, n, bytesOut);
  return at.rowWeights;
}
