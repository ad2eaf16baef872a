// The stages of the demo: draw a world, record a transformer on it, train a small sweep, find the concepts, train a head to
// edit against, show them.
import { join } from 'node:path';
import { ActivationsConfig } from '../activations/config.ts';
import { record } from '../activations/job.ts';
import { openSource } from '../activations/source.ts';
import type { ActivationSource } from '../activations/types.ts';
import { writeJsonAtomic } from '../base/files.ts';
import { logger } from '../base/log.ts';
import { CONCEPTS, patchConcepts, WORLD_GRID } from '../data/worlds/images/concepts.ts';
import type { Scene } from '../data/worlds/images/scene.ts';
import { writeWorld } from '../data/worlds/images/write.ts';
import { openCoder } from '../sae/open-coder.ts';
import { type ConceptScore, conceptMatches, scoreConcepts } from '../studies/scoring/concepts.ts';
import type { CodedTokens } from '../studies/scoring/counts.ts';
import { TrainConfig, type TrainConfigInput } from '../training/config/train-config.ts';
import type { TrainedRun } from '../training/group/finish.ts';
import { train } from '../training/train.ts';
import { VisualsConfig } from '../visuals/config.ts';
import { visualize } from '../visuals/visualize.ts';
import { type DemoHead, demoHead } from './segmentation-head.ts';

const log = logger('demo');

interface DemoOptions {
  readonly out: string;
  readonly scenes: number;
  readonly patches: number;
  readonly seed: number;
  readonly threads?: number;
}

/** One autoencoder of the sweep, and how well it tells the world's concepts apart. */
export interface DemoRun {
  readonly path: string;
  readonly sparsityCoeff: number;
  readonly kind: string;
  readonly l0: number;
  readonly normalizedMse: number;
  readonly nDead: number;
  readonly concepts: readonly ConceptScore[];
  /** Concepts whose best latent has F1 ≥ 0.8. */
  readonly found: number;
}

/** What the demo found, and where it is. */
export interface DemoReport {
  readonly runs: readonly DemoRun[];
  /** The run that the page shows: the one that found most. */
  readonly best: DemoRun;
  readonly nConcepts: number;
  readonly page: string;
  /** What tells classes behind an edit. */
  readonly head: DemoHead;
  /** Folder of everything. */
  readonly out: string;
}

/** F1 from which a concept counts as found. */
export const FOUND = 0.8;

/** Rows in a step. */
const BATCH = 2048;

/** The sweep: what is told apart is decided by sparsity, so runs differ in it. */
const SWEEP: readonly TrainConfigInput[] = [
  { objective: { sparsityCoeff: 1e-2 } },
  { objective: { sparsityCoeff: 2e-2 } },
  { objective: { sparsityCoeff: 4e-2 } },
];

/** Run the demo. The world, activations, coders and features of an earlier one in the same folder are used again. */
export async function runVisionDemo(
  options: DemoOptions,
  { signal }: { signal?: AbortSignal } = {},
): Promise<DemoReport> {
  const { out, scenes: nScenes, seed, threads } = options;
  const world = await writeWorld(join(out, 'world'), { nScenes, seed, signal });

  const images = { type: 'image-folder' as const, root: world.images };
  const recorded = await record(
    ActivationsConfig.parse({
      data: images,
      vitFamily: 'world',
      dumpTo: join(out, 'shards'),
      threads,
    }),
    { signal },
  );
  log.info(`activations of ${recorded.nWritten} images in ${recorded.folder}`);

  const data = { shardRoot: recorded.folder };
  const configs = SWEEP.map((run) =>
    TrainConfig.parse({
      data,
      nPatches: options.patches,
      saeBatchSize: BATCH,
      lr: 2e-3,
      nLrWarmup: Math.max(1, Math.min(100, Math.floor(options.patches / BATCH / 10))),
      logEvery: 50,
      checkpointEvery: 0,
      runRoot: join(out, 'runs'),
      resume: true,
      seed,
      threads,
      ...run,
      sae: { expFactor: 4, nReinitSamples: 65_536, ...run.sae },
    }),
  );
  const trained = await train(configs, { signal });
  const { source } = await openSource(configs[0]!.data, { signal });
  const runs: DemoRun[] = [];
  try {
    for (const run of trained) runs.push(await scored(run, source, world.scenes, options, signal));
  } finally {
    await source.close();
  }
  const best = runs.reduce((a, b) => (isBetter(b, a) ? b : a));

  const visuals = await visualize(
    VisualsConfig.parse({
      ckpt: best.path,
      data,
      images,
      dumpTo: join(best.path, 'visuals'),
      topK: 24,
      nPictures: 6,
      nLatents: 12,
      logFreqRange: [-6, 0],
      logValueRange: [-6, 6],
      seed,
    }),
    { signal, concepts: conceptMatches(best.concepts), title: 'The embedded image world' },
  );
  const head = await demoHead(world, { out, seed, threads, signal });
  const page = visuals.page.path;
  const report = { runs, best, nConcepts: CONCEPTS.length, page, head, out };
  await writeJsonAtomic(join(out, 'demo.json'), report);
  return report;
}

/** Score a trained run against what every patch is known to show. */
async function scored(
  run: TrainedRun,
  source: ActivationSource,
  scenes: readonly Scene[],
  { threads }: DemoOptions,
  signal: AbortSignal | undefined,
): Promise<DemoRun> {
  const coder = await openCoder(run.path, { threads });
  async function* read(): AsyncGenerator<CodedTokens> {
    for await (const { acts, ...where } of source.batches({ batchSize: 4096, signal })) {
      yield { codes: await coder.encodeScaled(acts), ...where };
    }
  }
  try {
    const concepts = await scoreConcepts(read, {
      dSae: coder.dSae,
      concepts: CONCEPTS,
      nTokens: WORLD_GRID ** 2,
      truth: (example) => patchConcepts(scenes[example]!),
    });
    const { l0, normalizedMse, nDead } = run.evaluation;
    return {
      path: run.path,
      kind: run.config.sae.kind,
      sparsityCoeff: run.config.objective.sparsityCoeff,
      l0,
      normalizedMse,
      nDead,
      concepts,
      found: concepts.filter(({ f1 }) => f1 >= FOUND).length,
    };
  } finally {
    await coder.close();
  }
}

function isBetter(a: DemoRun, b: DemoRun): boolean {
  const mean = ({ concepts }: DemoRun): number =>
    concepts.reduce((sum, { f1 }) => sum + f1, 0) / concepts.length;
  return a.found === b.found ? mean(a) > mean(b) : a.found > b.found;
}
