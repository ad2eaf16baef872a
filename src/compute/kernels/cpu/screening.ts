// When entries are screened by an 8-bit product: where that costs less than computing all of them, by what was seen of a step
// before, or of the first rows.
import type { KernelState, Selection } from '../types.ts';
import type { CoderMemory } from './coder-memory.ts';
import { SAMPLE_ROWS } from './tasks/screening.ts';

/** Above this share of active entries, bounds leave too much to be computed one by one. */
const MOST_ACTIVE = 0.02;
/** Above this share of computed entries one product of all is faster. */
const MOST_COMPUTED = 0.06;
/** Steps that go by before it is tried again. */
const REST = 100;

/** Chooses step by step; nothing but the steps so far decides, so that a resumed run goes on to the same bits. */
export interface Screening {
  /** Whether to screen a batch, of which nothing below `guess` is wanted, by the last step's share of active entries. */
  wanted(select: Selection, density: number, guess: number): boolean;
  /** Look at what the last screening, of `rows` rows, cost. */
  see(rows: number): void;
  /** Count a step that did not screen. */
  rest(): void;
  save(): KernelState;
  load(state: KernelState): void;
}

export function screeningOf(memory: CoderMemory): Screening {
  const { layout } = memory;
  let resting = 0;
  return {
    wanted(select, density, guess) {
      if (!layout.screens || resting > 0 || !(density < MOST_ACTIVE)) return false;
      return select.kind !== 'batchtopk' || guess > 0;
    },
    see(rows) {
      if (shareOf(memory, rows) > MOST_COMPUTED) resting = REST;
    },
    rest() {
      resting = Math.max(0, resting - 1);
    },
    save: (): KernelState => (resting === 0 ? {} : { resting }),
    load(state) {
      resting = typeof state.resting === 'number' ? state.resting : 0;
    },
  };
}

/** Rows of a call that are worth looking at some of them first. */
const LEAST_ROWS = 64;

/** Whether to screen the rows that are in place, outside of training: by what that computes of the first of them. */
export async function isWorthScreening(
  memory: CoderMemory,
  rows: number,
  select: Selection,
): Promise<boolean> {
  if (!memory.layout.screens || select.kind === 'batchtopk' || rows < LEAST_ROWS) return false;
  await memory.encode(SAMPLE_ROWS, select, { screens: true });
  return shareOf(memory, SAMPLE_ROWS) <= MOST_COMPUTED;
}

/** Share of the entries of the first rows that the last screening computed. */
function shareOf({ layout, computed }: CoderMemory, rows: number): number {
  return computed() / (Math.min(rows, SAMPLE_ROWS) * layout.shape.dSae);
}
