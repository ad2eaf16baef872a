// saev download as a person runs it, from a server on this machine.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openImageFolder } from '../src/data/datasets/image-folder.ts';
import { tgzOf } from './helpers/archives.ts';
import { type FileServer, startFileServer } from './helpers/file-server.ts';
import { makeTree } from './helpers/folders.ts';
import { program, saev } from './helpers/saev.ts';

/** Pixels that no archive makes smaller. */
const noise = (seed: number): Uint8Array =>
  createHash('shake256', { outputLength: 100_000 }).update(String(seed)).digest();

let server: FileServer;
beforeAll(async () => {
  const content = await tgzOf({
    'CUB_200_2011/classes.txt': '1 001.Wren\n2 002.Gull\n',
    'CUB_200_2011/images.txt': '1 w/1.jpg\n2 w/2.jpg\n3 g/3.jpg\n4 g/4.jpg\n',
    'CUB_200_2011/image_class_labels.txt': '1 1\n2 1\n3 2\n4 2\n',
    'CUB_200_2011/train_test_split.txt': '1 1\n2 0\n3 1\n4 0\n',
    ...Object.fromEntries(
      ['w/1', 'w/2', 'g/3', 'g/4'].map((name, i) => [`CUB_200_2011/images/${name}.jpg`, noise(i)]),
    ),
  });
  const etag = '"birds"';
  server = await startFileServer({
    'CUB_200_2011.tgz': { content, etag },
    'slow/CUB_200_2011.tgz': { content, etag, slow: 100 },
    'gone/CUB_200_2011.tgz': { content, status: 410 },
  });
});
afterAll(() => server.close());

it('makes image folders, and a second call changes nothing', async () => {
  const dir = await makeTree({});
  const args = ['download', 'cub200', '--dir', dir, '--chunk-size-kb', '1'];
  const env = { SAEV_DOWNLOAD_URL: server.url };
  const first = await saev(args, { env });
  expect(first.stderr).toContain('is not the file that its authors publish');
  expect(first).toMatchObject({ code: 0 });
  expect(first.stderr).toContain(`CUB-200-2011: CUB_200_2011.tgz from ${server.url}`);
  expect(first.stdout).toBe(`${join(dir, 'train')}: 2 files\n${join(dir, 'test')}: 2 files\n`);
  const { classes, length } = await openImageFolder(join(dir, 'test'));
  expect({ classes, length }).toEqual({ classes: ['Gull', 'Wren'], length: 2 });
  const asked = server.requests.length;
  const second = await saev([...args, '--json'], { env });
  expect(JSON.parse(second.stdout)).toMatchObject({
    unchanged: true,
    parts: { train: 2, test: 2 },
  });
  expect(second.stderr).toBe('');
  expect(server.requests).toHaveLength(asked);
});

it('stops at Ctrl-C and goes on from there', async () => {
  const dir = await makeTree({});
  const part = join(dir, 'CUB_200_2011.tgz.part');
  const args = ['download', 'cub200', '--dir', dir, '--url'];
  const stopped = await new Promise<{ code: number | null; stderr: string }>((done) => {
    const child = execFile(
      process.execPath,
      [program, ...args, `${server.url}slow/`],
      (_, __, stderr) => done({ code: child.exitCode, stderr }),
    );
    const watch = setInterval(async () => {
      const size = await stat(part).then(
        (stats) => stats.size,
        () => 0,
      );
      if (size > 0 && !child.killed) child.kill('SIGINT');
      if (size > 0) clearInterval(watch);
    }, 20);
  });
  expect(stopped.code).toBe(130);
  expect(stopped.stderr).toContain('The same command goes on from here.');
  expect((await readdir(dir)).sort()).toEqual([
    'CUB_200_2011.tgz.part',
    'CUB_200_2011.tgz.part.json',
  ]);
  server.files['slow/CUB_200_2011.tgz'] = server.files['CUB_200_2011.tgz']!;
  const { code } = await saev([...args, `${server.url}slow/`]);
  expect(code).toBe(0);
  expect(server.requests.at(-1)!.range).toMatch(/^bytes=[1-9]\d*-$/);
});

it('says in a sentence what a server refuses', async () => {
  const dir = await makeTree({});
  const { code, stderr } = await saev([
    'download',
    'cub200',
    '--dir',
    dir,
    '--url',
    `${server.url}gone/`,
  ]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^saev: nothing at '.*' \(410 Gone\)\n {2}it may have moved/m);
});
