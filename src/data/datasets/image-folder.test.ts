import { readFileSync } from 'node:fs';
import { copyFile, mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeTree } from '../../../test/helpers/folders.ts';
import { UserError } from '../../base/errors.ts';
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
  const { walked } = await openImageFolder(await expectedTree());
  expect(walked!.nFiles).toBe(expected.n_imgs);
});

test('images behind links to folders are images, though os.walk does not count them', async () => {
  const root = await makeTree({
    'real/1.jpg': '',
    'real/2.jpg': '',
    'set/a/3.jpg': '',
    'set/x': '',
  });
  await symlink(join(root, 'real'), join(root, 'set', 'b'));
  const dataset = await openImageFolder(join(root, 'set'));
  expect(dataset.length).toBe(3);
  expect(dataset.walked).toEqual({ nFiles: 2, others: [join(root, 'set', 'x')] });
});

test('names that are no UTF-8 are read as bytes, in the order of Python', async () => {
  const root = await makeTree({ 'b/1.jpg': readFileSync('fixtures/images/files/photo.jpg') });
  const latin1 = (name: string) =>
    Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name, 'latin1')]);
  await mkdir(latin1('stra\xdfe'));
  await mkdir(latin1('zebra'));
  await copyFile(join(root, 'b', '1.jpg'), latin1('stra\xdfe/caf\xe9.jpg'));
  await copyFile(join(root, 'b', '1.jpg'), latin1('zebra/\xf0\x9f\x98\x80.jpg'));
  const dataset = await openImageFolder(root);
  // sorted(os.listdir(root)) and sorted(…) of the files, as Python decodes them.
  expect(dataset.classes).toEqual(['b', 'stra\udcdfe', 'zebra']);
  expect(relative(root, dataset.entry(1).source)).toBe('stra\udcdfe/caf\udce9.jpg');
  expect(relative(root, dataset.entry(2).source)).toBe('zebra/😀.jpg');
  for (const index of [1, 2]) expect(await dataset.image(index)).toMatchObject({ width: 250 });
  expect(await dataset.origin!()).toMatchObject({ files: 3 });
});

test('what tells a folder from another, and from itself once a file is added, removed or replaced', async () => {
  const root = await makeTree({ 'a/1.jpg': 'one', 'a/2.jpg': 'two', 'a/notes.txt': '' });
  const look = async () => (await (await openImageFolder(root)).origin!()).hash;
  const before = await look();
  await writeFile(join(root, 'a', 'notes.txt'), 'no image');
  expect(await look()).toBe(before);
  await writeFile(join(root, 'a', '3.jpg'), 'three');
  expect(await look()).not.toBe(before);
  await rm(join(root, 'a', '3.jpg'));
  expect(await look()).toBe(before);
  await symlink(join(root, 'nowhere'), join(root, 'a', '4.jpg'));
  expect(await look()).not.toBe(before);
  await rm(join(root, 'a', '4.jpg'));
  await writeFile(join(root, 'a', '2.jpg'), 'new');
  await utimes(join(root, 'a', '2.jpg'), 1, 1);
  expect(await look()).not.toBe(before);
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
