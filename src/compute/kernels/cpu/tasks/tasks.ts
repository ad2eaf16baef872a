// What threads do: each task is one function over a block of rows or latents. Blocks are fixed by sizes alone, and
// every sum is kept per block, so results do not depend on how many threads there are or who takes which block.

import type { Engine } from '../engine.ts';
import { explain, leave } from './aux.ts';
import { type CodeSet, count, transpose } from './columns.ts';
import { denseBackward, denseForward } from './dense.ts';
import { encode } from './encode.ts';
import { keepCodes, norms } from './gates.ts';
import { connect, ghostBackward, ghostForward } from './ghosts.ts';
import type { Explaining, GradientSources, Pass, Step } from './pass.ts';
import { roundEncoder } from './screening.ts';
import { skipGradient, skipTargets } from './skip.ts';
import { measure, reconstruct, update } from './sparse.ts';

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
      readonly explaining?: Explaining | undefined;
      /** Screen by an 8-bit product first, from this bound of the batch on. */
      readonly screenFrom?: number | undefined;
    }
  | { readonly task: 'roundEncoder'; readonly blocks: number }
  | {
      readonly task: 'reconstruct';
      readonly blocks: number;
      readonly rows: number;
      readonly pass: Pass;
    }
  | {
      readonly task: 'count';
      readonly of: CodeSet;
      readonly blocks: number;
      readonly rows: number;
      readonly ranges: readonly number[];
    }
  | {
      readonly task: 'transpose';
      readonly of: CodeSet;
      readonly blocks: number;
      readonly rows: number;
      readonly ranges: readonly number[];
      readonly starts: readonly number[];
    }
  | {
      readonly task: 'measure';
      readonly blocks: number;
      readonly sources: GradientSources;
      readonly pass: Pass;
      readonly removeParallel: boolean;
      readonly freeNorms: boolean;
      readonly trainThreshold: boolean;
      readonly inLogarithm: boolean;
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
  | {
      readonly task: 'leave';
      readonly blocks: number;
      readonly rows: number;
      readonly pass: Pass;
    }
  | {
      readonly task: 'explain';
      readonly blocks: number;
      readonly rows: number;
      readonly pass: Pass;
      /** Twice the weight of a squared error in the loss. */
      readonly scale: number;
    }
  | {
      readonly task: 'skipTargets';
      readonly blocks: number;
      readonly rows: number;
      readonly target: number;
    }
  | {
      readonly task: 'skipGradient';
      readonly blocks: number;
      readonly rows: number;
      readonly byGates: boolean;
    }
  | { readonly task: 'norms'; readonly blocks: number }
  | { readonly task: 'keepCodes'; readonly blocks: number; readonly rows: number }
  | { readonly task: 'connect'; readonly blocks: number; readonly weight: number };

/** Do block `block` of `task`. */
export async function runBlock(engine: Engine, task: Task, block: number): Promise<void> {
  switch (task.task) {
    case 'encode':
      await encode(engine, block, task);
      break;
    case 'roundEncoder':
      roundEncoder(engine, block);
      break;
    case 'reconstruct':
      reconstruct(engine, block, task.rows, task.pass);
      break;
    case 'count':
      count(engine, block, task);
      break;
    case 'transpose':
      transpose(engine, block, task);
      break;
    case 'measure':
      measure(engine, block, task);
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
    case 'leave':
      leave(engine, block, task);
      break;
    case 'explain':
      explain(engine, block, task);
      break;
    case 'skipTargets':
      await skipTargets(engine, block, task);
      break;
    case 'skipGradient':
      await skipGradient(engine, block, task);
      break;
    case 'norms':
      norms(engine, block);
      break;
    case 'keepCodes':
      keepCodes(engine, block, task.rows);
      break;
    case 'connect':
      await connect(engine, block, task.weight);
      break;
  }
}
