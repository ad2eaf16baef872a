// saev saebench sparse-probing from the disk: what is written, how data sets lie there, what is refused.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { benchFixture } from '../../../../test/helpers/saebench.ts';
import { LETTERS, TINY_MODEL } from '../../../../test/helpers/text-activations.ts';
import { writeCheckpoint } from '../../../sae/checkpoints/registry.ts';
import { SaebenchProbingConfig, type SaebenchProbingConfigInput } from '../config.ts';
import type { SparseProbingMetrics } from '../results/schemas.ts';
import { benchSparseProbing } from './bench-probing.ts';
import { labelledTexts } from './labelled-texts.ts';

let folder: string;

/** A line of some letters for each row of a class: those of one class never stand in the other. */
function rows(label: string, count: number): { text: string; label: string }[] {
  const letters = label === 'late' ? 'nopqrstuv' : 'abcdefghi';
  return Array.from({ length: count }, (_, i) => ({
    text: Array.from({ length: 8 }, (_, j) => letters[(i * 5 + j * j + i * j) % 9]).join(''),
    label,
  }));
}

async function put(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

const jsonl = (records: readonly object[]): string =>
  records.map((r) => JSON.stringify(r)).join('\n');
const csv = (records: readonly { text: string; label: string }[]): string =>
  `label,text\n${records.map(({ text, label }) => `${label},"${text}"`).join('\n')}\n`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-probing-'));
  const fixture = await benchFixture();
  for (const name of ['relu', 'topk'] as const)
    await writeCheckpoint(await fixture.read(name), join(folder, name));
  await fixture.close();
});
afterAll(() => rm(folder, { recursive: true }));

function bench(data: readonly string[], changes: SaebenchProbingConfigInput | object = {}) {
  return benchSparseProbing(
    SaebenchProbingConfig.parse({
      coders: ['relu', 'topk'].map((name) => join(folder, name)),
      data,
      model: TINY_MODEL,
      tokenizer: LETTERS,
      processing: false,
      contextLength: 12,
      probeTrainSetSize: 40,
      probeTestSetSize: 20,
      kValues: [1, 20],
      outputFolder: join(folder, 'results'),
      threads: 1,
      ...changes,
    }),
  );
}

it('writes what the published schema asks for, for data sets in parts and in one file', async () => {
  const both = (count: number) => [...rows('early', count), ...rows('late', count)];
  // As the hub lays its copies out, too: a folder for each part.
  await put('letters/default/train/0000.jsonl', jsonl(both(25)));
  await put('letters/default/test/0000.jsonl', jsonl(both(12)));
  await put('letters/dataset_infos.json', '{}');
  const one = await put('one.csv', csv(both(30)));
  const [relu, topk] = await bench([join(folder, 'letters'), one]);
  const schemas = JSON.parse(await readFile('fixtures/saebench/schemas.json', 'utf8'));
  for (const { file } of [relu!, topk!])
    z.fromJSONSchema(schemas.sparse_probing).parse(JSON.parse(await readFile(file, 'utf8')));
  expect(relu!.result).toMatchObject({
    eval_config: { dataset_names: ['letters', 'one'], k_values: [1, 20] },
    eval_result_metrics: { llm: { llm_top_2_test_accuracy: null } },
    eval_result_details: [{ dataset_name: 'letters_results' }, { dataset_name: 'one_results' }],
  });
  const { llm } = relu!.result.eval_result_metrics as SparseProbingMetrics;
  expect(llm.llm_test_accuracy).toBeGreaterThan(0.8);
  expect(topk!.result.eval_result_metrics).not.toEqual(relu!.result.eval_result_metrics);
  const table = await readFile(join(folder, 'results/sparse_probing/sparse_probing.csv'), 'utf8');
  expect(table).toMatch(
    /^coder,coder top 1,coder top 20,coder all,model top 1,model top 20,model all\n/,
  );
});

it('divides a file without parts, so that no text is in both', async () => {
  const records = Array.from({ length: 60 }, (_, i) => ({ text: `t${i}`, label: String(i % 2) }));
  const path = await put('plain.jsonl', jsonl(records));
  const [task] = await labelledTexts(path, { classes: [], trainSize: 40, testSize: 20, seed: 1 });
  const all = [...task!.train.values(), ...task!.test.values()].flat();
  expect(new Set(all).size).toBe(60);
  expect([...task!.test.get('1')!].every((text) => Number(text.slice(1)) % 2 === 1)).toBe(true);
});

it('refuses in one sentence', async () => {
  const none = await put('none.jsonl', jsonl([{ text: 'a', mood: 'b' }]));
  await expect(bench([none])).rejects.toThrow('has no column of labels');
  const single = await put('single.jsonl', jsonl(rows('early', 60)));
  await expect(bench([single])).rejects.toThrow("too few classes: 'single' has only 'early'");
  const empty = await put('empty.jsonl', jsonl([{ text: 'a', label: null }]));
  await expect(bench([empty])).rejects.toThrow('has no labels');
  const few = await put('few.jsonl', jsonl([...rows('early', 29), ...rows('late', 40)]));
  await expect(bench([few])).rejects.toThrow("'few' has 29 texts of class 'early', not 30");
  await expect(bench([few], { classes: ['never', 'late'] })).rejects.toThrow(
    "missing class 'never'",
  );
  await expect(bench([few], { labelColumn: 'mood' })).rejects.toThrow("has no column 'mood'");
  await expect(bench([join(folder, 'nowhere')])).rejects.toThrow('missing data set');
  await expect(bench([await put('a.xls', '')])).rejects.toThrow('holds no table');
  await expect(bench([await put('broken.jsonl', '{')])).rejects.toThrow('is not JSON');
  expect(() => SaebenchProbingConfig.parse({ data: ['x'], kValues: [3] })).toThrow(
    'places for 1, 2, 5',
  );
});
