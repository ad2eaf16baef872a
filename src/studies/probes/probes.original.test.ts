// Heads against torch: 50 steps of AdamW on three of them, and a file that the original wrote.
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { sparseOf } from '../../../test/helpers/probe-rows.ts';
import { openSafetensors } from '../../formats/safetensors.ts';
import type { HeadRates } from './adamw.ts';
import { denseLearner } from './dense-heads.ts';
import { readHead } from './head-files.ts';
import type { LinearHead } from './linear-head.ts';
import { openHeads } from './measure-heads.ts';
import { sparseLearner } from './sparse-heads.ts';

const path = (name: string): string =>
  fileURLToPath(new URL(`../../../fixtures/studies/${name}`, import.meta.url));

const [STEPS, BATCH, D, CLASSES] = [50, 32, 12, 5];

const golden = await openSafetensors(path('probes.safetensors'));
const rates = (JSON.parse(golden.metadata.rates!) as [number, number][]).map(
  ([learningRate, weightDecay]): HeadRates => ({ learningRate, weightDecay }),
);

async function headsOf(when: 'initial' | 'final'): Promise<LinearHead[]> {
  return Promise.all(
    rates.map(async (_, i) => ({
      dIn: D,
      nClasses: CLASSES,
      weight: await golden.readFloat32(`${when}.${i}.weight`),
      bias: await golden.readFloat32(`${when}.${i}.bias`),
    })),
  );
}

/** The labelled rows of a batch. */
async function batches(): Promise<{ values: Float32Array; classes: Int32Array }[]> {
  const x = await golden.readFloat32('x');
  const y = (await golden.read('y')).data as Int32Array;
  return Array.from({ length: STEPS }, (_, step) => {
    const rows = Array.from({ length: BATCH }, (_, i) => step * BATCH + i).filter(
      (row) => y[row]! >= 0,
    );
    return {
      values: Float32Array.from(rows.flatMap((row) => [...x.subarray(row * D, (row + 1) * D)])),
      classes: Int32Array.from(rows, (row) => y[row]!),
    };
  });
}

function furthest(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

it.each(['dense', 'sparse'])("makes torch's 50 steps of AdamW on %s rows", async (kind) => {
  const initial = await headsOf('initial');
  const learner =
    kind === 'dense' ? await denseLearner(initial, rates) : sparseLearner(initial, rates);
  const losses = await golden.readFloat32('losses');
  const accuracies = await golden.readFloat32('accuracies');
  for (const [step, { values, classes }] of (await batches()).entries()) {
    const rows = { columns: D, values };
    const sums = await learner.step(kind === 'dense' ? rows : sparseOf(rows), classes);
    rates.forEach((_, head) => {
      const at = step * rates.length + head;
      expect(sums.loss[head]! / classes.length).toBeCloseTo(losses[at]!, 5);
      expect(sums.correct[head]! / classes.length).toBeCloseTo(accuracies[at]!, 6);
    });
  }
  const final = await headsOf('final');
  learner.heads().forEach((head, i) => {
    expect(furthest(head.weight, final[i]!.weight)).toBeLessThan(1e-6);
    expect(furthest(head.bias, final[i]!.bias)).toBeLessThan(1e-6);
  });
});

it('reads the head that the original wrote, and gives its logits', async () => {
  const head = await readHead(path('head.pt'));
  const [final] = await headsOf('final');
  expect(head).toEqual(final);
  const scores = await openHeads([head]);
  const values = (await golden.readFloat32('x')).subarray(0, BATCH * D);
  const logits = await scores.logits({ columns: D, values });
  expect(furthest(logits, await golden.readFloat32('logits'))).toBeLessThan(1e-5);
});
