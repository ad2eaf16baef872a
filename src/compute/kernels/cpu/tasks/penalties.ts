// Penalties on codes, L0 towards a target and latents that are lifted to their thresholds, in blocks of rows or latents.
import { l0TargetSlope } from '../../l0-target.ts';
import type { Engine } from '../engine.ts';
import type { Pass } from './pass.ts';

/** What the kernels know a penalty by: its number, its weight for each row, and its scale or power. */
function penaltyNumbers(
  { penalty }: Pass,
  rows: number,
): { kind: number; weight: number; shape: number; other: number } {
  if (penalty === undefined) return { kind: 0, weight: 0, shape: 1, other: 0 };
  const weight = penalty.weight / rows;
  if (penalty.kind === 'tanh') return { kind: 1, weight, shape: penalty.scale, other: 0 };
  const { p: shape, root, nextP: other = 0 } = penalty;
  return { kind: root ? 3 : 2, weight, shape, other };
}

/** Whether a pass needs its rows looked at between forward and backward. */
export function looksAtRows({ penalty, l0Target }: Pass): boolean {
  return penalty !== undefined || l0Target !== undefined;
}

/** Penalise the codes of sparse rows `first … end − 1` of `rows`. */
export function penaliseSparse(
  engine: Engine,
  block: number,
  { first, end, rows, pass }: { first: number; end: number; rows: number; pass: Pass },
): void {
  const { wasm, layout, doubles } = engine;
  const { at } = layout;
  const losses = at.penaltySums + block * 16;
  doubles.fill(0, losses / 8, losses / 8 + 2);
  if (!looksAtRows(pass)) return;
  wasm.penaliseRows({
    firstRow: first,
    endRow: end,
    rowStart: at.rowStart,
    rowCount: at.rowCount,
    index: at.index,
    pre: at.pre,
    dPre: at.dPre,
    threshold: pass.threshold,
    ...penaltyNumbers(pass, rows),
    counts: at.rowL0Count,
    losses,
  });
  weighCounts(engine, first, end, rows, pass);
}

/** Penalise dense codes `f`, whose gradients are `g`, of the rows `first … first + n − 1` of `rows`. */
export function penaliseDense(
  engine: Engine,
  block: number,
  {
    first,
    n,
    rows,
    pass,
    f,
    g,
  }: { first: number; n: number; rows: number; pass: Pass; f: number; g: number },
): void {
  const { wasm, layout, doubles } = engine;
  const { at, latents } = layout;
  const losses = at.penaltySums + block * 16;
  doubles.fill(0, losses / 8, losses / 8 + 2);
  if (!looksAtRows(pass)) return;
  wasm.penaliseDense({
    f,
    g,
    rows: n,
    width: latents,
    stride: latents,
    ...penaltyNumbers(pass, rows),
    counts: at.rowL0Count + first * 4,
    losses,
  });
  weighCounts(engine, first, first + n, rows, pass);
}

/** What one more code of a row adds to the loss, where each row has its own target. */
function weighCounts(
  { layout, floats }: Engine,
  first: number,
  end: number,
  rows: number,
  { l0Target }: Pass,
): void {
  if (l0Target?.of !== 'row') return;
  const { at } = layout;
  for (let r = first; r < end; r++) {
    const count = floats[at.rowL0Count / 4 + r]!;
    floats[at.rowL0 / 4 + r] = l0TargetSlope(l0Target, { count, mean: Number.NaN, rows });
  }
}

/** Where each row's weight of its codes' number lies, for the row `first`; 0 where all rows have the same. */
export function rowWeightsOf({ layout }: Engine, { l0Target }: Pass, first = 0): number {
  return l0Target?.of === 'row' ? layout.at.rowL0 + first * 4 : 0;
}

/** Take back, for a chunk of dense rows, what lifting latents `first … end − 1` counted for rows above the threshold. */
export function unliftDense(
  { wasm, layout, doubles }: Engine,
  block: number,
  {
    first,
    end,
    firstRow,
    rows,
    pass,
    pre,
  }: { first: number; end: number; firstRow: number; rows: number; pass: Pass; pre: number },
): void {
  const { at, latents, bytesIn } = layout;
  const sum = at.liftedSums / 8 + block;
  if (firstRow === 0) doubles[sum] = 0;
  if (pass.lifted === undefined) return;
  doubles[sum]! += wasm.unliftDense({
    list: at.lifted,
    n: pass.lifted.latents,
    firstLatent: first,
    endLatent: end,
    pre,
    rows,
    stride: latents,
    threshold: at.threshold,
    x: at.centred + firstRow * bytesIn,
    bytesIn,
    weight: pass.lifted.weight,
    gEnc: at.gWEnc,
    gBias: at.gBEnc,
    gThreshold: at.gThreshold,
  });
}
