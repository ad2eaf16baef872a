import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTree } from '../../test/helpers/folders.ts';
import { UserError } from '../base/errors.ts';
import { writeSafetensors } from '../formats/safetensors.ts';
import { openWrittenFiles } from './written-files.ts';

async function put(folder: string, name: string, text = name): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
}

/** Do a job that writes these files. */
async function job(folder: string, names: readonly string[], text?: string): Promise<void> {
  const written = await openWrittenFiles(folder);
  await written.replace(
    async () => {},
    async (staging) => {
      for (const name of names) await put(staging, name, text ?? name);
    },
  );
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort();
}

const FIRST = ['index.html', 'neurons/3/0.png', 'neurons/3/metadata.json', 'neurons/8/0.png'];

test('what a job does not write again is gone with its folders, and nothing else is', async () => {
  const folder = await makeTree({
    'notes.txt': 'mine',
    'neurons/8/notes.txt': 'mine',
    'neurons/list.csv': 'mine',
    'data/mine.js': 'mine',
  });
  await job(folder, FIRST);
  await job(folder, ['index.html', 'neurons/4/0.png', 'data/features-0.js'], 'new');
  expect(await filesOf(folder)).toEqual([
    ...['data', 'data/features-0.js', 'data/mine.js', 'index.html'],
    ...['neurons', 'neurons/4', 'neurons/4/0.png', 'neurons/8', 'neurons/8/notes.txt'],
    ...['neurons/list.csv', 'notes.txt', 'written.txt'],
  ]);
  expect(await readFile(join(folder, 'index.html'), 'utf8')).toBe('new');
  const listed = (await readFile(join(folder, 'written.txt'), 'utf8')).trim().split('\n');
  expect(listed.sort()).toEqual(['data/features-0.js', 'index.html', 'neurons/4/0.png']);
});

test('a job that fails leaves everything as it was, and one that was killed is cleared away', async () => {
  const folder = await makeTree({});
  await job(folder, FIRST);
  const before = await filesOf(folder);
  const written = await openWrittenFiles(folder);
  const failing = written.replace(
    async () => {},
    async (staging) => {
      await put(staging, 'index.html', 'half');
      throw new Error('stopped');
    },
  );
  await expect(failing).rejects.toThrow('stopped');
  expect(await filesOf(folder)).toEqual(before);
  await put(folder, '.new/neurons/99/0.png');
  await written.note(['neurons/99/1.png']);
  await put(folder, 'neurons/99/1.png');
  await job(folder, FIRST);
  expect(await filesOf(folder)).toEqual(before);
});

test('files that no job wrote are refused where jobs write, and stay', async () => {
  for (const [name, more] of [
    ['top_values.pt', ''],
    ['neurons/12/0.png', ''],
    ['index.html', ' and 1 more'],
  ] as const) {
    const folder = await makeTree({ [name]: 'theirs', ...(more && { 'sparsity.pt': 'theirs' }) });
    const before = await filesOf(folder);
    const error = await openWrittenFiles(folder).catch((reason) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toBe(
      `'${folder}' holds files that no visuals job here wrote: ${name}${more}`,
    );
    expect(await filesOf(folder)).toEqual(before);
  }
});

test('a folder from before there was a list is ours when its features are', async () => {
  const folder = await makeTree({ 'neurons/12/0.png': 'old', 'top_values.npy': 'old', 'a.md': '' });
  await writeSafetensors(join(folder, 'features.safetensors'), [], { metadata: { visuals: '{}' } });
  await job(folder, ['index.html', 'features.safetensors']);
  expect(await filesOf(folder)).toEqual([
    ...['a.md', 'features.safetensors', 'index.html', 'written.txt'],
  ]);
});

test('a list that was tampered with leads to nothing outside, and to no file of another kind', async () => {
  const folder = await makeTree({ 'visuals/notes.txt': 'mine', 'other/neurons/3/0.png': 'mine' });
  const visuals = join(folder, 'visuals');
  const lines = [
    '../other/neurons/3/0.png',
    'neurons/../../other/neurons/3/0.png',
    'notes.txt',
    '/',
  ];
  await writeFile(join(visuals, 'written.txt'), lines.join('\n'));
  await symlink(join(folder, 'other', 'neurons'), join(visuals, 'linked'));
  await job(visuals, ['index.html']);
  expect(await readFile(join(visuals, 'notes.txt'), 'utf8')).toBe('mine');
  expect(await readFile(join(folder, 'other/neurons/3/0.png'), 'utf8')).toBe('mine');
});
