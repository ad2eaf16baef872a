// SynthSAEBench: how quickly rows are drawn, and what coders find of the true features, beside the published figures.
//
//   npm run build && npx tsx bench/synth.ts [--rows 1000000] [--seeds 0,1,2] [--variants batchtopk,matryoshka,jumprelu,relu,quadratic,topk]
//                                           [--l0 25] [--norm free|unit] [--latents 4096] [--world FOLDER] [--runs FOLDER] [--score-rows 100000]
//                                           [--coefficients 0.2]
//
// The published figures (SAELens, docs/synth_sae_bench.md) are of 200 million rows, means over five seeds; ours of as many
// as are asked for, with the settings of the published experiments (decoderesearch/synth-sae-bench-experiments,
// experiments/sweeps/common.py); with `--norm unit` all decoder rows have length 1. `--world` names a folder that `saev synth
// make` wrote, or the published one; else the world is made. All coders learn from the same rows, in one pass. With `--runs` they stand in
// that folder, and the same command goes on where it was stopped. With `--coefficients` JumpReLU is as SAELens itself has it, which
// bench/synth.py trains: coefficients that stay as they are, and no AuxK.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { WorldConfig } from '../src/data/worlds/synthetic/config.ts';
import { openWorld } from '../src/data/worlds/synthetic/open-world.ts';
import { BLOCK_ROWS, rowDrawer } from '../src/data/worlds/synthetic/rows.ts';
import type { SyntheticWorld } from '../src/data/worlds/synthetic/world.ts';
import { writeWorldFiles } from '../src/data/worlds/synthetic/world-files.ts';
import { SynthScoreConfig } from '../src/studies/synth/config.ts';
import { scoreSynthetic } from '../src/studies/synth/score.ts';
import { bySettings, type OverSeeds } from '../src/studies/synth/summary.ts';
import { TrainConfig, type TrainConfigInput } from '../src/training/config/train-config.ts';
import { train } from '../src/training/train.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    seeds: { type: 'string', default: '0' },
    variants: { type: 'string', default: 'batchtopk,matryoshka,jumprelu,relu' },
    l0: { type: 'string', default: '25' },
    norm: { type: 'string', default: 'free' },
    latents: { type: 'string', default: '4096' },
    world: { type: 'string' },
    runs: { type: 'string' },
    'score-rows': { type: 'string', default: '100000' },
    coefficients: { type: 'string' },
    tmp: { type: 'string', default: tmpdir() },
  },
});

const BATCH = 1024;
const isFree = values.norm === 'free';
const [l0, rows] = [Number(values.l0), Number(values.rows)];
const steps = Math.floor(rows / BATCH);

/** What all have: the encoder begins as the decoder transposed. */
const begun = {
  dSae: Number(values.latents),
  bDecInit: 'zeros',
  encoderStart: 'transposed',
} as const;
/** Latents that did not fire for a thousand steps explain what is left. */
const aux = { aux: 'saelens', auxAfter: 1000 * BATCH } as const;
const batchtopk = {
  kind: 'batchtopk',
  k: l0,
  thresholdRule: 'saelens',
  freeDecoderNorm: isFree,
  ...begun,
} as const;
const jumprelu = {
  data: { scaleNorm: true },
  sae: {
    kind: 'jumprelu',
    sparsityLoss: 'tanh',
    bandwidth: 2,
    threshold: 0.5,
    thresholdScale: 'value',
    freeDecoderNorm: isFree,
    startNorm: isFree ? 0.5 : 1,
    ...begun,
  },
} as const;
/** Errors are means over dimensions here and sums there, so that coefficients are divided by their number, once it is known. */
const VARIANTS: Readonly<Record<string, TrainConfigInput>> = {
  batchtopk: { sae: batchtopk, ...aux },
  matryoshka: {
    sae: batchtopk,
    objective: { kind: 'matryoshka-fixed', widths: [128, 512, 2048], prefixWeight: 1 },
    ...aux,
  },
  jumprelu: { ...jumprelu, objective: { sparsityCoeff: 0.2 }, holdL0: l0, ...aux },
  relu: {
    sae: { kind: 'relu', freeDecoderNorm: isFree, ...begun },
    objective: { sparsityCoeff: 2 },
    nSparsityWarmup: Math.floor(steps / 3),
    holdL0: l0,
  },
  /** Not of the published ones: drawn to its L0 by a loss of its own. */
  quadratic: { sae: { kind: 'jumprelu', targetL0: l0, ...begun }, ...aux },
  topk: { sae: { kind: 'topk', k: l0, ...begun }, ...aux },
};
const fixed = (values.coefficients?.split(',') ?? []).map(
  (coefficient): [string, TrainConfigInput] => [
    `jumprelu ${coefficient}`,
    { ...jumprelu, objective: { sparsityCoeff: Number(coefficient) } },
  ],
);
/** What is trained, by name. */
const coders = values.variants
  .split(',')
  .flatMap((name) =>
    name === 'jumprelu' && fixed.length > 0 ? fixed : [[name, VARIANTS[name]!] as const],
  );

