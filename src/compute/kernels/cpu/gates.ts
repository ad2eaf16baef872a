// Running the gates of a coder on threads: what is known before a step, codes from gates, and the sums of a step.
import type { GateTerm, StepOptions, StepSums } from '../types.ts';
import type { CoderMemory } from './coder-memory.ts';
import type { Engine } from './engine.ts';
import {
  DENSE_BLOCK_LATENTS,
  DENSE_BLOCK_ROWS,
  RECONSTRUCT_ROWS,
  UPDATE_LATENTS,
} from './memory/block-sizes.ts';
import { GATE_SUMS } from './memory/gate-regions.ts';
import { firstLatentBlock } from './memory/layout.ts';
import type { GatePass } from './tasks/pass.ts';

/** Sums of the gates of a step, and how many were open. */
export interface GateSums extends Pick<StepSums, 'gateError' | 'gateL1'> {
  readonly open: number;
}

/**
 * Check that a step asks of a coder what it has, and put what its gates need in place.
 * @throws {RangeError} for a term of gates and a coder without, or a coder with gates and no term
 */
export async function prepareGates(
  { layout, engine, tensors, run }: Pick<CoderMemory, 'layout' | 'engine' | 'tensors' | 'run'>,
  { gates, select, prefixes }: Pick<StepOptions, 'gates' | 'select' | 'prefixes'>,
  rows: number,
): Promise<{ readonly gates?: GatePass }> {
  if (layout.gated !== (gates !== undefined)) {
    throw new RangeError(
      `coder: it was made ${layout.gated ? 'with gates, but a step has no term for them' : 'without gates'}`,
    );
  }
  if (gates === undefined) return {};
  if (select.kind !== 'threshold' || select.width !== 0 || prefixes.length !== 1) {
    throw new RangeError('coder: gates need all that is above the threshold, and one prefix');
  }
  tensors.setGain();
  await setNorms({ layout, engine, run }, gates);
  return { gates: { ...gates, l1: gates.l1 / rows } };
}

/** What the gate of each latent is multiplied with in the penalty. */
async function setNorms(
  { layout, engine, run }: Pick<CoderMemory, 'layout' | 'engine' | 'run'>,
  { byNorm }: GateTerm,
): Promise<void> {
  const { at, latents } = layout;
  if (byNorm) await run({ task: 'norms', blocks: Math.ceil(latents / UPDATE_LATENTS) });
  else engine.floats.fill(1, at.norms / 4, at.norms / 4 + latents);
}

/** Add up what the blocks of rows and latents of a step left. */
export function gateSumsOf({ layout, doubles }: Engine, rows: number, dense: boolean): GateSums {
  const total = new Float64Array(GATE_SUMS);
  const addUp = (from: number, blocks: number): void => {
    for (let block = from; block < from + blocks; block++) {
      const start = layout.at.gateSums / 8 + block * GATE_SUMS;
      for (let i = 0; i < GATE_SUMS; i++) total[i]! += doubles[start + i]!;
    }
  };
  addUp(0, Math.ceil(rows / (dense ? DENSE_BLOCK_ROWS : RECONSTRUCT_ROWS)));
  if (dense) addUp(firstLatentBlock(layout), Math.ceil(layout.latents / DENSE_BLOCK_LATENTS));
  return { open: total[0]!, gateL1: total[1]!, gateError: total[2]! };
}
