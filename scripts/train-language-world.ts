// Trains the small GPT-2 that ships with saev on the embedded language, in TypeScript alone.
// usage: npx tsx scripts/train-language-world.ts [--steps 4000] [--batch 64] [--threads 2] [--work FOLDER] [--seed 0]
// A run that was stopped goes on when the command is given again with the same --work.
import { mkdir } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startProgress } from '../src/base/progress.ts';
import { openSession } from '../src/compute/onnx/session.ts';
import { type Feeds, trainingFeeds, trainingRows } from './language-world/batches.ts';
import { evaluate } from './language-world/evaluate.ts';
import { initialWeights, trainingModel, weightShapes } from './language-world/model.ts';
import { publish } from './language-world/publish.ts';
import { adamStep, rateAt } from './training/adamw.ts';
import { readState, writeState } from './training/state.ts';

const { values: flags } = parseArgs({
  options: {
    steps: { type: 'string', default: '4000' },
    batch: { type: 'string', default: '64' },
    threads: { type: 'string', default: '2' },
    seed: { type: 'string', default: '0' },
    // From this step on, decisions count so many times.
    focus: { type: 'string', default: '2400' },
    weight: { type: 'string', default: '5' },
    rate: { type: 'string', default: '2e-3' },
    work: { type: 'string', default: 'language-world-work' },
    out: { type: 'string', default: 'assets/language-world' },
  },
});
const [steps, batch, threads, seed] = [flags.steps, flags.batch, flags.threads, flags.seed].map(
  Number,
) as [number, number, number, number];
const [focus, decisionWeight] = [Number(flags.focus), Number(flags.weight)];
const schedule = { peak: Number(flags.rate), warmup: 200, steps };
const SAVE_EVERY = 100;
const EVALUATE_EVERY = 250;
/** Most texts that a row can take: every step begins at a text of its own. */
const TEXTS_PER_ROW = 2;

const shapes = weightShapes();
const {
  step: start,
  weights,
  optimizer,
} = await readState(flags.work, shapes, () => initialWeights(seed));
const fed = (): Feeds =>
  new Map([...weights].map(([name, data]) => [name, { data, shape: shapes.get(name)! }]));

function feedsOfStep(step: number): Feeds {
  const rows = trainingRows(seed, step * batch * TEXTS_PER_ROW);
  const weight = step < focus ? 1 : decisionWeight;
  return trainingFeeds(
    Array.from({ length: batch }, () => rows.next().value),
    weight,
  );
}

await mkdir(flags.work, { recursive: true });
const session = await openSession(trainingModel(), { threads });
const progress = startProgress('train', { total: steps, done: start, unit: 'steps' });
let next = feedsOfStep(start);
let smooth = Number.NaN;
let saved = start;
for (let step = start; step < steps; step++) {
  const running = session.run(new Map([...fed(), ...next]));
  // The next texts are written while onnxruntime works on these.
  next = feedsOfStep(step + 1);
  const found = await running;
  const loss = (found.get('loss')!.data as Float32Array)[0]!;
  const gradients = new Map(
    [...shapes.keys()].map((name) => [name, found.get(`d:${name}`)!.data as Float32Array]),
  );
  adamStep(weights, gradients, optimizer, { step, rate: rateAt(step, schedule), decay: 0.05 });
  smooth = Number.isNaN(smooth) ? loss : 0.95 * smooth + 0.05 * loss;
  progress.tick(1, `loss ${smooth.toFixed(4)}`);
  const done = step + 1;
  if (done % SAVE_EVERY === 0 || done === steps) {
    await writeState(flags.work, shapes, { step: done, weights, optimizer }, saved);
    saved = done;
  }
  if (done % EVALUATE_EVERY === 0) {
    const report = await evaluate(fed(), 200, threads);
    process.stdout.write(`step ${done}: ${JSON.stringify(report)}\n`);
  }
}
progress.end();
await session.close();

const evaluation = await evaluate(fed(), 2000, threads);
process.stdout.write(`held out: ${JSON.stringify(evaluation)}\n`);
await publish(flags.out, weights, evaluation);
process.stdout.write(`written to ${flags.out}\n`);
