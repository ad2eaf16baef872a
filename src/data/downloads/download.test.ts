import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tarOf, tgzOf, zipOf } from '../../../test/helpers/archives.ts';
import { type FileServer, startFileServer } from '../../../test/helpers/file-server.ts';
import { inTemporaryFolder } from '../../../test/helpers/folders.ts';
import { UserError } from '../../base/errors.ts';
import { openAde20k } from '../datasets/ade20k.ts';
import { openImageFolder } from '../datasets/image-folder.ts';
import { encodePng } from '../images/encode.ts';
import { type DownloadedSet, type DownloadOptions, downloadLabelledSet } from './download.ts';

const known = JSON.parse(
  await readFile(new URL('../../../fixtures/downloads/caltech101.json', import.meta.url), 'utf8'),
) as {
  classes: Record<string, string[]>;
  splits: Record<string, Record<string, { train: string[]; test: string[] }>>;
};

const mat = (name: string): Promise<Buffer> =>
  readFile(new URL(`../../../fixtures/downloads/${name}`, import.meta.url));

let server: FileServer;
beforeAll(async () => {
  const [grey, map] = await Promise.all([
    encodePng({ width: 4, height: 3, data: new Uint8Array(36).fill(90) }),
    encodePng({ width: 4, height: 3, data: new Uint8Array(36).fill(1) }),
  ]);
  const caltech: Record<string, string> = { '101_ObjectCategories/BACKGROUND_Google/tmp': 'x' };
  for (const [name, files] of Object.entries(known.classes))
    for (const file of files) caltech[`101_ObjectCategories/${name}/${file}`] = `${name}/${file}`;
  const inner = await tgzOf(caltech);
  const birds = {
    'CUB_200_2011/classes.txt': '1 001.Black_footed_Albatross\n2 002.Laysan Albatross\n',
    'CUB_200_2011/images.txt': '1 001.B/one.jpg\n2 001.B/two.jpg\n3 002.L/three.jpg\n',
    'CUB_200_2011/image_class_labels.txt': '1 1\n2 1\n3 2\n',
    'CUB_200_2011/train_test_split.txt': '1 0\n2 1\n3 1\n',
    'CUB_200_2011/attributes/attributes.txt': 'not wanted',
    'attributes.txt': 'not wanted',
    ...Object.fromEntries(
      ['001.B/one', '001.B/two', '002.L/three'].map((name) => [
        `CUB_200_2011/images/${name}.jpg`,
        name,
      ]),
    ),
  };
  const flowers = Object.fromEntries(
    [1, 2, 3, 4, 5].map((i) => [`jpg/image_0000${i}.jpg`, `flower ${i}`]),
  );
  const scenes = {
    'ADEChallengeData2016/objectInfo150.txt':
      'Idx\tRatio\tTrain\tVal\tStuff\tName\n1\t0.2\t1\t1\t1\twall\n',
    'ADEChallengeData2016/sceneCategories.txt': 'ADE_train_1 bathroom\nADE_val_1 kitchen\n',
    'ADEChallengeData2016/images/training/ADE_train_1.png': grey,
    'ADEChallengeData2016/images/validation/ADE_val_1.png': grey,
    'ADEChallengeData2016/annotations/training/ADE_train_1.png': map,
    'ADEChallengeData2016/annotations/validation/ADE_val_1.png': map,
  };
  const content = {
    'caltech-101.zip': await zipOf({
      'caltech-101/101_ObjectCategories.tar.gz': inner,
      'caltech-101/Annotations.tar': 'not wanted',
      '__MACOSX/caltech-101/._101_ObjectCategories.tar.gz': 'not wanted',
    }),
    'CUB_200_2011.tgz': await tgzOf(birds),
    '102flowers.tgz': await tgzOf(flowers),
    'imagelabels.mat': await mat('imagelabels.mat'),
    'setid.mat': await mat('setid.mat'),
    'ADEChallengeData2016.zip': await zipOf(scenes),
  };
  server = await startFileServer(
    Object.fromEntries(
      Object.entries(content).map(([name, bytes]) => [name, { content: bytes, etag: `"${name}"` }]),
    ),
  );
});
afterAll(() => server.close());

/** Download from the server of this test. */
function get(set: string, dir: string, options: DownloadOptions = {}): Promise<DownloadedSet> {
  const patience = { answerTimeout: 5000, stallTimeout: 5000, attempts: 2, retryDelay: 1 };
  return downloadLabelledSet(set, { dir, url: server.url, patience, ...options });
}

async function failing(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).message;
}

