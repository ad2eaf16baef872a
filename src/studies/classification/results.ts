// What a training or an evaluation of heads writes: tables, charts and a report.
import { join } from 'node:path';
import { writeFileAtomic, writeJsonAtomic } from '../../base/files.ts';
import { csvText } from '../../formats/csv.ts';
import { svgToPng } from '../../pages/svg.ts';
import type { LatentDifference } from '../probes/strongest-latents.ts';
import { sweepChart } from '../probes/sweep-chart.ts';
import { confusionChart } from './confusion-chart.ts';
import type { MeasuredHead } from './measured-head.ts';

/** What was measured. */
export interface ClassificationResult {
  readonly classes: readonly string[];
  /** Heads that read all there is, in the order of their rates. */
  readonly heads: readonly MeasuredHead[];
  readonly best: MeasuredHead;
  /** Heads that read a few latents a class; in training the best of each number. */
  readonly sparse: readonly SparseResult[];
  /** Folder of the tables. */
  readonly folder: string;
}

/** A head whose classes read a few latents each. */
export interface SparseResult extends MeasuredHead {
  readonly kLatents: number;
  /** By class, with the mean difference that chose each; where it was trained, not where it is evaluated. */
  readonly latents?: readonly (readonly LatentDifference[])[];
}

/** Write `results.csv`, the confusion matrix of the best head, the charts, and `report.json` that says all of it. */
export async function writeResults(result: ClassificationResult): Promise<void> {
  const { classes, heads, best, sparse, folder } = result;
  const write = (name: string, data: string | Uint8Array): Promise<void> =>
    writeFileAtomic(join(folder, name), data);
  const shares = ({ learningRate, weightDecay, train, val }: MeasuredHead) => [
    learningRate,
    weightDecay,
    train?.accuracy,
    val.accuracy,
  ];
  const columns = ['learning_rate', 'weight_decay', 'train_acc', 'val_acc'];
  await write('results.csv', csvText(columns, heads.map(shares)));
  if (sparse.length > 0) {
    const rows = sparse.map((head) => [head.kLatents, ...shares(head)]);
    await write('k-latents.csv', csvText(['k_latents', ...columns], rows));
  }
  await write('confusion.csv', confusionTable(best.val.confusion, classes));
  const figures = {
    'hparam-sweeps': await sweepChart(heads.length > 0 ? heads : sparse, {
      best,
      bestBy: 'best on validation',
      measures: [
        { title: 'training accuracy', of: ({ train }) => train?.accuracy },
        { title: 'validation accuracy', of: ({ val }) => val.accuracy },
      ],
    }),
    confusion: await confusionChart(best.val.confusion, classes),
  };
  for (const [name, svg] of Object.entries(figures)) {
    await write(`${name}.svg`, svg);
    await write(`${name}.png`, await svgToPng(svg));
  }
  await writeJsonAtomic(join(folder, 'report.json'), reportOf(result));
}

/** The result as JSON, without the confusion matrices. */
export function reportOf({ classes, heads, best, sparse }: ClassificationResult): object {
  const line = (head: MeasuredHead) => ({
    learningRate: head.learningRate,
    weightDecay: head.weightDecay,
    path: head.path,
    trainAccuracy: head.train?.accuracy,
    trainLoss: head.train?.loss,
    valAccuracy: head.val.accuracy,
    valLoss: head.val.loss,
  });
  return {
    classes,
    nTrain: best.train?.count,
    nVal: best.val.count,
    best: best.path,
    chance: commonest(best.val.confusion, classes.length),
    heads: heads.map((head) => line(head)),
    sparse: sparse.map(({ latents, ...head }) => ({
      kLatents: head.kLatents,
      ...line(head),
      latents: latents && Object.fromEntries(classes.map((name, i) => [name, latents[i]])),
    })),
  };
}

/** Share of the commonest class: what a guess without looking gets right. */
function commonest(confusion: Float64Array, n: number): number {
  const totals = Array.from({ length: n }, (_, row) =>
    confusion.subarray(row * n, (row + 1) * n).reduce((sum, count) => sum + count, 0),
  );
  return Math.max(...totals) / totals.reduce((sum, count) => sum + count, 0);
}

function confusionTable(confusion: Float64Array, classes: readonly string[]): string {
  const n = classes.length;
  return csvText(
    ['true class', ...classes],
    classes.map((name, row) => [name, ...confusion.subarray(row * n, (row + 1) * n)]),
  );
}
