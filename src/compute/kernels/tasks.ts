// What threads do: each task is one function over a block of rows or latents. Blocks are fixed by sizes alone, and
// every sum is kept per block, so results do not depend on how many threads there are or who takes which block.
import type { Engine } from './engine.ts';
import {
  DENSE_BLOCK_LATENTS,
  DENSE_BLOCK_ROWS,
  ENCODE_LATENTS,
  RECONSTRUCT_ROWS,
  UPDATE_LATENTS,
} from './layout.ts';

/** A piece of work for all threads: `blocks` calls of the function named `task`. */
export type Task =
  | { readonly task: 'encode'; readonly blocks: number; readonly rows: number; readonly k: number }
  | {
      readonly task: 'reconstruct';
      readonly blocks: number;
      readonly rows: number;
      readonly pass: Pass;
    }
  | {
      readonly task: 'count';
      readonly blocks: number;
      readonly rows: number;
      readonly ranges: readonly number[];
    }
  | {
      readonly task: 'transpose';
      readonly blocks: number;
      readonly rows: number;
      readonly ranges: readonly number[];
      readonly starts: readonly number[];
    }
  | {
      readonly task: 'update';
      readonly blocks: number;
      readonly dense: boolean;
      readonly step: Step;
    }
  | {
      readonly task: 'denseForward';
      readonly blocks: number;
      readonly firstRow: number;
      readonly rows: number;
      readonly pass: Pass;
    }
  | {
      readonly task: 'denseBackward';
      readonly blocks: number;
      readonly firstRow: number;
      readonly rows: number;
      readonly pass: Pass;
    };

/** What one forward and backward needs to know. */
export interface Pass {
  readonly prefixes: readonly number[];
  /** 2 / (rows · dOut · prefixes). */
  readonly scale: number;
  /** Penalties per row: l1 / rows and l0 / rows. */
  readonly l1: number;
  readonly l0: number;
  /** Window of a jumprelu's threshold gradient; 0: none. */
  readonly width: number;
  readonly backward: boolean;
  /** Address of the targets. */
  readonly target: number;
}

/** What one optimiser step needs to know. */
export interface Step {
  readonly rate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly root: number;
  readonly epsilon: number;
  readonly removeParallel: boolean;
  readonly unitNorm: boolean;
  readonly trainThreshold: boolean;
  readonly pass: Pass;
}

/** Do block `block` of `task`. */
export function runBlock(engine: Engine, task: Task, block: number): void {
  switch (task.task) {
    case 'encode':
      encode(engine, block, task.rows, task.k);
      break;
    case 'reconstruct':
      reconstruct(engine, block, task.rows, task.pass);
      break;
    case 'count':
      count(engine, block, task.rows, task.ranges);
      break;
    case 'transpose':
      transpose(engine, block, task.rows, task.ranges, task.starts[block]!);
      break;
    case 'update':
      update(engine, block, task.dense, task.step);
      break;
    case 'denseForward':
      denseForward(engine, block, task.firstRow, task.rows, task.pass);
      break;
    case 'denseBackward':
      denseBackward(engine, block, task.firstRow, task.rows, task.pass);
      break;
  }
}

