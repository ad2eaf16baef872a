// Texts of classes, as many of each as a probe learns from and is measured on, chosen as SAEBench chooses them.
import { basename, join, relative } from 'node:path';
import { UserError } from '../../../base/errors.ts';
import { kindOfPath } from '../../../base/files.ts';
import { pythonRandom } from '../../../base/python-random/mersenne-twister.ts';
import { randomStatePermutation } from '../../../base/python-random/random-state.ts';
import { number } from '../../../base/text.ts';
import { marksSplit } from '../../../data/datasets/parquet-splits.ts';
import { filesBelow } from '../../../data/files/tree.ts';
import { compareCodePoints } from '../../../formats/python/python-json.ts';
import { LAYOUTS, type Task } from './layouts.ts';
import { RECORD_ENDINGS, type RecordFile, recordFile } from './records.ts';

/** What of data sets is read. */
export interface LabelledTextOptions {
  readonly textColumn?: string | undefined;
  readonly labelColumn?: string | undefined;
  readonly balanceColumn?: string | undefined;
  /** Classes to tell apart; those of the layout, else all, when empty. */
  readonly classes: readonly string[];
  /** Texts for a probe, half of them of its class. */
  readonly trainSize: number;
  readonly testSize: number;
  readonly seed: number;
}

/** A task: texts of its classes, in the order of classes. */
export interface LabelledTexts {
  readonly name: string;
  readonly train: ReadonlyMap<string, readonly string[]>;
  readonly test: ReadonlyMap<string, readonly string[]>;
}

/**
 * Open a data set on this disk, a file or a folder, and choose the texts of its tasks. Files that mark a split are learnt from
 * or measured on; of files that mark none, each class is shuffled and divided.
 * @throws {UserError} for a data set that is missing, has no labels, one class, or too few rows.
 */
export async function labelledTexts(
  path: string,
  options: LabelledTextOptions,
): Promise<LabelledTexts[]> {
  const files = await filesOf(path);
  const [first] = files;
  const columns = await first!.columns();
  const { text, tasks } = tasksOf(path, columns, options);
  const parts = partsOf(path, files);
  const found: LabelledTexts[] = [];
  for (const task of tasks) {
    const name = `${basename(path).replace(/\.\w+(\.(gz|zst))?$/, '')}${task.suffix}`;
    const chosen =
      parts === undefined
        ? await divided(files, { name, text, task }, options)
        : {
            train: await sampled(parts.train, { name, text, task, part: 'train' }, options),
            test: await sampled(parts.test, { name, text, task, part: 'test' }, options),
          };
    found.push({ name, ...chosen });
  }
  return found;
}

async function filesOf(path: string): Promise<RecordFile[]> {
  const kind = await kindOfPath(path);
  if (kind === 'nothing') throw new UserError(`missing data set: '${path}'`);
  const names = kind === 'folder' ? (await filesBelow(path)).sort(compareCodePoints) : [''];
  const visible = names.filter((name) => !name.split('/').some((part) => part.startsWith('.')));
  const files = visible.flatMap((name) => recordFile(name === '' ? path : join(path, name)) ?? []);
  // What describes a data set of tables is JSON, too.
  const isJson = ({ path: file }: RecordFile): boolean => file.endsWith('.json');
  const tables = files.filter((file) => !isJson(file));
  if (files.length > 0) return tables.length > 0 ? tables : files;
  throw new UserError(`missing data set: '${path}' holds no table`, {
    hint: `tables are ${RECORD_ENDINGS}`,
  });
}

