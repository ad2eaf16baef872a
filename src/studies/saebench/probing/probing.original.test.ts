// Sparse probing against SAEBench's own functions (fixtures/saebench/make.py): the rows that its readers choose, what its probes
// learn from, the probes that scikit-learn fits, and the accuracies of a whole run.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LanguageWorkshop, languageWorkshop } from '../../../../test/helpers/language.ts';
import { type BenchFixture, benchFixture } from '../../../../test/helpers/saebench.ts';
import { torchRandom } from '../../../base/python-random/torch-random.ts';
import { denseExamples } from './example-rows.ts';
import { labelledTexts } from './labelled-texts.ts';
import { fitLogistic } from './logistic-regression.ts';
import { meanRows } from './mean-rows.ts';
import { accuraciesOf, gathered } from './probe-classes.ts';
import { columnsThatDiffer, drawProbeData, type ProbeData } from './probe-data.ts';
import { wholeProbeAccuracy } from './whole-probe.ts';

let workshop: LanguageWorkshop;
let fixture: BenchFixture;
let golden: {
  rows: number[];
  labels: number[];
  probes: { k: number; columns: number[]; weights: number[]; bias: number; accuracy: number }[];
  wholeAccuracy: number;
  news: { text: string[]; label: number[] };
  newsChosen: Record<string, string[]>;
  bios: { hard_text: string[]; profession: number[]; gender: number[] };
  biosChosen: Record<string, string[]>;
};

beforeAll(async () => {
  workshop = await languageWorkshop();
  fixture = await benchFixture();
  golden = JSON.parse(await readFile('fixtures/saebench/choices.json', 'utf8'));
});
afterAll(async () => {
  await fixture.close();
  await workshop.close();
});

const OPTIONS = { classes: [], trainSize: 40, testSize: 8, seed: 42 };

it('chooses the rows that SAEBench chooses', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'saev-rows-'));
  const lines = (table: Record<string, unknown[]>): string =>
    Object.values(table)[0]!
      .map((_, i) =>
        JSON.stringify(Object.fromEntries(Object.entries(table).map(([k, v]) => [k, v[i]]))),
      )
      .join('\n');
  const chosenOf = async (name: 'news' | 'bios', changes: object): Promise<object> => {
    await mkdir(join(folder, name));
    for (const part of ['train', 'test'])
      await writeFile(join(folder, name, `${part}.jsonl`), lines(golden[name]));
    const [task] = await labelledTexts(join(folder, name), { ...OPTIONS, ...changes });
    return Object.fromEntries(task!.train);
  };
  expect(await chosenOf('news', { classes: ['0', '1'] })).toEqual(golden.newsChosen);
  const all = Object.keys(golden.biosChosen).sort();
  expect(await chosenOf('bios', { classes: all, trainSize: 24 })).toEqual(golden.biosChosen);
  await rm(folder, { recursive: true });
});

it('draws what a probe learns from', () => {
  const numbers = Float32Array.from({ length: 180 }, (_, i) => i);
  const classes = { rows: denseExamples(numbers, 1), perClass: 60, nClasses: 3 };
  const { chosen, labels } = drawProbeData(classes, 1, torchRandom(42));
  const named = Array.from(chosen, (row) => 1000 * Math.floor(row / 60) + (row % 60));
  expect(named).toEqual(golden.rows);
  expect(labels.map(Number)).toEqual(golden.labels);
});

async function probeData(name: string): Promise<ProbeData> {
  const { data, width } = await fixture.floats(`probe.${name}acts`);
  const labels = (await fixture.floats(`probe.${name}labels`)).data;
  return {
    rows: denseExamples(data, width),
    chosen: Uint32Array.from(labels, (_, i) => i),
    labels: Array.from(labels, (label) => label === 1),
  };
}

it('fits the probes that scikit-learn fits', async () => {
  const train = await probeData('');
  for (const { k, columns, weights, bias } of golden.probes) {
    const chosen = columnsThatDiffer(train, k);
    expect([...chosen]).toEqual(columns);
    const probe = fitLogistic(gathered(train, chosen), train.labels, k);
    // Its solver stops where the mean gradient is below 1e-4.
    weights.forEach((weight, i) => void expect(probe.weights[i]).toBeCloseTo(weight, 2));
    expect(probe.bias).toBeCloseTo(bias, 1);
  }
});

it('trains a probe on all columns as torch does', async () => {
  const random = torchRandom(42);
  const classes = { rows: denseExamples(new Float32Array(0), 1), nClasses: 3 };
  drawProbeData({ ...classes, perClass: 60 }, 1, random);
  drawProbeData({ ...classes, perClass: 30 }, 1, random);
  const [train, test] = [await probeData(''), await probeData('test_')];
  const again = torchRandom(42);
  const options = { batchSize: 25, epochs: 100, learningRate: 1e-2, patience: 10 };
  expect(wholeProbeAccuracy(train, test, again, options)).toBeCloseTo(golden.wholeAccuracy, 6);
});

it('has the accuracies of a whole run', async () => {
  const backbone = await workshop.open('gpt2', { processing: false });
  const coder = await fixture.coder('relu');
  const classes = ['a', 'b', 'c'];
  const rowsOf = async (part: 'train' | 'test') => {
    const texts: Int32Array[] = [];
    for (const name of classes) texts.push(...(await fixture.rows(`probing.${part}.${name}`)));
    const isIgnored = (token: number): boolean => token === 0;
    const [rows] = await meanRows([coder], texts, { backbone, batchSize: 16, isIgnored });
    return rows!;
  };
  const rows = { train: await rowsOf('train'), test: await rowsOf('test') };
  const named = (n: number) =>
    new Map(classes.map((name) => [name, new Array<string>(n).fill('')]));
  const found = accuraciesOf({ train: named(60), test: named(30) }, rows, {
    random: torchRandom(42),
    kValues: [1, 2, 5],
  });
  const expected = JSON.parse(await readFile('fixtures/saebench/sparse_probing.json', 'utf8'));
  const own = expected.eval_result_unstructured.letters_results as Record<
    string,
    Record<string, number>
  >;
  for (const [name, accuracies] of Object.entries(own)) {
    for (const [label, accuracy] of Object.entries(accuracies))
      expect(found[name]![label], `${name} of ${label}`).toBeCloseTo(accuracy, 5);
  }
});
