// SynthSAEBench: how quickly rows are drawn, and what coders find of the true features, beside the published figures.
//
//   npm run build && npx tsx bench/synth.ts [--rows 1000000] [--seeds 1] [--variants batchtopk,matryoshka,topk,jumprelu,relu]
//                                           [--relu 3e-3] [--l0 25] [--latents 4096]
//                                           [--world FOLDER] [--score-rows 100000] [--tmp FOLDER]
//
// The published figures (SAELens, docs/synth_sae_bench.md) are of 200 million rows, means over five seeds; ours of as many
// as are asked for. `--world` names a folder that `saev synth make` wrote, or the published one; else the world is made.
// All coders learn from the same rows, in one pass; their coefficients are given, and what L0 comes of them is printed.
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
import { grid } from '../src/training/config/sweep.ts';
import { train } from '../src/training/train.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    seeds: { type: 'string', default: '1' },
    variants: { type: 'string', default: 'batchtopk,matryoshka,topk,jumprelu,relu' },
    relu: { type: 'string', default: '3e-3' },
    l0: { type: 'string', default: '25' },
    latents: { type: 'string', default: '4096' },
    world: { type: 'string' },
    'score-rows': { type: 'string', default: '100000' },
    tmp: { type: 'string', default: tmpdir() },
  },
});

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
  await measureCoders(model);
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

async function measureCoders(model: string): Promise<void> {
  const kinds: Readonly<Record<string, object>> = {
    topk: { sae: { kind: 'topk', k: Number(values.l0) } },
    batchtopk: { sae: { kind: 'batchtopk', k: Number(values.l0) } },
    // A list stands for choices; the list of widths is one of them.
    matryoshka: {
      sae: { kind: 'batchtopk', k: Number(values.l0) },
      objective: { kind: 'matryoshka-fixed', widths: [[128, 512, 2048]] },
    },
    relu: { sae: { kind: 'relu' }, objective: { sparsityCoeff: Number(values.relu) } },
    // Starts as SAELens does: what fires on noise at first would let L0 fall.
    jumprelu: {
      sae: { kind: 'jumprelu', targetL0: Number(values.l0), encoderStart: 'transposed' },
    },
  };
  const base = {
    data: { synthetic: { model } },
    sae: { dSae: Number(values.latents), bDecInit: 'zeros' },
    nPatches: Number(values.rows),
    saeBatchSize: 1024,
    lr: 3e-4,
    lrSchedule: 'constant',
    nEvalRows: 2 ** 12,
    runRoot: join(folder, 'runs'),
    checkpointEvery: 0,
  };
  const seed = Array.from({ length: Number(values.seeds) }, (_, i) => 42 + i);
  const configs = values.variants.split(',').flatMap((kind) => {
    const { configs: made, errors } = grid(base, { ...kinds[kind], seed }, kind);
    if (errors.length > 0) throw new Error(errors[0]);
    return made;
  });
  const began = performance.now();
  const runs = await train(configs);
  const seconds = (performance.now() - began) / 1000;
  console.log(`training: ${configs.length} coders, ${seconds.toFixed(0)} s`);
  const coders = runs.map(({ path }) => path);
  const nRows = Number(values['score-rows']);
  const scored = await scoreSynthetic(SynthScoreConfig.parse({ coders, nRows }));
  const all = runs.map(({ path, config }, i) => {
    return { path, settings: config, scores: scored[i]!.scores };
  });
  console.log(
    'coder | L0 | F1 | MCC | unique | EV | shrinkage | dead | published F1, MCC, unique, EV',
  );
  for (const { name, scores } of bySettings(all)) {
    const { l0, f1, mcc, uniqueness, explainedVariance, shrinkage, nDead } = scores;
    const numbers = [l0, f1, mcc, uniqueness, explainedVariance, shrinkage, nDead].map(text);
    const published = PUBLISHED[name.includes('matryoshka') ? 'matryoshka' : name.split(',')[0]!];
    console.log([name, ...numbers, published?.join(', ') ?? '–'].join(' | '));
  }
}

function text({ mean, deviation }: OverSeeds): string {
  return deviation === undefined ? mean.toFixed(4) : `${mean.toFixed(4)} ± ${deviation.toFixed(4)}`;
}
