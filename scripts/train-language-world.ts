// Trains the small GPT-2 that ships with saev on the embedded language, in TypeScript alone.
// usage: npx tsx scripts/train-language-world.ts [--steps 4000] [--batch 64] [--threads 2] [--work FOLDER] [--seed 0]
// A run that was stopped goes on when the command is given again with the same --work.
import { trainingFeeds, trainingRows } from './language-world/batches.ts';
import { evaluate } from './language-world/evaluate.ts';
import { initialWeights, trainingModel, weightShapes } from './language-world/model.ts';
import { publish } from './language-world/publish.ts';
import { type Feeds, feedsOfWeights } from './training/fed-weights.ts';
import { readFlags } from './training/flags.ts';
import { trainModel } from './training/train.ts';

const flags = readFlags({
  steps: 4000,
  batch: 64,
  threads: 2,
  seed: 0,
  // From this step on, decisions count so many times.
  focus: 2400,
  weight: 5,
  rate: 2e-3,
  work: 'language-world-work',
  out: 'assets/language-world',
});
const { batch, threads, seed } = flags;
/** Most texts that a row can take: every step begins at a text of its own. */
const TEXTS_PER_ROW = 2;

function feedsOfStep(step: number): Feeds {
  const rows = trainingRows(seed, step * batch * TEXTS_PER_ROW);
  const weight = step < flags.focus ? 1 : flags.weight;
  return trainingFeeds(
    Array.from({ length: batch }, () => rows.next().value),
    weight,
  );
}

const shapes = weightShapes();
const weights = await trainModel(
  {
    shapes,
    initialWeights: () => initialWeights(seed),
    model: trainingModel(),
    feedsOfStep,
    evaluate: (fed) => evaluate(fed, 200, threads),
  },
  { ...flags, saveEvery: 100, evaluateEvery: 250 },
);
const evaluation = await evaluate(feedsOfWeights(weights, shapes), 2000, threads);
process.stdout.write(`held out: ${JSON.stringify(evaluation)}\n`);
await publish(flags.out, weights, evaluation);
process.stdout.write(`written to ${flags.out}\n`);
