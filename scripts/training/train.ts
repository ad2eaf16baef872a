// The loop that trains a small model whose graph gives its loss and its gradients.
import { makeFolder } from '../../src/base/folders.ts';
import { startProgress } from '../../src/base/progress.ts';
import { openSession } from '../../src/compute/onnx/session.ts';
import { adamStep, rateAt } from './adamw.ts';
import { type Feeds, feedsOfWeights, type Shapes } from './fed-weights.ts';
import { readState, writeState } from './state.ts';

/** A model and what it is trained on. */
export interface Task {
  readonly shapes: Shapes;
  /** The weights at the beginning. */
  readonly initialWeights: () => Map<string, Float32Array>;
  /** The graph: outputs `loss`, and `d:<weight>`, its gradient, for each weight. */
  readonly model: Uint8Array;
  /** What the graph is fed at a step, beside the weights. */
  readonly feedsOfStep: (step: number) => Feeds;
  /** Measure weights on examples that training never sees. */
  readonly evaluate: (weights: Feeds) => Promise<unknown>;
}

export interface TrainingOptions {
  readonly steps: number;
  /** Highest learning rate, reached after 200 steps. */
  readonly rate: number;
  readonly threads: number;
  /** Folder of the state: a training that was stopped goes on from there. */
  readonly work: string;
  /** Steps from one state, and from one evaluation, to the next. */
  readonly saveEvery: number;
  readonly evaluateEvery: number;
}

/** Train a model with AdamW and return its weights. */
export async function trainModel(
  { shapes, initialWeights, model, feedsOfStep, evaluate }: Task,
  { steps, rate, threads, work, saveEvery, evaluateEvery }: TrainingOptions,
): Promise<Map<string, Float32Array>> {
  await makeFolder(work);
  const { step: start, weights, optimizer } = await readState(work, shapes, initialWeights);
  const schedule = { peak: rate, warmup: 200, steps };
  const session = await openSession(model, { threads });
  const progress = startProgress('train', { total: steps, done: start, unit: 'steps' });
  let next = feedsOfStep(start);
  let smooth = Number.NaN;
  let saved = start;
  for (let step = start; step < steps; step++) {
    const running = session.run(new Map([...feedsOfWeights(weights, shapes), ...next]));
    // The next examples are made while onnxruntime works on these.
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
    if (done % saveEvery === 0 || done === steps) {
      await writeState(work, shapes, { step: done, weights, optimizer }, saved);
      saved = done;
    }
    if (done % evaluateEvery === 0) {
      const report = await evaluate(feedsOfWeights(weights, shapes));
      process.stdout.write(`step ${done}: ${JSON.stringify(report)}\n`);
    }
  }
  progress.end();
  await session.close();
  return weights;
}