const visible = async (dir: string): Promise<string[]> =>
  (await readdir(dir)).filter((name) => !name.startsWith('.')).sort();

describe('Caltech-101', () => {
  it('is split as in Python, by the seed', async () => {
    await inTemporaryFolder(async (dir) => {
      const { parts, unchanged } = await get('caltech101', dir);
      expect({ parts, unchanged }).toEqual({ parts: { train: 127, test: 117 }, unchanged: false });
      for (const [name, split] of Object.entries(known.splits[42]!))
        for (const part of ['train', 'test'] as const) {
          expect((await readdir(join(dir, part, name))).sort()).toEqual([...split[part]].sort());
          for (const file of split[part].slice(0, 1))
            expect(await readFile(join(dir, part, name, file), 'utf8')).toBe(`${name}/${file}`);
        }
      expect(await visible(dir)).toEqual(['test', 'train']);
      await get('caltech101', dir, { seed: 0, overwrite: true });
      const zebras = await readdir(join(dir, 'train', 'Zebra'));
      expect(zebras.sort()).toEqual([...known.splits[0]!.Zebra!.train].sort());
    });
  });
});

describe('CUB-200-2011', () => {
  it('is split by its own list, in folders named as its classes', async () => {
    await inTemporaryFolder(async (dir) => {
      await get('cub200', dir);
      const files = await readdir(dir, { recursive: true });
      expect(files.filter((file) => file.endsWith('.jpg')).sort()).toEqual([
        'test/Black_footed_Albatross/one.jpg',
        'train/Black_footed_Albatross/two.jpg',
        'train/Laysan Albatross/three.jpg',
      ]);
      const { classes } = await openImageFolder(join(dir, 'train'));
      expect(classes).toEqual(['Black_footed_Albatross', 'Laysan Albatross']);
    });
  });
});

describe('Flowers-102', () => {
  it('is split by its MAT-files', async () => {
    await inTemporaryFolder(async (dir) => {
      const { parts } = await get('flowers102', dir);
      expect(parts).toEqual({ train: 2, val: 1, test: 2 });
      const files = await readdir(dir, { recursive: true });
      expect(files.filter((file) => file.endsWith('.jpg')).sort()).toEqual([
        'test/1/image_00003.jpg',
        'test/102/image_00004.jpg',
        'train/5/image_00005.jpg',
        'train/77/image_00001.jpg',
        'val/77/image_00002.jpg',
      ]);
      expect(await readdir(join(dir, 'val'))).toHaveLength(4);
    });
  });
});

describe('ADE20K', () => {
  it('is the tree that is read as ade20k, with its table of classes', async () => {
    await inTemporaryFolder(async (dir) => {
      await get('ade20k', dir);
      expect(await visible(dir)).toEqual([
        'annotations',
        'images',
        'objectInfo150.txt',
        'sceneCategories.txt',
      ]);
      const validation = await openAde20k(dir, 'validation');
      expect(validation.entry(0)).toMatchObject({ label: 'kitchen' });
    });
  });
});

