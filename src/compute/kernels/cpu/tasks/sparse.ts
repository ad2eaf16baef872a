// A step on sparse codes: reconstruct, transpose, update.

import type { Engine } from '../engine.ts';
import { RECONSTRUCT_ROWS, UPDATE_LATENTS } from '../memory/block-sizes.ts';
import { columnsOf } from './columns.ts';
import { gateSquares, gatherGates, reconstructGates, shareOfGates, stepGates } from './gates.ts';
import type { GradientSources, Pass, Step } from './pass.ts';
import { penaliseSparse, rowWeightsOf } from './penalties.ts';
import { weighRows } from './rows.ts';

export function reconstruct(engine: Engine, block: number, rows: number, pass: Pass): void {
  const { gates } = pass;
  if (gates !== undefined) {
    reconstructGates(engine, block, rows, { ...pass, gates });
    return;
  }
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
    penaliseSparse(engine, block, { first, end, rows, pass });
    const share = at.rowShares + block * bytesOut;
    floats.fill(0, share / 4, (share + bytesOut) / 4);
    wasm.sumRows(at.errors, first, end, share, bytesOut);
  }
}

/** Where a block's gradients lie, and its first and last latent. */
interface BlockGradients {
  readonly first: number;
  readonly end: number;
  readonly gEnc: number;
  readonly gDec: number;
}

/** Add the gradients that lie in columns to those of a block of latents. */
function gatherGradients(
  engine: Engine,
  block: number,
  { sources, pass }: { readonly sources: GradientSources; readonly pass: Pass },
): BlockGradients {
  const { wasm, layout } = engine;
  const { at, bytesIn, bytesOut } = layout;
  const own = layout.scratch[engine.thread]!;
  const first = block * UPDATE_LATENTS;
  const end = Math.min(first + UPDATE_LATENTS, layout.latents);
  // Gradients that other blocks than this left lie with all latents: those of the columns are added there.
  const gEnc = sources.inOtherBlocks ? at.gWEnc + first * bytesIn : own.gEnc;
  const gDec = sources.inOtherBlocks ? at.gWDec + first * bytesOut : own.gDec;
  const gradients = {
    firstLatent: first,
    endLatent: end,
    l0: pass.l0,
    table: layout.maxRows * bytesOut,
    x: at.centred,
    bytesIn,
    bytesOut,
    gEnc,
    gDec,
    gBias: at.gBEnc,
    gThreshold: at.gThreshold,
    norms: at.decoderNorms,
  };
  if (sources.columns && pass.gates !== undefined) {
    gatherGates(engine, pass.gates, { first, end, gEnc, gDec });
  } else if (sources.columns) {
    wasm.latentGradients({
      ...gradients,
      ...columnsOf(layout, 'codes'),
      threshold: at.threshold,
      rowL0: rowWeightsOf(engine, pass),
      width: pass.width,
      errors: at.errors,
      prefixes: at.prefixes,
      fired: at.fired,
    });
  }
  if (sources.aux) {
    wasm.latentGradients({
      ...gradients,
      ...columnsOf(layout, 'aux'),
      threshold: at.auxFloor,
      rowL0: 0,
      width: 0,
      errors: at.auxErrors,
      prefixes: at.auxPrefix,
      fired: at.auxFired,
    });
  }
  return { first, end, gEnc, gDec };
}

/**
 * Bring the gradients of a block of latents together where all latents' lie, and measure them: the sum of their squares
 * goes to `sums`, what the inputs' bias gets from them to `latentShares`.
 */
export function measure(
  engine: Engine,
  block: number,
  work: {
    readonly sources: GradientSources;
    readonly pass: Pass;
    readonly removeParallel: boolean;
    readonly freeNorms: boolean;
    readonly trainThreshold: boolean;
    readonly inLogarithm: boolean;
  },
): void {
  const { wasm, layout, doubles } = engine;
  const { at, bytesIn, bytesOut } = layout;
  const sources = { ...work.sources, inOtherBlocks: true };
  const { first, end, gEnc, gDec } = gatherGradients(engine, block, { sources, pass: work.pass });
  const { gated } = layout;
  const share = emptyShare(engine, block);
  if (gated) shareOfGates(engine, { first, end }, share);
  const others = gated ? gateSquares(engine, { first, end }) : 0;
  const squares = wasm.gradientSquares({
    firstLatent: first,
    endLatent: end,
    colStart: sources.all ? 0 : at.colStart,
    ghosted: sources.marked ? at.ghosted : 0,
    wEnc: at.wEnc,
    gEnc,
    bytesIn,
    wDec: at.wDec,
    gDec,
    bytesOut,
    bEnc: at.bEnc,
    gBias: at.gBEnc,
    threshold: at.threshold,
    gThreshold: at.gThreshold,
    trainThreshold: work.trainThreshold ? 1 : 0,
    inLogarithm: work.inLogarithm ? 1 : 0,
    biasShare: gated ? 0 : share,
    removeParallel: work.removeParallel ? 1 : 0,
    norms: work.freeNorms ? at.decoderNorms : 0,
  });
  doubles[at.sums / 8 + block] = squares + others;
}

/** Clear where a block of latents adds up what the inputs' bias gets from it; 0 where there is none. */
function emptyShare({ layout, floats }: Engine, block: number): number {
  if (layout.inputBias === 'none') return 0;
  const { at, bytesIn } = layout;
  const share = at.latentShares + block * bytesIn;
  floats.fill(0, share / 4, (share + bytesIn) / 4);
  return share;
}

export function update(engine: Engine, block: number, sources: GradientSources, step: Step): void {
  const { wasm, layout } = engine;
  const { at, bytesIn, bytesOut } = layout;
  const { first, end, gEnc, gDec } = gatherGradients(engine, block, { sources, pass: step.pass });
  // Where gradients were measured first, the share has been added up then.
  const share = sources.measured ? 0 : emptyShare(engine, block);
  if (layout.gated) shareOfGates(engine, { first, end }, share);
  wasm.stepLatents({
    firstLatent: first,
    endLatent: end,
    seen: at.seen,
    colStart: sources.all ? 0 : at.colStart,
    ghosted: sources.marked ? at.ghosted : 0,
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
    inLogarithm: step.inLogarithm ? 1 : 0,
    thresholdRate: step.thresholdRate,
    biasShare: layout.gated ? 0 : share,
    removeParallel: step.removeParallel ? 1 : 0,
    unitNorm: step.unitNorm ? 1 : 0,
    norms: step.freeNorms ? at.decoderNorms : 0,
    rate: step.rate,
    gain1: step.gain1,
    beta2: step.beta2,
    gain2: step.gain2,
    root: step.root,
    epsilon: step.epsilon,
    factor: step.factor,
    kept: step.kept,
  });
  if (layout.gated) stepGates(engine, { first, end }, step);
}