function tasksOf(
  path: string,
  columns: readonly string[],
  { textColumn, labelColumn, balanceColumn, classes }: LabelledTextOptions,
): { readonly text: string; readonly tasks: readonly Task[] } {
  const layout = LAYOUTS.find((each) => each.columns.every((name) => columns.includes(name)));
  const text = textColumn ?? layout?.text;
  const own = classes.length === 0 ? {} : { classes };
  const ofLayout =
    classes.length === 0
      ? layout?.tasks
      : layout?.tasks.slice(0, 1).map((task) => ({ ...task, suffix: '', classes }));
  const tasks: readonly Task[] | undefined =
    labelColumn === undefined ? ofLayout : [{ suffix: '', label: labelColumn, ...own }];
  const there = `its columns: ${columns.join(', ') || 'none'}`;
  if (text === undefined || tasks === undefined) {
    const what = tasks === undefined ? 'labels' : 'texts';
    throw new UserError(`invalid data set: '${path}' has no column of ${what}`, {
      hint: `${there}; name columns with --text-column and --label-column`,
    });
  }
  const balanced = tasks.map((task) => ({
    ...task,
    ...(balanceColumn !== undefined && { balance: balanceColumn }),
  }));
  for (const name of [
    text,
    ...balanced.flatMap(({ label, balance }) => [label, ...(balance ? [balance] : [])]),
  ]) {
    if (!columns.includes(name))
      throw new UserError(`invalid data set: '${path}' has no column '${name}'`, { hint: there });
  }
  return { text, tasks: balanced };
}

/** Files to learn from and to measure on, by their names below the data set; undefined where none marks a split. */
function partsOf(
  root: string,
  files: readonly RecordFile[],
): { readonly train: RecordFile[]; readonly test: RecordFile[] } | undefined {
  const marked = (split: string): RecordFile[] =>
    files.filter(({ path }) => marksSplit(relative(root, path).replaceAll('\\', '/'), split));
  const train = marked('train');
  const test = marked('test').length > 0 ? marked('test') : marked('validation');
  return train.length > 0 && test.length > 0 ? { train, test } : undefined;
}

interface Reading {
  readonly name: string;
  readonly text: string;
  readonly task: Task;
}

/** Numbers of the rows of each class, by the value of the column that is balanced. */
type RowsOfClasses = ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>;

async function rowsOfClasses(
  files: readonly RecordFile[],
  { name, text, task }: Reading,
): Promise<RowsOfClasses> {
  const { label, balance } = task;
  const found = new Map<string, Map<string, number[]>>();
  let row = -1;
  const columns = [text, label, ...(balance === undefined ? [] : [balance])];
  for await (const record of recordsOf(files, columns)) {
    row++;
    const value = record[label];
    if (value === null || value === undefined || value === '') continue;
    if (typeof record[text] !== 'string' || record[text].trim() === '') continue;
    const ofClass = found.get(String(value)) ?? new Map<string, number[]>();
    found.set(String(value), ofClass);
    const group = balance === undefined ? '' : String(record[balance]);
    const rows = ofClass.get(group);
    if (rows === undefined) ofClass.set(group, [row]);
    else rows.push(row);
  }
  const wanted = task.classes ?? [...found.keys()].sort(byNumberOrText);
  const missing = wanted.find((each) => !found.has(each));
  if (missing !== undefined) {
    throw new UserError(`missing class '${missing}' in '${name}'`, {
      hint: `it has ${[...found.keys()].sort(byNumberOrText).slice(0, 20).join(', ') || 'none'}; --classes names others`,
    });
  }
  if (wanted.length < 2) {
    throw new UserError(
      `too few classes: '${name}' has ${wanted.length === 0 ? 'no labels' : `only '${wanted[0]}'`} in column '${label}'`,
      { hint: 'a probe tells one class from others' },
    );
  }
  return new Map(wanted.map((each) => [each, found.get(each)!]));
}