/** F1, MCC, uniqueness and explained variance at an L0 of 25, as published. */
const PUBLISHED: Readonly<Record<string, readonly number[]>> = {
  batchtopk: [0.7316, 0.7574, 0.9837, 0.7923],
  jumprelu: [0.7317, 0.7527, 0.9885, 0.7951],
  relu: [0.5562, 0.6039, 0.8976, 0.7654],
  matryoshka: [0.8793, 0.7927, 0.9987, 0.7792],
};

const folder = await mkdtemp(join(values.tmp, 'saev-synth-bench-'));
try {
  const began = performance.now();
  const world = await openWorld(WorldConfig.parse({ model: values.world }));
  console.log(`world: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  measureDrawing(world);
  const model = values.world ?? join(folder, 'world');
  if (values.world === undefined) await writeWorldFiles(world, model);
  await measureCoders(model, world.law.dModel);
} finally {
  await rm(folder, { recursive: true });
}

/** Rows a second on this thread, after some to warm up. */
function measureDrawing(world: SyntheticWorld): void {
  const drawer = rowDrawer(world);
  for (let block = 0; block < 40; block++) drawer.draw('warm', block);
  const began = performance.now();
  const before = process.cpuUsage();
  let blocks = 0;
  let entries = 0;
  while (performance.now() - began < 5000) {
    entries += drawer.draw('bench', blocks++).features.index.length;
  }
  const { user, system } = process.cpuUsage(before);
  const rows = blocks * BLOCK_ROWS;
  const [wall, cpu] = [(performance.now() - began) / 1000, (user + system) / 1e6];
  console.log(
    `drawing: ${Math.round(rows / wall)} rows a second, ${Math.round(rows / cpu)} a second of CPU time, ${(entries / rows).toFixed(2)} features on a row`,
  );
}

async function measureCoders(model: string, dModel: number): Promise<void> {
  const seeds = values.seeds.split(',').map(Number);
  const configs = coders.flatMap(([, settings]) =>
    seeds.map((seed) => configOf(settings, seed, { model, dModel })),
  );
  const began = performance.now();
  const runs = await train(configs);
  const seconds = (performance.now() - began) / 1000;
  console.log(`training: ${configs.length} coders, ${rows} rows, ${seconds.toFixed(0)} s`);
  const paths = runs.map(({ path }) => path);
  const nRows = Number(values['score-rows']);
  const scored = await scoreSynthetic(SynthScoreConfig.parse({ coders: paths, nRows }));
  console.log(
    'coder | L0 | F1 | MCC | unique | EV | shrinkage | dead | published F1, MCC, unique, EV',
  );
  for (const [i, [variant]] of coders.entries()) {
    const own = runs.slice(i * seeds.length, (i + 1) * seeds.length).map(({ path }, j) => {
      // Settings but for the seed are one: a line for them.
      return { path, settings: {}, scores: scored[i * seeds.length + j]!.scores };
    });
    for (const { scores } of bySettings(own)) {
      const { f1, mcc, uniqueness, explainedVariance, shrinkage, nDead } = scores;
      const numbers = [scores.l0, f1, mcc, uniqueness, explainedVariance, shrinkage, nDead];
      const published = PUBLISHED[variant]?.join(', ') ?? '–';
      console.log([variant, ...numbers.map(text), published].join(' | '));
    }
  }
}

function configOf(
  { data, sae, objective, ...own }: TrainConfigInput,
  seed: number,
  { model, dModel }: { readonly model: string; readonly dModel: number },
): TrainConfig {
  const coefficient = objective?.sparsityCoeff;
  return TrainConfig.parse({
    objective: {
      ...objective,
      ...(coefficient !== undefined && { sparsityCoeff: coefficient / dModel }),
    },
    data: { synthetic: { model }, ...data },
    sae: { ...sae, seed },
    ...own,
    seed,
    nPatches: rows,
    saeBatchSize: BATCH,
    lr: 3e-4,
    lrSchedule: 'constant',
    // SAELens clips at 1, of errors that are sums.
    gradClip: 1 / dModel,
    nEvalRows: 2 ** 12,
    runRoot: values.runs ?? join(folder, 'runs'),
    checkpointEvery: values.runs === undefined ? 0 : 1000,
    resume: values.runs !== undefined,
  });
}

function text({ mean, deviation }: OverSeeds): string {
  return deviation === undefined ? mean.toFixed(4) : `${mean.toFixed(4)} ± ${deviation.toFixed(4)}`;
}
