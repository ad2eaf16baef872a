import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type FileServer,
  type Served,
  startFileServer,
} from '../../../../test/helpers/file-server.ts';
import { inTemporaryFolder } from '../../../../test/helpers/folders.ts';
import { UserError } from '../../../base/errors.ts';
import type { FileRecord } from '../record.ts';
import { type Fetching, fetchFile } from './fetch-file.ts';

/** 60 kB. */
const content = gzipSync(
  Buffer.from(Array.from({ length: 60_000 }, (_, i) => (i * 7919 + ((i * i) >> 3)) & 255)),
  { level: 0 },
);
const md5 = createHash('md5').update(content).digest('hex');
const named = { content, etag: '"one"', lastModified: 'Mon, 01 Jan 2024 00:00:00 GMT' };

let server: FileServer;
beforeAll(async () => {
  server = await startFileServer();
});
afterAll(() => server.close());

let count = 0;

/** Fetch a file that is served like this, `times` times over; gives what was asked for and what is left. */
async function fetching(
  served: Served | readonly Served[],
  options: Partial<Fetching> & { begun?: Uint8Array; notes?: object; stop?: AbortController } = {},
): Promise<{
  record?: FileRecord;
  error?: unknown;
  ranges: (string | undefined)[];
  left: string[];
}> {
  const name = `${++count}.tgz`;
  server.files[name] = served;
  const url = `${server.url}${name}`;
  let outcome: { record?: FileRecord; error?: unknown } = {};
  let left: string[] = [];
  await inTemporaryFolder(async (folder) => {
    const path = join(folder, 'a.tgz');
    const { begun, notes, stop, ...more } = options;
    const watch = setInterval(async () => {
      const part = await stat(`${path}.part`).catch(() => undefined);
      if (part !== undefined && part.size > 0) stop?.abort(new Error('stopped'));
    }, 10);
    if (begun !== undefined) await writeFile(`${path}.part`, begun);
    if (notes !== undefined)
      await writeFile(`${path}.part.json`, JSON.stringify({ url, ...notes }));
    const published = more.published ?? true;
    outcome = await fetchFile(path, {
      file: { url, format: 'tgz', size: undefined, md5 },
      url,
      published,
      alsoNeeded: 0,
      patience: { answerTimeout: 20_000, stallTimeout: 20_000, attempts: 3, retryDelay: 1 },
      ...more,
    }).then(
      (record) => ({ record }),
      (error: unknown) => ({ error }),
    );
    clearInterval(watch);
    left = (await readdir(folder)).sort();
    if (outcome.record !== undefined && published)
      expect(
        createHash('md5')
          .update(await readFile(path))
          .digest('hex'),
      ).toBe(md5);
    if (outcome.record !== undefined)
      expect(outcome.record.changedAt).toBe((await stat(path)).mtimeMs);
  });
  const ranges = server.requests.filter(({ path }) => path === name).map(({ range }) => range);
  return { ...outcome, ranges, left };
}

const message = ({ error }: { error?: unknown }): string => {
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).message;
};

describe('a file', () => {
  it('is fetched, hashed, and stands alone', async () => {
    const { record, ranges, left } = await fetching(named);
    expect(record).toMatchObject({ size: content.byteLength, md5 });
    expect(ranges).toEqual([undefined]);
    expect(left).toEqual(['a.tgz']);
  });

  it('is gone on with where a connection breaks', async () => {
    const { record, ranges } = await fetching([{ ...named, cutAfter: 20_000 }, named]);
    expect(record).toMatchObject({ md5 });
    expect(ranges).toEqual([undefined, 'bytes=20000-']);
  });

  it('is gone on with by the next call, while the server has the same', async () => {
    const begun = content.subarray(0, 5000);
    const notes = { etag: '"one"', size: content.byteLength };
    const { record, ranges } = await fetching(named, { begun, notes });
    expect(record).toMatchObject({ md5 });
    expect(ranges).toEqual(['bytes=5000-']);
    const whole = await fetching(named, { begun: content, notes });
    expect(whole.record).toMatchObject({ md5 });
    expect(whole.ranges).toEqual([]);
  });

  it.each<[string, Served]>([
    ['has another tag', named],
    ['has another tag and does not look at If-Range', { ...named, etag: '"two"', headers: {} }],
    ['does not serve ranges', { ...named, ranges: false }],
  ])('begins anew where the server %s', async (_, served) => {
    const notes = { etag: '"old"', size: content.byteLength };
    const { record, left } = await fetching(served, { begun: Buffer.alloc(5000), notes });
    expect(record).toMatchObject({ md5 });
    expect(left).toEqual(['a.tgz']);
  });

  it('begins anew where a server without If-Range has another version', async () => {
    const notes = { etag: 'W/"old"', size: content.byteLength };
    const { record, ranges } = await fetching(named, { begun: Buffer.alloc(5000), notes });
    expect(record).toMatchObject({ md5 });
    expect(ranges).toEqual(['bytes=5000-', undefined]);
  });

  it('begins anew where nobody says of what the part is', async () => {
    const { record, ranges } = await fetching(named, { begun: Buffer.alloc(5000) });
    expect(record).toMatchObject({ md5 });
    expect(ranges).toEqual([undefined]);
  });

  it('is fetched once more where old bytes were wrong', async () => {
    const notes = { etag: '"one"', size: content.byteLength };
    const { record, ranges } = await fetching(named, { begun: Buffer.alloc(5000), notes });
    expect(record).toMatchObject({ md5 });
    expect(ranges).toEqual(['bytes=5000-', undefined]);
  });

  it('comes whole from a server that names no length, and one that calls it compressed', async () => {
    expect((await fetching({ ...named, length: null })).record).toMatchObject({ md5 });
    const headers = { 'Content-Encoding': 'x-gzip' };
    expect((await fetching({ ...named, headers })).record).toMatchObject({ md5 });
  });

  it('is asked for again after errors that pass', async () => {
    const { record, ranges } = await fetching([
      { ...named, status: 503 },
      { ...named, status: 429, headers: { 'Retry-After': '0' } },
      named,
    ]);
    expect(record).toMatchObject({ md5 });
    expect(ranges).toHaveLength(3);
  });
});

