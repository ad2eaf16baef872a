// A step of a coder with gates while they are dense.
import type { Engine } from '../engine.ts';
import { DENSE_BLOCK_LATENTS, DENSE_BLOCK_ROWS } from '../memory/block-sizes.ts';
import { GATE_SUMS } from '../memory/gate-regions.ts';
import { firstLatentBlock } from '../memory/layout.ts';
import { emptyGateSums } from './gates.ts';
import type { GatePass, Pass } from './pass.ts';
import { weighRows } from './rows.ts';

/** Go on from gates that a dense block of rows has: codes, both reconstructions, and what they send back. */
export async function denseGatesForward(
  engine: Engine,
  { row, inChunk, n }: { readonly row: number; readonly inChunk: number; readonly n: number },
  { gates, ...pass }: Pass & { readonly gates: GatePass },
): Promise<void> {
  const { wasm, layout, gemm, doubles, floats } = engine;
  const { at, latents, bytesOut } = layout;
  const ldOut = bytesOut / 4;
  const place = inChunk * latents * 4;
  const [gate, code] = [at.denseF + place, at.denseCode + place];
  const { bEnc, gain, bMag } = at;
  wasm.codesOfDenseGates({
    gate,
    code,
    rows: n,
    width: latents,
    stride: latents,
    bEnc,
    gain,
    bMag,
  });
  const allWeights = weighRows(engine, row, n, pass);
  const weights = allWeights === 0 ? 0 : allWeights + row * 4;
  const block = row / DENSE_BLOCK_ROWS;
  const sums = at.sums + block * 3 * 8;
  doubles.fill(0, sums / 8, sums / 8 + 3);
  const acc = layout.scratch[engine.thread]!.row;
  const wDec = { at: at.wDec, stride: ldOut };
  const gateSums = emptyGateSums(engine, block);
  for (const [codes, errors, sse, back] of [
    [code, at.errors, sums + 16, at.denseDCode],
    [gate, at.gateErrors, gateSums + 16, at.denseG],
  ] as const) {
    wasm.fillRows(acc, at.bDec, n, bytesOut);
    await gemm([n, ldOut, latents], { at: codes, stride: latents }, wDec, {
      at: acc,
      stride: ldOut,
      add: true,
    });
    const own = errors + row * bytesOut;
    const target = pass.target + row * bytesOut;
    const { scale } = pass;
    wasm.errorRows({ acc, target, weights, errors: own, scale, rows: n, bytes: bytesOut, sse });
    const size = [n, latents, ldOut] as const;
    const transposed = { ...wDec, transposed: true };
    await gemm(size, { at: own, stride: ldOut }, transposed, { at: back + place, stride: latents });
  }
  const share = at.rowShares + block * bytesOut;
  floats.fill(0, share / 4, (share + bytesOut) / 4);
  wasm.sumRows(at.errors, row, row + n, share, bytesOut);
  if (gates.trainsDecoder) wasm.sumRows(at.gateErrors, row, row + n, share, bytesOut);
}

/** Add the gradients of a dense chunk of rows to those of a block of latents. */
export async function denseGatesBackward(
  engine: Engine,
  block: number,
  { firstRow, rows }: { readonly firstRow: number; readonly rows: number },
  { gates }: Pass & { readonly gates: GatePass },
): Promise<void> {
  const { wasm, layout, gemm, doubles, floats } = engine;
  const { at, latents, bytesIn, bytesOut } = layout;
  const first = block * DENSE_BLOCK_LATENTS;
  const end = Math.min(first + DENSE_BLOCK_LATENTS, latents);
  const place = firstLatentBlock(layout) + block;
  const sums = at.sums + place * 3 * 8;
  const gateSums = at.gateSums + place * GATE_SUMS * 8;
  if (firstRow === 0) {
    doubles.fill(0, sums / 8, sums / 8 + 3);
    emptyGateSums(engine, place);
    floats.fill(0, at.fired / 4 + first, at.fired / 4 + end);
  }
  const { bEnc, gain, wDec, gWDec, gBEnc, gRMag, gBMag, fired, norms } = at;
  wasm.backwardDenseGates({
    gate: at.denseF,
    dGate: at.denseG,
    code: at.denseCode,
    dCode: at.denseDCode,
    rows,
    stride: latents,
    firstLatent: first,
    endLatent: end,
    bytesOut,
    norms,
    l1: gates.l1,
    bEnc,
    gain,
    wDec,
    pressed: gates.byNorm ? gates.l1 : 0,
    gWDec,
    gBEnc,
    gRMag,
    gBMag,
    fired,
    sums,
    gateSums,
    scratch: layout.scratch[engine.thread]!.values,
  });
  const columns = (address: number): { at: number; stride: number; transposed: true } => ({
    at: address + first * 4,
    stride: latents,
    transposed: true,
  });
  const [ldIn, ldOut] = [bytesIn / 4, bytesOut / 4];
  const toDecoder = { at: gWDec + first * bytesOut, stride: ldOut, add: true };
  const errorsAt = (table: number): { at: number; stride: number } => ({
    at: table + firstRow * bytesOut,
    stride: ldOut,
  });
  await gemm([end - first, ldOut, rows], columns(at.denseCode), errorsAt(at.errors), toDecoder);
  if (gates.trainsDecoder) {
    await gemm([end - first, ldOut, rows], columns(at.denseF), errorsAt(at.gateErrors), toDecoder);
  }
  await gemm(
    [end - first, ldIn, rows],
    columns(at.denseG),
    { at: at.centred + firstRow * bytesIn, stride: ldIn },
    { at: at.gWEnc + first * bytesIn, stride: ldIn, add: true },
  );
}
