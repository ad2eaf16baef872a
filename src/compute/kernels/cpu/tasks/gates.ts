// A step of a coder with gates: two reconstructions of each row, one by codes and one by gates, from one product with the
// encoder, and the gradients of both.
import type { Engine } from '../engine.ts';
import { RECONSTRUCT_ROWS, UPDATE_LATENTS } from '../memory/block-sizes.ts';
import { GATE_SUMS } from '../memory/gate-regions.ts';
import { columnsOf } from './columns.ts';
import type { GatePass, Pass, Step } from './pass.ts';
import { weighRows } from './rows.ts';

/** Norms of the decoder rows of a block of latents. */
export function norms({ wasm, layout }: Engine, block: number): void {
  const { at, latents, bytesOut } = layout;
  const first = block * UPDATE_LATENTS;
  const n = Math.min(UPDATE_LATENTS, latents - first);
  wasm.rowNorms(at.wDec + first * bytesOut, n, bytesOut, at.norms + first * 4);
}

/** Turn the gates of a block of rows into codes, for good. */
export function keepCodes({ wasm, layout }: Engine, block: number, rows: number): void {
  const { at } = layout;
  const firstRow = block * RECONSTRUCT_ROWS;
  const { rowStart, rowCount, index, pre, bEnc, gain, bMag } = at;
  const endRow = Math.min(firstRow + RECONSTRUCT_ROWS, rows);
  wasm.keepCodes({ firstRow, endRow, rowStart, rowCount, index, pre, bEnc, gain, bMag });
}

/** Clear the sums of a block of rows or latents; returns where they lie. */
export function emptyGateSums({ layout, doubles }: Engine, block: number): number {
  const sums = layout.at.gateSums + block * GATE_SUMS * 8;
  doubles.fill(0, sums / 8, sums / 8 + GATE_SUMS);
  return sums;
}

/** Reconstruct a block of rows from its codes and from its gates. */
export function reconstructGates(
  engine: Engine,
  block: number,
  rows: number,
  { gates, ...pass }: Pass & { readonly gates: GatePass },
): void {
  const { wasm, layout, doubles, floats } = engine;
  const { at, bytesOut } = layout;
  const firstRow = block * RECONSTRUCT_ROWS;
  const endRow = Math.min(firstRow + RECONSTRUCT_ROWS, rows);
  const sums = at.sums + block * 3 * 8;
  doubles.fill(0, sums / 8, sums / 8 + 3);
  const gateSums = emptyGateSums(engine, block);
  const entries = { firstRow, endRow, rowStart: at.rowStart, rowCount: at.rowCount };
  const { gain, bEnc, bMag, norms, index } = at;
  wasm.codesOfGates({ ...entries, index, gate: at.pre, bEnc, gain, bMag, code: at.code });
  const both = {
    ...entries,
    index,
    batch: layout.maxRows,
    threshold: at.threshold,
    wDec: at.wDec,
    bDec: at.bDec,
    target: pass.target,
    weights: weighRows(engine, firstRow, endRow - firstRow, pass),
    bytes: bytesOut,
    prefixes: at.prefixes,
    nPrefixes: 1,
    scale: pass.scale,
    l1: 0,
    acc: layout.scratch[engine.thread]!.row,
    backward: 1,
  };
  const { pre, dPre, code, dCode, errors, gateErrors } = at;
  wasm.reconstructRows({ ...both, pre: code, dPre: dCode, errors, sums });
  wasm.reconstructRows({ ...both, pre, dPre, errors: gateErrors, sums: gateSums });
  const { l1 } = gates;
  doubles[gateSums / 8 + 1] = wasm.pressGates({
    ...entries,
    index,
    gate: pre,
    dGate: dPre,
    norms,
    l1,
  });
  const share = at.rowShares + block * bytesOut;
  floats.fill(0, share / 4, (share + bytesOut) / 4);
  wasm.sumRows(errors, firstRow, endRow, share, bytesOut);
  if (gates.trainsDecoder) wasm.sumRows(gateErrors, firstRow, endRow, share, bytesOut);
}

/** Add the gradients of a block of latents that lie in the columns of gates and codes. */
export function gatherGates(
  { wasm, layout }: Engine,
  gates: GatePass,
  block: {
    readonly first: number;
    readonly end: number;
    readonly gEnc: number;
    readonly gDec: number;
  },
): void {
  const { at, bytesIn, bytesOut } = layout;
  const { colStart, colRow, colPre, colDPre } = columnsOf(layout, 'codes');
  const codes = columnsOf(layout, 'magnitudes');
  const { gEnc, gDec } = block;
  const { threshold, errors, bEnc, gain, wDec, gBEnc, gRMag, gBMag, fired } = at;
  wasm.gateGradients({
    firstLatent: block.first,
    endLatent: block.end,
    colStart,
    colRow,
    colGate: colPre,
    colDGate: colDPre,
    colCode: codes.colPre,
    colDCode: codes.colDPre,
    threshold,
    errors,
    gateErrors: gates.trainsDecoder ? at.gateErrors : 0,
    x: at.centred,
    batch: layout.maxRows,
    bytesIn,
    bytesOut,
    bEnc,
    gain,
    wDec,
    pressed: gates.byNorm ? gates.l1 : 0,
    gEnc,
    gDec,
    gBEnc,
    gRMag,
    gBMag,
    fired,
  });
}

/** Add to `share` what the inputs' bias gets from a block of latents; nothing where that is 0. */
export function shareOfGates(
  { wasm, layout }: Engine,
  { first, end }: { readonly first: number; readonly end: number },
  share: number,
): void {
  if (share === 0) return;
  const { gBEnc, gBMag, gain, wEnc } = layout.at;
  const latents = { firstLatent: first, endLatent: end };
  wasm.shareOfGates({ ...latents, gBEnc, gBMag, gain, wEnc, bytesIn: layout.bytesIn, share });
}

/** Sum of the squares of the gradients of r_mag and b_mag in a block of latents. */
export function gateSquares(
  { layout, floats }: Engine,
  { first, end }: { readonly first: number; readonly end: number },
): number {
  let total = 0;
  for (const address of [layout.at.gRMag, layout.at.gBMag]) {
    for (const g of floats.subarray(address / 4 + first, address / 4 + end)) total += g * g;
  }
  return total;
}

/** Step r_mag and b_mag of a block of latents by Adam, and clear their gradients. */
export function stepGates(
  { wasm, layout, floats }: Engine,
  { first, end }: { readonly first: number; readonly end: number },
  { rate, gain1, beta2, gain2, root, epsilon, factor, kept }: Step,
): void {
  const { at } = layout;
  const from = first * 4;
  const bytes = (end - first) * 4;
  const adam = { rate, gain1, beta2, gain2, root, epsilon, factor, kept, bytes };
  for (const [name, gradient] of [
    ['rMag', at.gRMag],
    ['bMag', at.gBMag],
  ] as const) {
    const [m, v] = [at[`${name}.m`] + from, at[`${name}.v`] + from];
    wasm.adam({ ...adam, w: at[name] + from, g: gradient + from, m, v });
    floats.fill(0, gradient / 4 + first, gradient / 4 + end);
  }
}
