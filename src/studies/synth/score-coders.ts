// Coders scored on the world that they were trained on: rows are drawn once for all of them.
import { matchFeatures } from '../../analysis/matching/match.ts';
import { UserError } from '../../base/errors.ts';
import { startProgress } from '../../base/progress.ts';
import { concatRows, type SparseRows } from '../../compute/sparse-rows.ts';
import { BLOCK_ROWS, rowDrawer } from '../../data/worlds/synthetic/rows.ts';
import type { SyntheticWorld } from '../../data/worlds/synthetic/world.ts';
import { type CoderConfig, isTranscoder, type SparseCoder } from '../../sae/coder.ts';
import type { Coder } from '../../sae/coder-at-work.ts';
import { type LatentTruth, type WorldScores, worldTally } from './world-scores.ts';

/** Blocks of rows that are encoded together. */
const BLOCKS = 16;

/** What a coder has found of a world, and each of its latents. */
export interface CoderOnWorld {
  readonly scores: WorldScores;
  readonly latents: LatentTruth;
}

/** How coders are scored. */
export interface ScoreCodersOptions {
  /** Rows to draw: none that training has seen. @default 100_000 */
  readonly nRows?: number;
  readonly signal?: AbortSignal;
}

/**
 * Refuse a coder that does not read rows of a world.
 * @throws {UserError} for one of another width, and for a transcoder.
 */
export function checkFits(name: string, config: CoderConfig, { law }: SyntheticWorld): void {
  if (isTranscoder(config)) {
    throw new UserError(
      `unsupported coder: '${name}' is a transcoder, and rows of a world have no target`,
    );
  }
  if (config.dIn === law.dModel) return;
  throw new UserError(
    `invalid coder: '${name}' reads rows of ${config.dIn} numbers, and those of the world have ${law.dModel}`,
    { hint: 'name the world that it was trained on' },
  );
}

/** Score coders on rows of a world that none of them was trained on, the same for all. */
export async function scoreCoders(
  coders: readonly Coder[],
  world: SyntheticWorld,
  { nRows = 100_000, signal }: ScoreCodersOptions = {},
): Promise<CoderOnWorld[]> {
  const { nFeatures } = world.law;
  const tallies = [];
  for (const coder of coders)
    tallies.push(worldTally(await matchWithTruth(coder, world), nFeatures));
  const drawer = rowDrawer(world);
  const nBlocks = Math.ceil(nRows / BLOCK_ROWS);
  const progress = startProgress('score', { total: nBlocks * BLOCK_ROWS, unit: 'rows' });
  try {
    for (let first = 0; first < nBlocks; first += BLOCKS) {
      signal?.throwIfAborted();
      const { features, inputs } = drawBlocks(drawer, first, Math.min(first + BLOCKS, nBlocks));
      for (const [i, coder] of coders.entries()) {
        const codes = await coder.encode(inputs);
        const outputs = await coder.decode(codes, inputs);
        tallies[i]!.add({ features, codes, inputs, outputs });
      }
      progress.tick(features.rowStart.length - 1);
    }
  } finally {
    progress.end();
  }
  return tallies.map((tally) => tally.result());
}

/** Match a coder's decoder rows with the directions of a world. */
async function matchWithTruth({ weights }: SparseCoder, { directions, law }: SyntheticWorld) {
  const width = law.dModel;
  return matchFeatures({ data: weights.wDec, width }, { data: directions, width });
}

function drawBlocks(
  drawer: ReturnType<typeof rowDrawer>,
  first: number,
  end: number,
): { features: SparseRows; inputs: Float32Array } {
  const features: SparseRows[] = [];
  const inputs: Float32Array[] = [];
  for (let block = first; block < end; block++) {
    const drawn = drawer.draw('score', block);
    features.push(drawn.features);
    inputs.push(drawn.rows.slice());
  }
  const size = inputs[0]!.length;
  const all = new Float32Array(inputs.length * size);
  for (const [i, rows] of inputs.entries()) all.set(rows, i * size);
  return { features: concatRows(features), inputs: all };
}
