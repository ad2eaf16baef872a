// A step while codes are dense, on a chunk of rows at a time: five dense products, as PyTorch would do them.

import type { Engine } from '../engine.ts';
import { DENSE_BLOCK_LATENTS, DENSE_BLOCK_ROWS } from '../memory/block-sizes.ts';
import { gatherListed, keepListed } from './aux.ts';
import { denseGatesBackward, denseGatesForward } from './dense-gates.ts';
import type { Pass } from './pass.ts';
import { penaliseDense, rowWeightsOf, unliftDense } from './penalties.ts';
import { centreRows, weighRows } from './rows.ts';

/** Latents from which each prefix adds: `[0, prefixes…]`, the last one up to the padded end. */
function prefixRanges(engine: Engine, pass: Pass): { from: number; to: number; table: number }[] {
  const { layout } = engine;
  return pass.prefixes.map((end, k) => ({
    from: k === 0 ? 0 : pass.prefixes[k - 1]!,
    to: k === pass.prefixes.length - 1 ? layout.latents : end,
    table: layout.at.errors + k * layout.maxRows * layout.bytesOut,
  }));
}

export async function denseForward(
  engine: Engine,
  block: number,
  firstRow: number,
  rows: number,
  pass: Pass,
): Promise<void> {
  const { wasm, layout, gemm, doubles, floats } = engine;
  const { at, latents, bytesIn, bytesOut } = layout;
  const inChunk = block * DENSE_BLOCK_ROWS;
  const n = Math.min(DENSE_BLOCK_ROWS, rows - inChunk);
  const row = firstRow + inChunk;
  const [ldIn, ldOut] = [bytesIn / 4, bytesOut / 4];
  const x = centreRows(engine, row, n);
  const f = at.denseF + inChunk * latents * 4;
  const g = at.denseG + inChunk * latents * 4;
  const pre = pass.width > 0 ? at.densePre + inChunk * latents * 4 : f;
  await gemm(
    [n, latents, ldIn],
    { at: x, stride: ldIn },
    { at: at.wEnc, stride: ldIn, transposed: true },
    { at: pre, stride: latents },
  );
  if (pass.explaining !== undefined) {
    // As many rows at a time as the scratch has room for.
    for (let r = 0; r < n; r += layout.encodeRows) {
      const some = Math.min(layout.encodeRows, n - r);
      const h = pre + r * latents * 4;
      const products = { ...pass.explaining, h, stride: latents, from: 0, to: latents };
      gatherListed(engine, some, products);
      keepListed(engine, row + r, some, pass.explaining);
    }
  }
  wasm.activateDense({
    h: pre,
    f,
    rows: n,
    width: latents,
    stride: latents,
    bias: at.bEnc,
    threshold: at.threshold,
  });
  const { gates } = pass;
  if (gates !== undefined) {
    await denseGatesForward(engine, { row, inChunk, n }, { ...pass, gates });
    return;
  }

  const acc = layout.scratch[engine.thread]!.row;
  const allWeights = weighRows(engine, row, n, pass);
  const weights = allWeights === 0 ? 0 : allWeights + row * 4;
  wasm.fillRows(acc, at.bDec, n, bytesOut);
  const sums = at.sums + (row / DENSE_BLOCK_ROWS) * (2 + pass.prefixes.length) * 8;
  doubles.fill(0, sums / 8, sums / 8 + 2 + pass.prefixes.length);
  const ranges = prefixRanges(engine, pass);
  for (const [k, { from, to, table }] of ranges.entries()) {
    await gemm(
      [n, ldOut, to - from],
      { at: f + from * 4, stride: latents },
      { at: at.wDec + from * bytesOut, stride: ldOut },
      { at: acc, stride: ldOut, add: true },
    );
    const errors = table + row * bytesOut;
    wasm.errorRows({
      acc,
      target: pass.target + row * bytesOut,
      weights,
      errors,
      scale: pass.scale,
      rows: n,
      bytes: bytesOut,
      sse: sums + 16 + k * 8,
    });
  }
  for (let k = ranges.length - 2; k >= 0; k--) {
    wasm.addInto(
      ranges[k]!.table + row * bytesOut,
      ranges[k + 1]!.table + row * bytesOut,
      n * bytesOut,
    );
  }
  for (const { from, to, table } of ranges) {
    await gemm(
      [n, to - from, ldOut],
      { at: table + row * bytesOut, stride: ldOut },
      { at: at.wDec + from * bytesOut, stride: ldOut, transposed: true },
      { at: g + from * 4, stride: latents },
    );
  }
  penaliseDense(engine, row / DENSE_BLOCK_ROWS, { first: row, n, rows: pass.rows, pass, f, g });
  const share = at.rowShares + (row / DENSE_BLOCK_ROWS) * bytesOut;
  floats.fill(0, share / 4, (share + bytesOut) / 4);
  wasm.sumRows(at.errors, row, row + n, share, bytesOut);
}

export async function denseBackward(
  engine: Engine,
  block: number,
  firstRow: number,
  rows: number,
  pass: Pass,
): Promise<void> {
  const { gates } = pass;
  if (gates !== undefined) {
    await denseGatesBackward(engine, block, { firstRow, rows }, { ...pass, gates });
    return;
  }
  const { wasm, layout, gemm, doubles, floats } = engine;
  const { at, latents, bytesIn, bytesOut } = layout;
  const first = block * DENSE_BLOCK_LATENTS;
  const end = Math.min(first + DENSE_BLOCK_LATENTS, latents);
  const [ldIn, ldOut] = [bytesIn / 4, bytesOut / 4];
  const pre = pass.width > 0 ? at.densePre : at.denseF;
  const perBlock = 2 + pass.prefixes.length;
  const sums = at.sums + (Math.ceil(layout.maxRows / DENSE_BLOCK_ROWS) + block) * perBlock * 8;
  if (firstRow === 0) {
    doubles.fill(0, sums / 8, sums / 8 + perBlock);
    floats.fill(0, at.fired / 4 + first, at.fired / 4 + end);
    floats.fill(0, at.gWindow / 4 + first, at.gWindow / 4 + end);
  }
  wasm.backwardDense({
    g: at.denseG,
    pre,
    rows,
    stride: latents,
    firstLatent: first,
    endLatent: end,
    threshold: at.threshold,
    width: pass.width,
    norms: at.decoderNorms,
    l1: pass.l1,
    l0: pass.l0,
    rowL0: rowWeightsOf(engine, pass, firstRow),
    gBias: at.gBEnc,
    gThreshold: at.gThreshold,
    // What each of them adds is known when all rows have been through.
    gWindow: pass.l0Target?.of === 'batch' ? at.gWindow : 0,
    fired: at.fired,
    sums,
  });
  unliftDense(engine, block, { first, end, firstRow, rows, pass, pre });
  for (const { from, to, table } of prefixRanges(engine, pass)) {
    const a = Math.max(from, first);
    const b = Math.min(to, end);
    if (a >= b) continue;
    const errors = table + firstRow * bytesOut;
    await gemm(
      [b - a, ldOut, rows],
      { at: at.denseF + a * 4, stride: latents, transposed: true },
      { at: errors, stride: ldOut },
      { at: at.gWDec + a * bytesOut, stride: ldOut, add: true },
    );
  }
  const x = at.centred + firstRow * bytesIn;
  await gemm(
    [end - first, ldIn, rows],
    { at: at.denseG + first * 4, stride: latents, transposed: true },
    { at: x, stride: ldIn },
    { at: at.gWEnc + first * bytesIn, stride: ldIn, add: true },
  );
}
