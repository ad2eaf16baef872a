// Damaged files, one after the other, to every reader: a refusal in a sentence is good, and so is reading what can be read.
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describeError, UserError } from '../../src/base/errors.ts';
import { Random } from '../../src/base/random.ts';
import { BadImageError } from '../../src/data/images/decode.ts';
import { mutate } from './mutate.ts';
import type { Reader } from './readers.ts';

/** Longest that a reader may take for a small file, in milliseconds. */
const LONGEST = 10_000;
/** Bytes that a reader may take beside four times its file. */
const ROOM = 200 * 2 ** 20;

/** What came of one damaged file. */
export interface Case {
  readonly reader: string;
  readonly number: number;
  readonly result: 'read' | 'refused' | 'bad';
  /** Why it is bad. */
  readonly about?: string;
}

/** Give damaged file `number` of a seed to a reader; `folder` is its own. */
export async function tryDamage(
  reader: Reader,
  number: number,
  { seed, shared, folder }: { seed: number; shared: string; folder: string },
): Promise<Case> {
  const random = new Random(seed, `${reader.name} ${number}`);
  const seeds = reader.seeds(shared);
  const from = seeds[random.int(seeds.length)]!;
  const path = join(folder, basename(from));
  await mkdir(folder, { recursive: true });
  try {
    await cp(from, path, { recursive: true });
    const file = await chooseFile(path, random);
    await writeFile(file, mutate(await readFile(file), random));
    return { reader: reader.name, number, ...(await watch(reader, path)) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function chooseFile(path: string, random: Random): Promise<string> {
  if ((await stat(path)).isFile()) return path;
  const files: string[] = [];
  for (const name of (await readdir(path, { recursive: true })).sort()) {
    if ((await stat(join(path, name))).isFile()) files.push(join(path, name));
  }
  return files[random.int(files.length)]!;
}

async function watch(reader: Reader, path: string): Promise<Pick<Case, 'result' | 'about'>> {
  const size = (await stat(path)).size;
  const before = process.memoryUsage().rss;
  const start = performance.now();
  let result: Case['result'] = 'read';
  try {
    await reader.read(path);
  } catch (error) {
    const isRefusal = error instanceof UserError || error instanceof BadImageError;
    if (!isRefusal) return { result: 'bad', about: stackOf(error) };
    const text = describeError(error);
    if (text.length > 2000)
      return { result: 'bad', about: `a message of ${text.length} characters` };
    result = 'refused';
  }
  const ms = performance.now() - start;
  if (ms > LONGEST) return { result: 'bad', about: `took ${Math.round(ms)} ms` };
  const grown = process.memoryUsage().rss - before;
  if (grown > ROOM + 4 * size)
    return { result: 'bad', about: `took ${Math.round(grown / 1e6)} MB` };
  return { result };
}

function stackOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return stack.split('\n').slice(0, 4).join('\n');
}
