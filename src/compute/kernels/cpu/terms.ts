// Running the rarer terms of a step on threads: ghost gradients, what dead latents explain, and sparse connections.

import type { AuxTerm, StepOptions, StepSums } from '../types.ts';
import type { CoderMemory } from './coder-memory.ts';
import type { Engine } from './engine.ts';
import { toColumns } from './gradients.ts';
import {
  DENSE_BLOCK_ROWS,
  DENSE_ROWS,
  GHOST_LATENTS,
  RECONSTRUCT_ROWS,
  UPDATE_LATENTS,
} from './memory/block-sizes.ts';
import type { Pass } from './tasks/pass.ts';

/** Variance of what is left, as a share of its square, below which it is nothing but rounding. */
const LEAST_VARIANCE = 1e-6;

type TermSums = Pick<StepSums, 'ghost' | 'aux' | 'connection'>;

/** The terms of one coder. */
interface LossTerms {
  /** Add the gradients of a step that has just gone forward and backward; returns the sums of the terms. */
  add(
    rows: number,
    pass: Pass,
    terms: Pick<StepOptions, 'ghosts' | 'aux' | 'connection'>,
  ): Promise<TermSums>;
  /** Mark latents that have a gradient without firing, after `add`. */
  mark(latents: Uint32Array): void;
}

/** Make the terms of a coder that is trained. */
export function lossTerms(memory: CoderMemory): LossTerms {
  const { layout, engine, run } = memory;
  const { floats, doubles } = engine;
  const { at, latents, nDirections } = layout;
  const ints = new Int32Array(floats.buffer);
  const marks = new Uint8Array(floats.buffer, at.ghosted, latents);

  const addUp = (address: number, blocks: number): number => {
    let total = 0;
    for (let block = 0; block < blocks; block++) total += doubles[address / 8 + block]!;
    return total;
  };

  const mark = (listed: Uint32Array): void => {
    for (const latent of listed) marks[latent] = 1;
  };

  const addGhosts = async (rows: number, pass: Pass, listed: Uint32Array): Promise<number> => {
    const ghosts = Math.ceil(listed.length / 16) * 16;
    ints.fill(-1, at.ghosts / 4, at.ghosts / 4 + ghosts);
    ints.set(listed, at.ghosts / 4);
    mark(listed);
    const backwardBlocks = Math.ceil(ghosts / GHOST_LATENTS);
    for (let firstRow = 0; firstRow < rows; firstRow += DENSE_ROWS) {
      const n = Math.min(DENSE_ROWS, rows - firstRow);
      const chunk = { firstRow, rows: n, ghosts, pass };
      await run({ task: 'ghostForward', blocks: Math.ceil(n / DENSE_BLOCK_ROWS), ...chunk });
      await run({ task: 'ghostBackward', blocks: backwardBlocks, ...chunk });
    }
    return addUp(at.ghostSums, Math.ceil(rows / DENSE_BLOCK_ROWS));
  };

  const addAux = async (rows: number, pass: Pass, term: AuxTerm): Promise<number> => {
    const { weight, overVariance } = term;
    mark(term.latents);
    const blocks = Math.ceil(rows / RECONSTRUCT_ROWS);
    await run({ task: 'leave', blocks, rows, pass });
    const over = overVariance ? varianceOfLeft(engine, blocks) : rows * layout.shape.dOut;
    // Nothing is left to explain: no gradient either.
    const each = over > 0 ? weight / over : 0;
    await run({ task: 'explain', blocks, rows, pass, scale: 2 * each });
    let squared = 0;
    for (let block = 0; block < blocks; block++) squared += doubles[at.sums / 8 + block * 3 + 2]!;
    await toColumns(memory, rows, 'aux');
    return each * squared;
  };

  const connect = async (coefficient: number): Promise<number> => {
    const blocks = Math.ceil(latents / UPDATE_LATENTS);
    await run({ task: 'connect', blocks, weight: coefficient / nDirections });
    return addUp(at.connectionSums, blocks);
  };

  return {
    mark,

    async add(rows, pass, { ghosts = new Uint32Array(0), aux, connection = 0 }) {
      marks.fill(0);
      return {
        ghost: ghosts.length === 0 ? 0 : await addGhosts(rows, pass, ghosts),
        aux: aux === undefined ? 0 : await addAux(rows, pass, aux),
        connection: connection === 0 ? 0 : await connect(connection),
      };
    },
  };
}

/** `Σ w |r − mean r|²` of what rows are left with, from the sums of its blocks. */
function varianceOfLeft({ layout, floats, doubles }: Engine, blocks: number): number {
  const { at, bytesOut } = layout;
  const total = new Float64Array(bytesOut / 4);
  let squared = 0;
  let mass = 0;
  for (let block = 0; block < blocks; block++) {
    squared += doubles[at.sums / 8 + block * 2]!;
    mass += doubles[at.sums / 8 + block * 2 + 1]!;
    const share = (at.rowShares + block * bytesOut) / 4;
    for (let i = 0; i < total.length; i++) total[i]! += floats[share + i]!;
  }
  const ofMean = total.reduce((sum, value) => sum + value ** 2, 0) / mass;
  const about = squared - ofMean;
  return mass > 0 && about > LEAST_VARIANCE * squared ? about : 0;
}
