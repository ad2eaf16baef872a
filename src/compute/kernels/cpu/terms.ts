// Running the rarer terms of a step on threads: ghost gradients and sparse connections.

import type { StepOptions, StepSums } from '../types.ts';
import type { Engine } from './engine.ts';
import { DENSE_BLOCK_ROWS, DENSE_ROWS, GHOST_LATENTS, UPDATE_LATENTS } from './memory-layout.ts';
import type { Pass } from './pass.ts';
import type { Task } from './tasks.ts';

type TermSums = Pick<StepSums, 'ghost' | 'connection'>;

/** The terms of one coder. */
interface LossTerms {
  /** Add the gradients of a step that has just gone forward and backward; returns the sums of the terms. */
  add(
    rows: number,
    pass: Pass,
    terms: Pick<StepOptions, 'ghosts' | 'connection'>,
  ): Promise<TermSums>;
}

/** Make the terms of a coder that is trained. */
export function lossTerms(
  { layout, floats, doubles }: Engine,
  run: (work: Task) => Promise<void>,
): LossTerms {
  const { at, latents, nDirections } = layout;
  const ints = new Int32Array(floats.buffer);
  const marks = new Uint8Array(floats.buffer, at.ghosted, latents);

  const addUp = (address: number, blocks: number): number => {
    let total = 0;
    for (let block = 0; block < blocks; block++) total += doubles[address / 8 + block]!;
    return total;
  };

  const addGhosts = async (rows: number, pass: Pass, listed: Uint32Array): Promise<number> => {
    const ghosts = Math.ceil(listed.length / 16) * 16;
    ints.fill(-1, at.ghosts / 4, at.ghosts / 4 + ghosts);
    ints.set(listed, at.ghosts / 4);
    for (const latent of listed) marks[latent] = 1;
    const backwardBlocks = Math.ceil(ghosts / GHOST_LATENTS);
    for (let firstRow = 0; firstRow < rows; firstRow += DENSE_ROWS) {
      const n = Math.min(DENSE_ROWS, rows - firstRow);
      const chunk = { firstRow, rows: n, ghosts, pass };
      await run({ task: 'ghostForward', blocks: Math.ceil(n / DENSE_BLOCK_ROWS), ...chunk });
      await run({ task: 'ghostBackward', blocks: backwardBlocks, ...chunk });
    }
    return addUp(at.ghostSums, Math.ceil(rows / DENSE_BLOCK_ROWS));
  };

  const connect = async (coefficient: number): Promise<number> => {
    const blocks = Math.ceil(latents / UPDATE_LATENTS);
    await run({ task: 'connect', blocks, weight: coefficient / nDirections });
    return addUp(at.connectionSums, blocks);
  };

  return {
    async add(rows, pass, { ghosts = new Uint32Array(0), connection = 0 }) {
      marks.fill(0);
      return {
        ghost: ghosts.length === 0 ? 0 : await addGhosts(rows, pass, ghosts),
        connection: connection === 0 ? 0 : await connect(connection),
      };
    },
  };
}