/** Take rows of each class as `sample` of pandas does, equally many of each value that is balanced. */
async function sampled(
  files: readonly RecordFile[],
  reading: Reading & { readonly part: 'train' | 'test' },
  { trainSize, testSize, seed }: LabelledTextOptions,
): Promise<Map<string, string[]>> {
  const { name, part, task } = reading;
  const size = part === 'train' ? trainSize : testSize;
  const perClass = Math.floor(size / 2);
  const chosen = new Map<string, number[]>();
  for (const [label, groups] of await rowsOfClasses(files, reading)) {
    const perGroup = task.balance === undefined ? perClass : Math.floor(size / 4);
    if (task.balance !== undefined && groups.size !== 2) {
      throw new UserError(
        `class '${label}' of '${name}' has ${groups.size} values of '${task.balance}', not two`,
        { hint: 'leave the class out with --classes' },
      );
    }
    const rows = [...groups]
      .sort(([a], [b]) => byNumberOrText(a, b))
      .flatMap(([group, of]) => {
        if (of.length < perGroup) {
          const what = task.balance === undefined ? '' : ` with ${task.balance} ${group}`;
          throw tooFew({
            name,
            label: `${label}'${what}`,
            part,
            there: of.length,
            wanted: perGroup,
          });
        }
        return Array.from(
          randomStatePermutation(of.length, seed).subarray(0, perGroup),
          (i) => of[i]!,
        );
      });
    chosen.set(label, rows);
  }
  return textsAt(files, reading.text, chosen);
}

/** Shuffle the rows of each class as Python does, and take the first to learn from and those behind to measure on. */
async function divided(
  files: readonly RecordFile[],
  reading: Reading,
  { trainSize, testSize, seed }: LabelledTextOptions,
): Promise<Pick<LabelledTexts, 'train' | 'test'>> {
  const [nTrain, nTest] = [Math.floor(trainSize / 2), Math.floor(testSize / 2)];
  const random = pythonRandom(seed);
  const chosen = new Map<string, number[]>();
  for (const [label, groups] of await rowsOfClasses(files, reading)) {
    const rows = [...groups.values()].flat().sort((a, b) => a - b);
    if (rows.length < nTrain + nTest) {
      const { name } = reading;
      throw tooFew({
        name,
        label: `${label}'`,
        part: undefined,
        there: rows.length,
        wanted: nTrain + nTest,
      });
    }
    chosen.set(label, random.shuffle(rows).slice(0, nTrain + nTest));
  }
  const texts = await textsAt(files, reading.text, chosen);
  const part = (from: number, to?: number): Map<string, string[]> =>
    new Map([...texts].map(([label, all]) => [label, all.slice(from, to)]));
  return { train: part(0, nTrain), test: part(nTrain) };
}

function tooFew(found: {
  name: string;
  label: string;
  part: 'train' | 'test' | undefined;
  there: number;
  wanted: number;
}): UserError {
  const { name, label, part, there, wanted } = found;
  const kind = part === undefined ? 'texts' : part === 'train' ? 'training texts' : 'test texts';
  return new UserError(
    `too few texts: '${name}' has ${number(there)} ${kind} of class '${label}, not ${number(wanted)}`,
    {
      hint: 'ask for fewer with --probe-train-set-size and --probe-test-set-size, or leave the class out with --classes',
    },
  );
}

async function textsAt(
  files: readonly RecordFile[],
  column: string,
  chosen: ReadonlyMap<string, readonly number[]>,
): Promise<Map<string, string[]>> {
  const places = new Map<number, { label: string; at: number }>();
  for (const [label, rows] of chosen)
    rows.forEach((row, at) => void places.set(row, { label, at }));
  const texts = new Map(
    [...chosen].map(([label, rows]) => [label, new Array<string>(rows.length)]),
  );
  let row = -1;
  for await (const record of recordsOf(files, [column])) {
    const place = places.get(++row);
    if (place !== undefined) texts.get(place.label)![place.at] = record[column] as string;
  }
  return texts;
}

async function* recordsOf(
  files: readonly RecordFile[],
  columns: readonly string[],
): AsyncGenerator<Readonly<Record<string, unknown>>, void> {
  for (const file of files) yield* file.rows(columns);
}

function byNumberOrText(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  return Number.isNaN(x) || Number.isNaN(y) ? compareCodePoints(a, b) : x - y;
}
