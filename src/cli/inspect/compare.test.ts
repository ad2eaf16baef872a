// What comparing runs prints and writes, without a process of its own.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeRunFolder } from '../../../test/helpers/run-folders.ts';
import { command } from '../compare.ts';
import type { CommandContext } from '../program/command.ts';

let folder: string;
let runs: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-compare-'));
  runs = join(folder, 'runs');
});
afterEach(() => rm(folder, { recursive: true }));

async function compare(...args: string[]): Promise<string[]> {
  const lines: string[] = [];
  const context = {
    print: (line: string) => lines.push(line),
    signal: new AbortController().signal,
    whenInterrupted: () => undefined,
  } as unknown as CommandContext;
  await command.run(['--out', join(folder, 'page'), ...args], context);
  return lines.join('\n').split('\n');
}

test('prints runs by L0 with what differs, and writes a page that opens from the disk', async () => {
  await writeRunFolder(runs, 'a', { evaluation: { l0: 30 }, tag: 'first' });
  await writeRunFolder(runs, 'b', { evaluation: { l0: 3 }, config: { lr: 1e-4 } });
  await writeRunFolder(runs, 'c', { status: 'stopped', config: { lr: 1e-4 } });
  const lines = await compare(runs);
  expect(lines[0]).toMatch(/^run +state +tag +lr +L0 +MSE +normalised MSE +dead$/);
  expect(lines.slice(1, 4).map((line) => line.split(/\s+/).slice(0, 4))).toEqual([
    ['b', 'finished', '–', '0.0001'],
    ['c', 'stopped', '–', '0.0001'],
    ['a', 'finished', 'first', '0.002'],
  ]);
  expect(lines[4]).toContain('open it in a browser to compare 3 runs');
  const page = await readFile(join(folder, 'page', 'index.html'), 'utf8');
  expect(page).toContain('"kind":"files"');
  expect((await readdir(join(folder, 'page', 'data', 'runs'))).sort()).toEqual([
    ...['a.js', 'b.js', 'c.js'],
  ]);
  const list = await readFile(join(folder, 'page', 'data', 'runs.js'), 'utf8');
  expect(list).toMatch(/^saevData\("runs", \{/);
});

test('takes runs of one tag alone, runs of one name in two folders, and one run', async () => {
  const one = await writeRunFolder(runs, 'a', { tag: 'first' });
  await writeRunFolder(join(folder, 'others'), 'a', { tag: 'second' });
  const both = JSON.parse((await compare(runs, join(folder, 'others'), '--json')).join('\n'));
  expect(both.runs.map(({ id }: { id: string }) => id)).toEqual(['a', 'a=2']);
  expect(both.page).toBe(join(folder, 'page', 'index.html'));
  // An earlier report there is replaced, with nothing left of it.
  expect(await compare(one, join(folder, 'others'), '--tag', 'second')).toHaveLength(3);
  expect(await readdir(join(folder, 'page', 'data', 'runs'))).toEqual(['a=2.js']);
  expect(await compare(one)).toHaveLength(3);
  await expect(compare(runs, '--tag', 'third')).rejects.toMatchObject({
    message: expect.stringContaining("has the tag 'third'"),
    hint: 'tags there: first',
  });
});

test('prints all settings and numbers as CSV, and then writes nothing', async () => {
  await writeRunFolder(runs, 'a', { config: { note: 'x,"y"' } });
  await writeRunFolder(runs, 'b', { status: 'stopped', steps: 0 });
  const lines = await compare(runs, '--csv');
  const header = lines[0]!.split(',');
  for (const name of ['folder', 'data.layer', 'sae.kind', 'note', 'l0', 'losses/loss'])
    expect(header).toContain(name);
  expect(lines).toHaveLength(3);
  expect(lines[1]).toContain('"x,""y"""');
  expect(await readdir(folder)).toEqual(['runs']);
});

test('says where there is nothing to compare, and leaves what others wrote alone', async () => {
  await mkdir(runs);
  await expect(compare(runs)).rejects.toThrow('missing runs: there are none in');
  await expect(compare(join(folder, 'none'))).rejects.toThrow('is no folder');
  await writeRunFolder(runs, 'a');
  await mkdir(join(folder, 'page', 'data'), { recursive: true });
  await expect(compare(runs)).rejects.toThrow('is not of a report');
  await writeFile(join(folder, 'page', 'index.html'), '<h1>mine</h1>');
  await expect(compare(runs)).rejects.toThrow('is another page');
  expect(await readFile(join(folder, 'page', 'index.html'), 'utf8')).toBe('<h1>mine</h1>');
});

test('lists damaged runs with a sentence', async () => {
  await writeRunFolder(runs, 'a');
  await writeFile(join(runs, 'a', 'config.json'), '{');
  const lines = await compare(runs);
  expect(lines.some((line) => line.startsWith('a: invalid run config'))).toBe(true);
});
