// What a step says of its penalties to the threads, and what is left to do when all rows have been through.
import { l0TargetLoss, l0TargetSlope } from '../l0-target.ts';
import type { PreActTerm, StepOptions } from '../types.ts';
import type { CoderMemory } from './coder-memory.ts';
import { DENSE_BLOCK_LATENTS, DENSE_BLOCK_ROWS, RECONSTRUCT_ROWS } from './memory/block-sizes.ts';
import type { Pass } from './tasks/pass.ts';
import { looksAtRows } from './tasks/penalties.ts';

type Penalties = Pick<StepOptions, 'select' | 'l1' | 'l0' | 'l0Target' | 'penalty' | 'preAct'>;

/** The penalties of a step as a pass over `rows` rows knows them. */
export function penaltiesOfPass(
  { select, l1, l0, l0Target, penalty, preAct }: Penalties,
  rows: number,
): Pick<Pass, 'rows' | 'l1' | 'l0' | 'l0Target' | 'penalty' | 'lifted'> {
  if (preAct !== undefined && select.kind !== 'threshold') {
    throw new RangeError(`coder: latents are lifted to thresholds, not with a ${select.kind}`);
  }
  const others = {
    rows,
    l1: l1 / rows,
    penalty,
    lifted: preAct && { latents: preAct.latents.length, weight: preAct.weight / rows },
  };
  if (l0Target === undefined) return { ...others, l0: l0 / rows };
  // Each row's is multiplied with its own, or what all have in common is known when all are counted.
  return { ...others, l0Target, l0: l0Target.of === 'row' ? 1 : 0 };
}

/** Finish the penalties of a step that has gone forward and backward: the pass that its update goes by, and their loss. */
export function finishPenalties(
  { layout, engine }: CoderMemory,
  pass: Pass,
  dense: boolean,
): { pass: Pass; loss: number; powers: readonly [number, number] } {
  if (!looksAtRows(pass)) return { pass, loss: 0, powers: [0, 0] };
  const { floats, doubles } = engine;
  const { at, latents } = layout;
  const { rows, l0Target, width } = pass;
  const blocks = Math.ceil(rows / (dense ? DENSE_BLOCK_ROWS : RECONSTRUCT_ROWS));
  let [now, next] = [0, 0];
  for (let block = 0; block < blocks; block++) {
    now += doubles[at.penaltySums / 8 + block * 2]! / rows;
    next += doubles[at.penaltySums / 8 + block * 2 + 1]! / rows;
  }
  const powers = pass.penalty?.kind === 'power' ? ([now, next] as const) : ([0, 0] as const);
  const penalty = (pass.penalty?.weight ?? 0) * now;
  if (l0Target === undefined) return { pass, loss: penalty, powers };
  const counts = floats.subarray(at.rowL0Count / 4, at.rowL0Count / 4 + rows);
  const loss = penalty + l0TargetLoss(l0Target, counts);
  if (l0Target.of === 'row') return { pass, loss, powers };
  const mean = counts.reduce((a, b) => a + b, 0) / rows;
  const l0 = l0TargetSlope(l0Target, { count: Number.NaN, mean, rows });
  if (dense && width > 0) {
    for (let s = 0; s < latents; s++) {
      const own = width * floats[at.decoderNorms / 4 + s]!;
      floats[at.gThreshold / 4 + s]! -= (l0 * floats[at.gWindow / 4 + s]!) / own;
    }
  }
  return { pass: { ...pass, l0 }, loss, powers };
}

/** List the latents that a step lifts, where threads find them. */
export function listLifted({ ints, layout }: CoderMemory, preAct: PreActTerm | undefined): void {
  if (preAct !== undefined) ints.set(preAct.latents, layout.at.lifted / 4);
}

/** Lift latents to their thresholds by the sum of all rows, less what rows above them add; returns the loss. */
export function liftLatents({ layout, engine }: CoderMemory, pass: Pass, dense: boolean): number {
  if (pass.lifted === undefined) return 0;
  const { wasm, floats, doubles } = engine;
  const { at, bytesIn, latents } = layout;
  const { rows, lifted } = pass;
  floats.fill(0, at.liftedInput / 4, (at.liftedInput + bytesIn) / 4);
  wasm.sumRows(at.centred, 0, rows, at.liftedInput, bytesIn);
  const into = {
    list: at.lifted,
    n: lifted.latents,
    threshold: at.threshold,
    bytesIn,
    weight: lifted.weight,
    gEnc: at.gWEnc,
    gBias: at.gBEnc,
    gThreshold: at.gThreshold,
  };
  const { colStart, colRow, colPre } = at;
  let loss = wasm.liftLatents({
    ...into,
    rows,
    inputs: at.liftedInput,
    wEnc: at.wEnc,
    bEnc: at.bEnc,
  });
  if (!dense)
    return loss + wasm.unliftColumns({ ...into, colStart, colRow, colPre, x: at.centred });
  const blocks = Math.ceil(latents / DENSE_BLOCK_LATENTS);
  for (let block = 0; block < blocks; block++) loss += doubles[at.liftedSums / 8 + block]!;
  return loss;
}