describe('a server', () => {
  it('that breaks off each time is given up, and the part kept', async () => {
    const found = await fetching({ ...named, cutAfter: 100, ranges: false });
    expect(message(found)).toMatch(/^download failed: '.*' \(.+\)$/);
    expect(found.left).toEqual(['a.tgz.part', 'a.tgz.part.json']);
  });

  it('that announces more than it has is given up, unless it says so when asked for the rest', async () => {
    const length = content.byteLength + 1000;
    expect(message(await fetching({ ...named, length, ranges: false }))).toMatch(
      /^download failed/,
    );
    expect((await fetching({ ...named, length })).record).toMatchObject({ md5 });
  });

  it('that announces less than it has is found out', async () => {
    expect(message(await fetching({ ...named, length: 5000 }))).toContain('wrong content');
    const file = { url: 'x', format: 'tgz' as const, size: content.byteLength, md5 };
    expect(message(await fetching({ ...named, length: 5000 }, { file }))).toContain(
      `5000 bytes announced in place of ${content.byteLength}`,
    );
  });

  it('that is silent is given up', async () => {
    const patience = { answerTimeout: 20_000, stallTimeout: 30, attempts: 2, retryDelay: 1 };
    const found = await fetching({ ...named, slow: 200, ranges: false }, { patience });
    expect(message(found)).toContain('(no bytes for 0.03 s)');
  });

  it('that sends a page in place of the file is seen at once', async () => {
    const page = { content: Buffer.from('<!DOCTYPE html><title>Log in</title>') };
    const typed = await fetching({ ...page, type: 'text/html; charset=utf-8' });
    expect(message(typed)).toMatch(/^no archive at '.*': a web page is$/);
    const untyped = await fetching(page);
    expect(message(untyped)).toMatch(/^no tar archive packed with gzip at .*: a web page is$/);
    const other = await fetching({ content: Buffer.from('PK\u0003\u0004') });
    expect(message(other)).toContain('something else is');
    for (const { ranges, left } of [typed, untyped, other]) {
      expect(ranges).toHaveLength(1);
      expect(left.filter((name) => name === 'a.tgz')).toEqual([]);
    }
  });

  it.each([
    [404, /^nothing at '.*' \(404 Not Found\)$/],
    [403, /^no access to/],
    [418, /^server answered 418/],
    [500, /^download failed: '.*' \(status 500 Internal Server Error\)$/],
  ])('that answers %d is said to', async (status, expected) => {
    expect(message(await fetching({ ...named, status }))).toMatch(expected);
  });

  it('that is not there is said to be', async () => {
    const found = await fetching(named, { url: 'http://127.0.0.1:9/a.tgz' });
    expect(message(found)).toMatch(/^download failed: 'http:\/\/127.0.0.1:9\/a.tgz'/);
  });

  it('that has other bytes is refused where they are published, and warned of elsewhere', async () => {
    const other = { content: gzipSync('something else'), etag: '"x"' };
    const found = await fetching(other);
    expect(message(found)).toMatch(/^wrong content at '.*': hash [0-9a-f]{32} in place of/);
    expect(found.left).toEqual([]);
    expect((await fetching(other, { published: false })).record).toBeDefined();
    const sha256 = createHash('sha256').update(other.content).digest('hex');
    expect((await fetching(other, { published: false, hash: sha256 })).record).toBeDefined();
    const strict = await fetching(other, { published: false, hash: md5 });
    expect(message(strict)).toContain('wrong content');
  });
});

it('Ctrl-C keeps the part', async () => {
  const stop = new AbortController();
  const found = await fetching({ ...named, slow: 100 }, { signal: stop.signal, stop });
  expect(found.error).toEqual(new Error('stopped'));
  expect(found.left).toEqual(['a.tgz.part', 'a.tgz.part.json']);
});
