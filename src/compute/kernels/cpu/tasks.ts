// What threads do: each task is one function over a block of rows or latents. Blocks are fixed by sizes alone, and
// every sum is kept per block, so results do not depend on how many threads there are or who takes which block.

import { denseBackward, denseForward } from './dense-tasks.ts';
import type { Engine } from './engine.ts';
import { connect, ghostBackward, ghostForward } from './ghost-tasks.ts';
import type { GradientSources, Pass, Step } from './pass.ts';
import { count, encode, reconstruct, transpose, update } from './sparse-tasks.ts';

/** A piece of work for all threads: `blocks` calls of the function named `task`. */
export type Task =
  | {
      readonly task: 'encode';
      readonly blocks: number;
      readonly rows: number;
      /** Keep the k largest of a row; 0: all. */
      readonly k: number;
      /** Leave out what is not among so many largest of the batch; 0: nothing. */
      readonly most: number;
    }
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
      readonly sources: GradientSources;
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
    }
  | {
      readonly task: 'ghostForward' | 'ghostBackward';
      readonly blocks: number;
      readonly firstRow: number;
      readonly rows: number;
      /** Ghosts, rounded up to 16. */
      readonly ghosts: number;
      readonly pass: Pass;
    }
  | { readonly task: 'connect'; readonly blocks: number; readonly weight: number };

/** Do block `block` of `task`. */
export async function runBlock(engine: Engine, task: Task, block: number): Promise<void> {
  switch (task.task) {
    case 'encode':
      await encode(engine, block, task);
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
      update(engine, block, task.sources, task.step);
      break;
    case 'denseForward':
      await denseForward(engine, block, task.firstRow, task.rows, task.pass);
      break;
    case 'denseBackward':
      await denseBackward(engine, block, task.firstRow, task.rows, task.pass);
      break;
    case 'ghostForward':
      await ghostForward(engine, block, task);
      break;
    case 'ghostBackward':
      await ghostBackward(engine, block, task);
      break;
    case 'connect':
      await connect(engine, block, task.weight);
      break;
  }
}
