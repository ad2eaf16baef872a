// Trains the small vision transformer that ships with saev on the embedded image world, in TypeScript alone.
// usage: npx tsx scripts/train-world-vit.ts [--steps 4000] [--batch 64] [--threads 2] [--work FOLDER] [--seed 0]
// A run that was stopped goes on when the command is given again with the same --work.
import { feedsOfWeights } from './training/fed-weights.ts';
import { readFlags } from './training/flags.ts';
import { trainModel } from './training/train.ts';
import { makeBatch } from './world-vit/batches.ts';
import { evaluate } from './world-vit/evaluate.ts';
import { initialWeights, trainingModel, weightShapes } from './world-vit/model.ts';
import { publish } from './world-vit/publish.ts';

const flags = readFlags({
  steps: 4000,
  batch: 64,
  threads: 2,
  seed: 0,
  rate: 1.5e-3,
  work: 'world-vit-work',
  out: 'assets',
});
const { batch, threads, seed } = flags;
const HELD_OUT_SCENES = 2000;

const shapes = weightShapes();
const weights = await trainModel(
  {
    shapes,
    initialWeights: () => initialWeights(seed),
    model: trainingModel(),
    feedsOfStep: (step) => makeBatch(seed, step * batch, batch).feeds,
    evaluate: (fed) => evaluate(fed, 512, threads),
  },
  { ...flags, saveEvery: 250, evaluateEvery: 500 },
);
const accuracy = await evaluate(feedsOfWeights(weights, shapes), HELD_OUT_SCENES, threads);
process.stdout.write(`held out: ${JSON.stringify(accuracy)}\n`);
await publish(flags.out, weights, { scenes: HELD_OUT_SCENES, accuracy }, flags);
process.stdout.write(`written to ${flags.out}\n`);