function encode(engine: Engine, block: number, rows: number, k: number): void {
  const { wasm, layout, gemm, floats } = engine;
  const { at, latents, bytesIn, encodeRows } = layout;
  const own = layout.scratch[engine.thread]!;
  const first = block * encodeRows;
  const n = Math.min(encodeRows, rows - first);
  const x = centreRows(engine, first, n);
  floats.fill(0, own.listCount / 4, own.listCount / 4 + n);
  for (let s = 0; s < latents; s += ENCODE_LATENTS) {
    const width = Math.min(ENCODE_LATENTS, latents - s);
    gemm(
      false,
      true,
      n,
      width,
      bytesIn / 4,
      x,
      bytesIn / 4,
      at.wEnc + s * bytesIn,
      bytesIn / 4,
      false,
      own.tile,
      width,
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

/** Subtract b_dec from a block of inputs where the coder does so; returns the address of the first centred row. */
function centreRows({ wasm, layout }: Engine, first: number, n: number): number {
  const { at, bytesIn } = layout;
  const centred = at.centred + first * bytesIn;
  if (layout.subtractDecoderBias)
    wasm.centre!(at.x + first * bytesIn, at.bDec, centred, n, bytesIn);
  return centred;
}

function reconstruct(engine: Engine, block: number, rows: number, pass: Pass): void {
  const { wasm, layout, doubles, floats } = engine;
  const { at, bytesOut } = layout;
  const nPrefixes = pass.prefixes.length;
  const first = block * RECONSTRUCT_ROWS;
  const end = Math.min(first + RECONSTRUCT_ROWS, rows);
  const sums = at.sums + block * (2 + nPrefixes) * 8;
  doubles.fill(0, sums / 8, sums / 8 + 2 + nPrefixes);
  wasm.reconstructRows!(
    first,
    end,
    layout.maxRows,
    at.rowStart,
    at.rowCount,
    at.index,
    at.pre,
    at.dPre,
    at.threshold,
    at.wDec,
    at.bDec,
    pass.target,
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

function count(
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

function transpose(
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

function update(engine: Engine, block: number, dense: boolean, step: Step): void {
  const { wasm, layout, floats } = engine;
  const { at, bytesIn, bytesOut } = layout;
  const { pass } = step;
  const own = layout.scratch[engine.thread]!;
  const first = block * UPDATE_LATENTS;
  const end = Math.min(first + UPDATE_LATENTS, layout.latents);
  const gEnc = dense ? at.gWEnc + first * bytesIn : own.gEnc;
  const gDec = dense ? at.gWDec + first * bytesOut : own.gDec;
  if (!dense) {
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
    );
  }
  let share = 0;
  if (layout.subtractDecoderBias) {
    share = at.latentShares + block * bytesIn;
    floats.fill(0, share / 4, (share + bytesIn) / 4);
  }
  wasm.stepLatents!(
    first,
    end,
    at.seen,
    dense ? 0 : at.colStart,
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

/** Latents from which each prefix adds: `[0, prefixes…]`, the last one up to the padded end. */
function prefixRanges(engine: Engine, pass: Pass): { from: number; to: number; table: number }[] {
  const { layout } = engine;
  return pass.prefixes.map((end, k) => ({
    from: k === 0 ? 0 : pass.prefixes[k - 1]!,
    to: k === pass.prefixes.length - 1 ? layout.latents : end,
    table: layout.at.errors + k * layout.maxRows * layout.bytesOut,
  }));
}

function denseForward(
  engine: Engine,
  block: number,
  firstRow: number,
  rows: number,
  pass: Pass,
): void {
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
  gemm(false, true, n, latents, ldIn, x, ldIn, at.wEnc, ldIn, false, pre, latents);
  wasm.activateDense!(pre, f, n, latents, latents, at.bEnc, at.threshold);

  const acc = layout.scratch[engine.thread]!.row;
  wasm.fillRows!(acc, at.bDec, n, bytesOut);
  const sums = at.sums + (row / DENSE_BLOCK_ROWS) * (2 + pass.prefixes.length) * 8;
  doubles.fill(0, sums / 8, sums / 8 + 2 + pass.prefixes.length);
  const ranges = prefixRanges(engine, pass);
  ranges.forEach(({ from, to, table }, k) => {
    gemm(
      false,
      false,
      n,
      ldOut,
      to - from,
      f + from * 4,
      latents,
      at.wDec + from * bytesOut,
      ldOut,
      true,
      acc,
      ldOut,
    );
    const errors = table + row * bytesOut;
    wasm.errorRows!(
      acc,
      pass.target + row * bytesOut,
      errors,
      pass.scale,
      n,
      bytesOut,
      sums + 16 + k * 8,
    );
  });
  for (let k = ranges.length - 2; k >= 0; k--) {
    wasm.addInto!(
      ranges[k]!.table + row * bytesOut,
      ranges[k + 1]!.table + row * bytesOut,
      n * bytesOut,
    );
  }
  for (const { from, to, table } of ranges) {
    gemm(
      false,
      true,
      n,
      to - from,
      ldOut,
      table + row * bytesOut,
      ldOut,
      at.wDec + from * bytesOut,
      ldOut,
      false,
      g + from * 4,
      latents,
    );
  }
  const share = at.rowShares + (row / DENSE_BLOCK_ROWS) * bytesOut;
  floats.fill(0, share / 4, (share + bytesOut) / 4);
  wasm.sumRows!(at.errors, row, row + n, share, bytesOut);
}

function denseBackward(
  engine: Engine,
  block: number,
  firstRow: number,
  rows: number,
  pass: Pass,
): void {
  const { wasm, layout, gemm, doubles } = engine;
  const { at, latents, bytesIn, bytesOut } = layout;
  const first = block * DENSE_BLOCK_LATENTS;
  const end = Math.min(first + DENSE_BLOCK_LATENTS, latents);
  const [ldIn, ldOut] = [bytesIn / 4, bytesOut / 4];
  const pre = pass.width > 0 ? at.densePre : at.denseF;
  const perBlock = 2 + pass.prefixes.length;
  const sums = at.sums + (Math.ceil(layout.maxRows / DENSE_BLOCK_ROWS) + block) * perBlock * 8;
  if (firstRow === 0) doubles.fill(0, sums / 8, sums / 8 + perBlock);
  wasm.backwardDense!(
    at.denseG,
    pre,
    rows,
    latents,
    first,
    end,
    at.threshold,
    pass.width,
    pass.l1,
    pass.l0,
    at.gBEnc,
    at.gThreshold,
    sums,
  );
  for (const { from, to, table } of prefixRanges(engine, pass)) {
    const a = Math.max(from, first);
    const b = Math.min(to, end);
    if (a >= b) continue;
    const errors = table + firstRow * bytesOut;
    gemm(
      true,
      false,
      b - a,
      ldOut,
      rows,
      at.denseF + a * 4,
      latents,
      errors,
      ldOut,
      true,
      at.gWDec + a * bytesOut,
      ldOut,
    );
  }
  const x = at.centred + firstRow * bytesIn;
  gemm(
    true,
    false,
    end - first,
    ldIn,
    rows,
    at.denseG + first * 4,
    latents,
    x,
    ldIn,
    true,
    at.gWEnc + first * bytesIn,
    ldIn,
  );
}
