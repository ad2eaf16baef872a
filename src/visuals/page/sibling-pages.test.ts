import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTree } from '../../../test/helpers/folders.ts';
import { writeSiblingPages } from './sibling-pages.ts';

async function listedAt(folder: string): Promise<{ path: string; title: string }[]> {
  const text = await readFile(join(folder, 'pages.js'), 'utf8');
  return JSON.parse(/^saevPages\((.*)\)\n$/.exec(text)![1]!);
}

test('each page lists all that stand near it, whichever was written last', async () => {
  const root = await makeTree({
    'a/sort_by_patch/index.html': '',
    'a/sort_by_img/index.html': '',
    'b/sort_by_patch/index.html': '',
    'b/sort_by_cls/notes.txt': '',
    'other/index.html': '',
    'strange/sort_by_patch/index.html': '',
    'strange/sort_by_patch/pages.js': 'alert(1)',
  });
  const folders = ['a/sort_by_patch', 'a/sort_by_img', 'b/sort_by_patch'];
  for (const path of folders) {
    await writeSiblingPages(join(root, path), { title: `of ${path}`, about: 'a run, patch' });
  }
  for (const folder of folders) {
    expect(await listedAt(join(root, folder))).toEqual(
      folders.toSorted().map((path) => ({ path, title: `of ${path}`, about: 'a run, patch' })),
    );
  }
  // A file that is not ours stays as it is, and names nothing.
  expect(await readFile(join(root, 'strange/sort_by_patch/pages.js'), 'utf8')).toBe('alert(1)');
});

test('a neighbour that lies about its place is not listed', async () => {
  const root = await makeTree({
    'a/sort_by_patch/index.html': '',
    'b/sort_by_patch/index.html': '',
  });
  const lie = [{ path: '../../etc/sort_by_x', title: 't', about: '' }];
  await writeFile(join(root, 'b/sort_by_patch/pages.js'), `saevPages(${JSON.stringify(lie)})`);
  await writeSiblingPages(join(root, 'a/sort_by_patch'), { title: 'a', about: '' });
  expect(await listedAt(join(root, 'a/sort_by_patch'))).toHaveLength(1);
});
