import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { noise, startTestHub, type TestHub } from '../../test/helpers/hub-repos.ts';
import type { HubRepo } from './cache/cache-paths.ts';
import { openHubFile, resolveHubFile } from './client.ts';

const set: HubRepo = { type: 'dataset', name: 'org/images' };
const BYTES = noise(100_000);
let hub: TestHub;

beforeEach(async () => {
  hub = await startTestHub();
  await hub.repo('datasets/org/images', { 'a.bin': BYTES, 'small.txt': 'twelve bytes' });
});
afterEach(() => hub.close());

const bodies = (): { range: string | undefined; bytes: number }[] =>
  hub.server.requests
    .filter((r) => r.method === 'GET' && /a\.bin|parquet/.test(r.url))
    .map((r) => ({ range: r.headers.range, bytes: r.bytes }));

describe('a file on the hub', () => {
  test('is read in ranges, one request each, of no more bytes than asked for', async () => {
    const file = await openHubFile(set, 'a.bin', { settings: hub.settings() });
    expect(file.byteLength).toBe(BYTES.length);
    expect(bodies()).toEqual([]);
    expect(new Uint8Array(await file.slice(10, 20))).toEqual(BYTES.slice(10, 20));
    expect(new Uint8Array(await file.slice(99_990))).toEqual(BYTES.slice(99_990));
    expect(new Uint8Array(await file.slice(-5))).toEqual(BYTES.slice(-5));
    expect(bodies()).toEqual([
      { range: 'bytes=10-19', bytes: 10 },
      { range: 'bytes=99990-99999', bytes: 10 },
      { range: 'bytes=99995-99999', bytes: 5 },
    ]);
    expect(await readdir(hub.cacheDir).catch(() => [])).toEqual([]);
  });

  test('answers empty and overlong ranges without a request too many', async () => {
    const file = await openHubFile(set, 'a.bin', { settings: hub.settings() });
    expect((await file.slice(7, 7)).byteLength).toBe(0);
    expect((await file.slice(20, 10)).byteLength).toBe(0);
    expect((await file.slice(200_000, 300_000)).byteLength).toBe(0);
    expect(bodies()).toEqual([]);
    expect((await file.slice(99_999, 300_000)).byteLength).toBe(1);
  });

  test('that is small comes from the hub itself', async () => {
    const file = await openHubFile(set, 'small.txt', { settings: hub.settings() });
    expect(Buffer.from(await file.slice(7, 12)).toString()).toBe('bytes');
  });

  test('is read from the cache when it is there', async () => {
    await resolveHubFile(set, 'a.bin', { settings: hub.settings() });
    hub.server.requests.length = 0;
    const file = await openHubFile(set, 'a.bin', { settings: hub.settings({ offline: true }) });
    expect(file.byteLength).toBe(BYTES.length);
    expect(new Uint8Array(await file.slice(500, 600))).toEqual(BYTES.slice(500, 600));
    expect(hub.server.requests).toEqual([]);
  });

  test('survives errors, broken bodies and addresses that expire', async () => {
    const file = await openHubFile(set, 'a.bin', { settings: hub.settings({ token: 'hf_x' }) });
    hub.server.faults.push(
      { on: /a\.bin/, server: 'cdn', status: 503, times: 1 },
      { on: /a\.bin/, server: 'cdn', cutAfter: 100, times: 2 },
    );
    expect(new Uint8Array(await file.slice(0, 50_000))).toEqual(BYTES.slice(0, 50_000));
    hub.server.expireAddresses();
    expect(new Uint8Array(await file.slice(1, 3))).toEqual(BYTES.slice(1, 3));
    const cdn = hub.server.requests.filter((r) => r.server === 'cdn');
    expect(cdn.every((r) => r.headers.authorization === undefined)).toBe(true);
  });

  test('on a server without ranges is refused', async () => {
    const file = await openHubFile(set, 'a.bin', { settings: hub.settings() });
    hub.server.faults.push({ on: /a\.bin/, server: 'cdn', ignoreRange: true });
    await expect(file.slice(5, 10)).rejects.toThrow(
      "invalid answer for bytes 5-9 of 100000 of 'a.bin': status 200",
    );
  });

  test('stops with its signal', async () => {
    const stop = new AbortController();
    const file = await openHubFile(set, 'a.bin', {
      settings: hub.settings(),
      signal: stop.signal,
    });
    hub.server.faults.push({ on: /a\.bin/, server: 'cdn', slow: 50 });
    const reading = file.slice(0);
    setTimeout(() => stop.abort(new Error('enough')), 60);
    await expect(reading).rejects.toThrow('enough');
  });

  test('that is missing is named', async () => {
    await expect(openHubFile(set, 'b.bin', { settings: hub.settings() })).rejects.toThrow(
      "missing file 'b.bin' in hub repo 'org/images'",
    );
  });
});

describe('parquet on the hub', () => {
  test('a few rows cost the footer and their row group, not the file', async () => {
    const rows = 400;
    const parquet = parquetWriteBuffer({
      columnData: [
        { name: 'label', data: Int32Array.from({ length: rows }, (_, i) => i), type: 'INT32' },
        {
          name: 'image',
          data: Array.from({ length: rows }, (_, i) => noise(5000, i + 1)),
          type: 'BYTE_ARRAY',
        },
      ],
      rowGroupSize: 100,
      codec: 'UNCOMPRESSED',
    });
    await hub.repo('datasets/org/images', { 'data/train-0.parquet': new Uint8Array(parquet) });
    const file = await openHubFile(set, 'data/train-0.parquet', { settings: hub.settings() });
    const metadata = await parquetMetadataAsync(file, { initialFetchSize: 16_384 });
    expect(Number(metadata.num_rows)).toBe(rows);
    expect(bodies()).toHaveLength(1);

    const options = { file, metadata, rowStart: 250, rowEnd: 253, utf8: false };
    const labels = await parquetReadObjects({ ...options, columns: ['label'] });
    expect(labels).toEqual([{ label: 250 }, { label: 251 }, { label: 252 }]);
    const sent = (): number => bodies().reduce((sum, { bytes }) => sum + bytes, 0);
    expect(sent()).toBeLessThan(20_000);

    const [first] = await parquetReadObjects(options);
    expect(first!.image).toEqual(noise(5000, 251));
    // One row group of four, and the footer.
    expect(sent()).toBeLessThan(parquet.byteLength / 4 + 30_000);
    expect(bodies().length).toBeLessThanOrEqual(4);
    expect(await readdir(join(hub.cacheDir, 'datasets--org--images')).catch(() => [])).toEqual([]);
  });
});
