import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { writeWorldPage } from '../../test/helpers/page-images.ts';
import type { ImageChunk, PackedIndex } from './feature-page.ts';
import { PAGE_NAMES } from './feature-page.ts';
import { island } from './page-files.ts';
import { openPageFolder } from './page-folder.ts';

let root: string;
let single: string;
let spread: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'saev-page-folder-'));
  const template = join(root, 'template.html');
  await writeFile(template, '<body><!--saev-data--></body>');
  single = join(root, 'single');
  spread = join(root, 'spread');
  const size = { nLatents: 40, nImages: 8, template };
  await writeWorldPage(single, size);
  await writeWorldPage(spread, { ...size, inlineLimit: 0 });
});
afterAll(() => rm(root, { recursive: true }));

test('a page says the same whichever way it was written', async () => {
  const [inside, beside] = [openPageFolder(single), openPageFolder(spread)];
  const index = await inside.index();
  expect(await beside.index()).toEqual(index);
  const nChunks = Math.ceil(index.features.latent.length / index.chunkSize);
  expect(nChunks).toBeGreaterThan(1);
  for (let n = 0; n < nChunks; n++) {
    const chunk = (await inside.chunk(n)) as ImageChunk;
    expect(await beside.chunk(n)).toEqual(chunk);
    const { example } = chunk.features[0]!.examples[0]!;
    const picture = await inside.picture(example);
    expect(picture.type).toBe('image/jpeg');
    expect([...picture.bytes.subarray(0, 2)]).toEqual([0xff, 0xd8]);
    expect(Buffer.from((await beside.picture(example)).bytes).equals(picture.bytes)).toBe(true);
  }
  for (const n of [nChunks, -1, 0.5, Number.NaN]) {
    await expect(inside.chunk(n)).rejects.toThrow(`no features ${n} in the page`);
    await expect(beside.picture(n + 1e6)).rejects.toThrow(/no picture|missing picture/);
  }
});

test('a page that was written anew is read anew', async () => {
  const folder = join(root, 'anew');
  await mkdir(folder);
  await rename(join(single, 'index.html'), join(folder, 'index.html'));
  const page = openPageFolder(folder);
  const before = await page.index();
  const html = await readFile(join(folder, 'index.html'), 'utf8');
  await writeFile(join(single, 'index.html'), html);
  await writeFile(join(folder, 'index.html'), html.replace(before.title, 'Another'));
  expect((await page.index()).title).toBe('Another');
});

describe('a damaged folder is told in a sentence', () => {
  let folder: string;
  let index: PackedIndex;
  let n = 0;
  beforeEach(async () => {
    folder = join(root, `damaged-${n++}`);
    await mkdir(folder);
    index = await openPageFolder(spread).packedIndex();
  });
  const write = (value: unknown): Promise<void> =>
    writeFile(join(folder, 'index.html'), island(PAGE_NAMES.index, JSON.stringify(value)));
  const page = () => openPageFolder(folder);

  test('nothing there, or something else', async () => {
    await expect(page().index()).rejects.toThrow(`missing page of features '${folder}'`);
    await writeFile(join(folder, 'index.html'), '<p>Hello</p>');
    await expect(page().index()).rejects.toThrow('no page of features');
    await writeFile(join(folder, 'index.html'), island(PAGE_NAMES.index, '{"version":'));
    await expect(page().index()).rejects.toThrow('is not JSON');
    await rm(join(folder, 'index.html'));
    await mkdir(join(folder, 'index.html'));
    await expect(page().index()).rejects.toThrow('damaged page of features');
  });

  test('an index of another version, and one with parts missing', async () => {
    await write({ ...index, version: 0 });
    await expect(page().index()).rejects.toThrow('it is of version 0');
    await write({ ...index, version: { toString: '' } });
    await expect(page().index()).rejects.toThrow('it is of version {"toString":""}');
    await write({ ...index, features: { ...index.features, max: '' } });
    await expect(page().index()).rejects.toThrow('0 entries of max');
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.keys(index)),
        fc.jsonValue(),
        async (key, value) => {
          await write({ ...index, [key]: value });
          const read = await page()
            .index()
            .catch((error: unknown) => error);
          if (read instanceof Error) expect(read.name).toBe('UserError');
        },
      ),
      { numRuns: 60 },
    );
  });

  test('a chunk that is cut short, changed or gone', async () => {
    await write(index);
    await expect(page().chunk(0)).rejects.toThrow("missing 'data/features-0.js'");
    await mkdir(join(folder, 'data'));
    const whole = await readFile(join(spread, 'data', 'features-0.js'), 'utf8');
    for (const text of [whole.slice(0, -20), `alert(1);${whole}`, 'saevChunk(0,{"features":[{}]})'])
      await expect(
        writeFile(join(folder, 'data', 'features-0.js'), text).then(() => page().chunk(0)),
      ).rejects.toThrow("damaged 'data/features-0.js'");
  });

  test('names and links that lead out of the folder are refused', async () => {
    const images = { side: 8, folder: '../spread/images', extension: 'jpg' };
    await write({ ...index, images });
    const chunk = (await openPageFolder(spread).chunk(0)) as ImageChunk;
    const { example } = chunk.features[0]!.examples[0]!;
    await expect(page().picture(example)).rejects.toThrow('leads outside');
    await write({ ...index, images: { ...images, folder: 'linked' } });
    await symlink(join(spread, 'images'), join(folder, 'linked'));
    await expect(page().picture(example)).rejects.toThrow('link to another folder');
    await write({ ...index, images: { ...images, extension: 'jpg/../../x.html' } });
    await expect(page().picture(example)).rejects.toThrow('no picture');
    await symlink(spread, join(root, 'door'));
    expect((await openPageFolder(join(root, 'door')).index()).title).toBe(index.title);
  });
});