describe('a second call', () => {
  it('changes nothing and asks nobody', async () => {
    await inTemporaryFolder(async (dir) => {
      const first = await get('flowers102', dir);
      const image = join(dir, 'train/5/image_00005.jpg');
      const { mtimeMs, ino } = await stat(image);
      const asked = server.requests.length;
      const second = await get('flowers102', dir);
      expect(second).toEqual({ ...first, unchanged: true });
      expect(server.requests).toHaveLength(asked);
      expect(await stat(image)).toMatchObject({ mtimeMs, ino });
    });
  });

  it('tells what is missing or changed, and makes it anew when told to', async () => {
    await inTemporaryFolder(async (dir) => {
      await get('flowers102', dir);
      await rm(join(dir, 'train/5/image_00005.jpg'));
      expect(await failing(get('flowers102', dir))).toMatch(
        /train' is no longer what was downloaded: 1 files, of 2$/,
      );
      expect((await get('flowers102', dir, { overwrite: true })).parts.train).toBe(2);
    });
  });

  it('with another seed or for another set is refused', async () => {
    await inTemporaryFolder(async (dir) => {
      await get('caltech101', dir);
      expect(await failing(get('caltech101', dir, { seed: 1 }))).toMatch(
        /split with seed 42, not 1$/,
      );
      const asked = server.requests.length;
      expect(await failing(get('cub200', dir))).toMatch(/train': something stands there$/);
      expect(server.requests).toHaveLength(asked);
      expect(await visible(dir)).toEqual(['test', 'train']);
    });
  });

  it('ends what was stopped while parts took their places', async () => {
    await inTemporaryFolder(async (dir) => {
      await get('flowers102', dir, { keep: true });
      const path = join(dir, '.saev-flowers102.json');
      await writeFile(path, (await readFile(path, 'utf8')).replace('"whole"', '"placing"'));
      await rm(join(dir, 'test'), { recursive: true });
      const asked = server.requests.length;
      expect((await get('flowers102', dir)).parts).toEqual({ train: 2, val: 1, test: 2 });
      expect(server.requests).toHaveLength(asked);
      expect(await visible(dir)).toEqual(['test', 'train', 'val']);
    });
  });

  it('says of a damaged record that it is', async () => {
    await inTemporaryFolder(async (dir) => {
      await get('flowers102', dir);
      for (const text of ['{', '{"set":"cub200"}', '[]']) {
        await writeFile(join(dir, '.saev-flowers102.json'), text);
        expect(await failing(get('flowers102', dir))).toMatch(/^invalid record of a download/);
      }
    });
  });
});

describe('downloading and unpacking apart', () => {
  it('--no-extract downloads alone, and what is there is not asked for again', async () => {
    await inTemporaryFolder(async (dir) => {
      const first = await get('cub200', dir, { extract: false });
      expect(await visible(dir)).toEqual(['CUB_200_2011.tgz']);
      expect(first.files['CUB_200_2011.tgz']).toMatchObject({
        url: `${server.url}CUB_200_2011.tgz`,
      });
      const asked = server.requests.length;
      expect(await get('cub200', dir, { extract: false })).toEqual({ ...first, unchanged: true });
      expect((await get('cub200', dir, { download: false })).parts).toEqual({ train: 2, test: 1 });
      expect(server.requests).toHaveLength(asked);
      expect(await visible(dir)).toEqual(['test', 'train']);
    });
  });

  it('--no-download takes what a person put there, and leaves it', async () => {
    await inTemporaryFolder(async (dir) => {
      expect(await failing(get('cub200', dir, { download: false }))).toMatch(/^missing file: '/);
      const { content } = server.files['CUB_200_2011.tgz'] as { content: Uint8Array };
      await writeFile(join(dir, 'CUB_200_2011.tgz'), content);
      expect(await failing(get('cub200', dir))).toMatch(/is not the file 'CUB_200_2011.tgz'/);
      await get('cub200', dir, { download: false });
      expect(await visible(dir)).toEqual(['CUB_200_2011.tgz', 'test', 'train']);
      const options = { download: false, extract: false };
      expect(await failing(get('cub200', dir, options))).toMatch(/^nothing to do/);
    });
  });

  it('--keep keeps the files', async () => {
    await inTemporaryFolder(async (dir) => {
      await get('flowers102', dir, { keep: true });
      expect(await visible(dir)).toEqual([
        '102flowers.tgz',
        'imagelabels.mat',
        'setid.mat',
        'test',
        'train',
        'val',
      ]);
    });
  });
});

describe('the address', () => {
  it('that is another than before is asked, unless the file is the published one', async () => {
    await inTemporaryFolder(async (dir) => {
      server.files['old/CUB_200_2011.tgz'] = { content: await tgzOf({ a: 'a' }) };
      await get('cub200', dir, { url: `${server.url}old/`, extract: false });
      expect((await get('cub200', dir)).parts).toEqual({ train: 2, test: 1 });
    });
  });

  it('may be of the file, or of one of several', async () => {
    await inTemporaryFolder(async (dir) => {
      server.files['other/birds'] = server.files['CUB_200_2011.tgz']!;
      await get('cub200', join(dir, 'birds'), { url: `${server.url}other/birds?version=1` });
      await get('flowers102', join(dir, 'flowers'), { url: `${server.url}102flowers.tgz` });
      expect(await visible(dir)).toEqual(['birds', 'flowers']);
    });
  });

  it.each(['here', 'file:///tmp/a.tgz', '/tmp/a.tgz'])('%s is refused', async (url) => {
    await inTemporaryFolder(async (dir) => {
      expect(await failing(get('cub200', dir, { url }))).toBe(`invalid address: '${url}'`);
      expect(await readdir(dir)).toEqual([]);
    });
  });

  it('of a hash that is none, and a set that nobody knows, is refused', async () => {
    expect(await failing(get('cub200', '.', { hash: 'abc' }))).toBe("invalid hash: 'abc'");
    expect(await failing(get('cub', '.'))).toBe("unknown data set: 'cub'");
    await inTemporaryFolder(async (dir) => {
      const { content } = server.files['CUB_200_2011.tgz'] as { content: Uint8Array };
      const hash = createHash('sha256').update(content).digest('hex').toUpperCase();
      await get('cub200', dir, { hash });
      const wrong = get('cub200', join(dir, 'b'), { hash: '0'.repeat(32) });
      expect(await failing(wrong)).toContain('wrong content');
    });
  });
});

describe('archives that are not what they should be', () => {
  const served = async (name: string, content: Uint8Array): Promise<string> => {
    const folder = `${Math.random()}/`;
    for (const [other, file] of Object.entries(server.files))
      if (!other.includes('/')) server.files[folder + other] = file;
    server.files[folder + name] = { content };
    return server.url + folder;
  };
  const bird = (files: Record<string, string>): Promise<Buffer> =>
    tgzOf({
      'CUB_200_2011/classes.txt': '1 001.A\n',
      'CUB_200_2011/images.txt': '1 a/a.jpg\n',
      'CUB_200_2011/image_class_labels.txt': '1 1\n',
      'CUB_200_2011/train_test_split.txt': '1 1\n',
      'CUB_200_2011/images/a/a.jpg': 'a',
      ...files,
    });

  it.each<[string, () => Promise<Uint8Array>, RegExp]>([
    ['of something else', () => tgzOf({ 'a.txt': 'a' }), /^missing 'CUB_200_2011\/classes.txt' in/],
    ['without an image', () => bird({ 'CUB_200_2011/images.txt': '1 b.jpg' }), /^missing image/],
    [
      'with an image outside',
      () => bird({ 'CUB_200_2011/images.txt': '1 ../../../a.jpg' }),
      /^refused/,
    ],
    ['with a class outside', () => bird({ 'CUB_200_2011/classes.txt': '1 001.a/../../b' }), /./],
    [
      'with a label of no class',
      () => bird({ 'CUB_200_2011/image_class_labels.txt': '1 2' }),
      /no class \(label '2'\)/,
    ],
    ['without a split', () => bird({ 'CUB_200_2011/train_test_split.txt': '' }), /no split/],
    [
      'with a line of no sense',
      () => bird({ 'CUB_200_2011/images.txt': 'a b' }),
      /^invalid line 1/,
    ],
    ['cut short', async () => (await bird({})).subarray(0, 150), /^invalid tar archive/],
    [
      'with a link out',
      async () =>
        gzipSync(await tarOf([{ name: 'CUB_200_2011', type: 'symlink', linkname: '/tmp' }])),
      /is a link to '\/tmp'/,
    ],
  ])('%s are refused, and nothing is made', async (_, make, message) => {
    await inTemporaryFolder(async (dir) => {
      const url = await served('CUB_200_2011.tgz', await make());
      expect(await failing(get('cub200', dir, { url }))).toMatch(message);
      expect(await visible(dir)).toEqual([]);
      expect((await get('cub200', dir)).parts).toEqual({ train: 2, test: 1 });
    });
  });

  it('ADE20K without its table, or with maps that do not pair up', async () => {
    await inTemporaryFolder(async (dir) => {
      const url = await served(
        'ADEChallengeData2016.zip',
        await zipOf({ 'ADEChallengeData2016/images/training/a.jpg': 'a' }),
      );
      expect(await failing(get('ade20k', dir, { url }))).toMatch(
        /^missing 'ADEChallengeData2016\/annotations' in/,
      );
    });
  });

  it('Caltech-101 without images', async () => {
    await inTemporaryFolder(async (dir) => {
      const inner = await tgzOf({ 'a.txt': 'a' });
      const zip = await zipOf({ 'caltech-101/101_ObjectCategories.tar.gz': inner });
      const url = await served('caltech-101.zip', zip);
      expect(await failing(get('caltech101', dir, { url }))).toMatch(/^no images in/);
      const empty = await served('caltech-101.zip', await zipOf({ 'a.txt': 'a' }));
      const other = join(dir, 'other');
      expect(await failing(get('caltech101', other, { url: empty }))).toMatch(
        /^missing 'caltech-101/,
      );
    });
  });
});

it('Ctrl-C leaves nothing half-made, and the same call goes on', async () => {
  await inTemporaryFolder(async (dir) => {
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(get('cub200', dir, { signal })).rejects.toThrow('stopped');
    expect(await visible(dir)).toEqual([]);
    expect((await get('cub200', dir)).unchanged).toBe(false);
    expect(await visible(dir)).toEqual(['test', 'train']);
  });
});
