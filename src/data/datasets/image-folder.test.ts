import { readFileSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeTree } from '../../../test/helpers/folders.ts';
import { UserError } from '../../base/errors.ts';
import { countFiles } from '../files/class-folders.ts';
import { BadImageError } from '../images/decode.ts';
import { openImageFolder } from './image-folder.ts';

interface Expected {
  files: string[];
  links: Record<string, string>;
  classes: string[];
  samples: [path: string, target: number][];
  n_imgs: number;
}
const expected: Expected = JSON.parse(readFileSync('fixtures/images/expected.json', 'utf8')).folder;

async function expectedTree(): Promise<string> {
  const root = await makeTree(Object.fromEntries(expected.files.map((path) => [path, ''])));
  for (const [link, target] of Object.entries(expected.links))
    await symlink(join(root, target), join(root, link));
  return root;
}

test('classes and images are those of torchvision, in its order', async () => {
  const root = await expectedTree();
  const dataset = await openImageFolder(root);
  expect(dataset.classes).toEqual(expected.classes);
  expect(dataset.length).toBe(expected.samples.length);
  for (const [index, [path, target]] of expected.samples.entries()) {
    const entry = dataset.entry(index);
    expect({ ...entry, source: relative(root, entry.source) }).toEqual({
      index,
      source: path,
      target,
      label: expected.classes[target],
    });
  }
});

test('files are counted as os.walk counts them', async () => {
  expect(await countFiles(await expectedTree())).toBe(expected.n_imgs);
  expect(await countFiles('/nowhere/at/all')).toBe(0);
});

test('an image is decoded when it is asked for; a broken one is named', async () => {
  const photo = readFileSync('fixtures/images/files/photo.jpg');
  const root = await makeTree({ 'cat/1.jpg': photo, 'cat/2.jpg': photo.subarray(0, 500) });
  const dataset = await openImageFolder(root);
  expect(await dataset.image(0)).toMatchObject({ width: 250, height: 187 });
  const failure = await dataset.image(1).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(BadImageError);
  expect((failure as Error).message).toContain(join(root, 'cat', '2.jpg'));
});

describe('bad input', () => {
  test.each([
    ['an empty folder', {}, /is empty/],
    ['images without class folders', { 'a.jpg': '' }, /no class folders/],
    ['a class without images', { 'a/1.jpg': '', 'b/notes.txt': '' }, /none in 'b'/],
  ])('%s is refused', async (_, files, message) => {
    const root = await makeTree(files);
    await expect(openImageFolder(root)).rejects.toThrow(message);
    await expect(openImageFolder(root)).rejects.toThrow(root);
    await expect(openImageFolder(root)).rejects.toThrow(UserError);
  });

  test('a missing folder and a file in its place are refused', async () => {
    const root = await makeTree({ file: '' });
    await expect(openImageFolder(join(root, 'x'))).rejects.toThrow(/missing image folder/);
    await expect(openImageFolder(join(root, 'file'))).rejects.toThrow(/is a file/);
  });

  test('links in a circle are refused', async () => {
    const root = await makeTree({ 'a/b/1.jpg': '' });
    await symlink(join(root, 'a'), join(root, 'a', 'b', 'up'));
    await expect(openImageFolder(root)).rejects.toThrow(/leads back/);
  });

  test.each([-1, 1, 0.5, Number.NaN])('there is no image number %s of one', async (index) => {
    const dataset = await openImageFolder(await makeTree({ 'a/1.jpg': '' }));
    expect(() => dataset.entry(index)).toThrow(/numbered 0 to 0|invalid image number/);
    await expect(dataset.image(index)).rejects.toThrow(UserError);
  });
});
