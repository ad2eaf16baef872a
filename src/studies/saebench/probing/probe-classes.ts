// Probes of each class of a task: on all columns, and on the few that differ most.
import type { TorchRandom } from '../../../base/python-random/torch-random.ts';
import { denseExamples, sparseExamples } from './example-rows.ts';
import type { LabelledTexts } from './labelled-texts.ts';
import { fitLogistic, logitOf } from './logistic-regression.ts';
import type { MeanRows } from './mean-rows.ts';
import { type ClassRows, columnsThatDiffer, drawProbeData, type ProbeData } from './probe-data.ts';
import { wholeProbeAccuracy } from './whole-probe.ts';

/** Rows of a task's classes. */
interface TaskRows {
  readonly classes: readonly string[];
  readonly train: ClassRows;
  readonly test: ClassRows;
}

/** Share of the test examples that are told right, by class. */
export type AccuracyByClass = Readonly<Record<string, number>>;

/** Accuracies of a task by what was probed: `sae_top_1_test_accuracy`. */
export type TaskAccuracies = Readonly<Record<string, AccuracyByClass>>;

/** Probe a task: the model first, then the coder, all columns before few, as the original draws its numbers. */
export function accuraciesOf(
  { train, test }: Pick<LabelledTexts, 'train' | 'test'>,
  rows: Readonly<Record<'train' | 'test', MeanRows>>,
  { random, kValues }: { readonly random: TorchRandom; readonly kValues: readonly number[] },
): TaskAccuracies {
  const classes = [...train.keys()];
  const nClasses = classes.length;
  const perClass = { train: [...train.values()][0]!.length, test: [...test.values()][0]!.length };
  const task = (kind: 'llm' | 'sae'): TaskRows => {
    const part = (name: 'train' | 'test') => ({
      rows:
        kind === 'llm'
          ? denseExamples(rows[name].acts, rows[name].width)
          : sparseExamples(rows[name].codes),
      perClass: perClass[name],
      nClasses,
    });
    return { classes, train: part('train'), test: part('test') };
  };
  const found: Record<string, AccuracyByClass> = {};
  for (const kind of ['llm', 'sae'] as const) {
    const own = task(kind);
    found[`${kind}_test_accuracy`] = probeAllColumns(own, random);
    for (const k of kValues) found[`${kind}_top_${k}_test_accuracy`] = probeColumns(own, k, random);
  }
  return found;
}

/** Train a probe on all columns for each class. */
function probeAllColumns(task: TaskRows, random: TorchRandom): AccuracyByClass {
  return eachClass(task, random, (train, test) => wholeProbeAccuracy(train, test, random));
}

/** Train a probe on `k` columns for each class. */
function probeColumns(task: TaskRows, k: number, random: TorchRandom): AccuracyByClass {
  return eachClass(task, random, (train, test) => fewColumnsAccuracy(train, test, k));
}

function eachClass(
  { classes, train, test }: TaskRows,
  random: TorchRandom,
  accuracy: (train: ProbeData, test: ProbeData) => number,
): AccuracyByClass {
  const found: [string, number][] = [];
  for (const [own, name] of classes.entries()) {
    const learnt = drawProbeData(train, own, random);
    const measured = drawProbeData(test, own, random);
    found.push([name, accuracy(learnt, measured)]);
  }
  return Object.fromEntries(found);
}

/** Choose columns and fit a probe to them, and measure it. */
function fewColumnsAccuracy(train: ProbeData, test: ProbeData, k: number): number {
  const columns = columnsThatDiffer(train, k);
  const probe = fitLogistic(gathered(train, columns), train.labels, columns.length);
  const rows = gathered(test, columns);
  const right = test.labels.filter((label, i) => {
    const row = rows.subarray(i * columns.length, (i + 1) * columns.length);
    return logitOf(probe, row) > 0 === label;
  });
  return right.length / test.labels.length;
}

/** Columns of chosen rows: `[rows, columns]`. */
export function gathered({ rows, chosen }: ProbeData, columns: Uint32Array): Float64Array {
  const out = new Float64Array(chosen.length * columns.length);
  chosen.forEach((row, i) => {
    columns.forEach((column, j) => {
      out[i * columns.length + j] = rows.at(row, column);
    });
  });
  return out;
}
