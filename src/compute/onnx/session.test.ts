import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { input, type Value, weight } from './graph.ts';
import { buildModel } from './model.ts';
import { add, matMul, scale } from './ops.ts';
import { openSession, type Session } from './session.ts';
import { createSessionCache } from './session-cache.ts';

const model = (outputs: Record<string, Value>): Uint8Array =>
  buildModel(new Map(Object.entries(outputs))).bytes;
const x = input('x', ['n', 'm']);
const square = input('x', ['n', 'n']);
const pairs = input('x', ['n', 2]);
const feed = (
  n: number,
  m: number,
  value = 1,
): Map<string, { data: Float32Array; shape: number[] }> =>
  new Map([['x', { data: new Float32Array(n * m).fill(value), shape: [n, m] }]]);

describe('a session', () => {
  it('serves runs in order and leaves the fed arrays alone', async () => {
    const session = await openSession(model({ y: scale(x, 2) }), { threads: 1 });
    const feeds = [feed(1, 2, 1), feed(2, 2, 2), feed(3, 2, 3)];
    const results = await Promise.all(feeds.map((each) => session.run(each)));
    expect(results.map((each) => each.get('y')!.shape)).toEqual([
      [1, 2],
      [2, 2],
      [3, 2],
    ]);
    expect(results.map((each) => each.get('y')!.data[0])).toEqual([2, 4, 6]);
    expect(feeds[2]!.get('x')!.data).toHaveLength(6);
    await session.close();
  });

  it('takes the buffers when they are transferred', async () => {
    const session = await openSession(model({ y: scale(x, 2) }), { threads: 1 });
    const given = feed(1, 3);
    const results = await session.run(given, { transfer: true });
    expect([...results.get('y')!.data]).toEqual([2, 2, 2]);
    expect(given.get('x')!.data).toHaveLength(0);
    await session.close();
  });

  it('does not block the thread that waits for it', async () => {
    const session = await openSession(model({ y: matMul(square, square) }), { threads: 1 });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await session.run(feed(1500, 1500));
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(3);
    await session.close();
  });

  it('survives a run that fails', async () => {
    const session = await openSession(model({ y: scale(x, 2) }), { threads: 1 });
    await expect(session.run(new Map())).rejects.toThrow(/onnxruntime: .*'x'.* missing/);
    const flat = new Map([['x', { data: new Float32Array(2), shape: [2] }]]);
    await expect(session.run(flat)).rejects.toThrow(/onnxruntime: .*rank/i);
    expect((await session.run(feed(1, 1))).get('y')!.data[0]).toBe(2);
    await session.close();
  });

  it('an aborted run is given up and the next one works', async () => {
    const session = await openSession(model({ y: matMul(square, square) }), { threads: 1 });
    const stop = new AbortController();
    const running = session.run(feed(1500, 1500), { signal: stop.signal });
    stop.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    await expect(session.run(feed(1, 1), { signal: stop.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect((await session.run(feed(1, 1, 3))).get('y')!.data[0]).toBe(9);
    await session.close();
  });

  it('rejects what waits when it is closed, and what comes after', async () => {
    const session = await openSession(model({ y: matMul(square, square) }), { threads: 1 });
    const running = session.run(feed(1500, 1500));
    const closing = session.close();
    await expect(running).rejects.toThrow('the session is closed');
    await closing;
    await expect(session.run(feed(1, 1))).rejects.toThrow('the session is closed');
  });

  it('is not opened for a signal that has fired, nor from bytes that are no model', async () => {
    await expect(
      openSession(model({ y: x }), { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ name: 'AbortError' });
    await expect(openSession(Uint8Array.of(1, 2, 3))).rejects.toThrow(/onnxruntime:/);
    await expect(openSession(new Uint8Array(0))).rejects.toThrow(/onnxruntime:/);
  });
});

describe('weights in files', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'saev-session-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const withWeight = (offset: number): Uint8Array =>
    model({ y: add(pairs, weight('w', [2], 'float32', { file: 'w.bin', offset, length: 8 })) });

  it('are read at any offset, aligned or not', async () => {
    const bytes = new Uint8Array(64);
    for (const offset of [0, 3, 16]) {
      bytes.set(new Uint8Array(Float32Array.of(5, 6).buffer), offset);
      await writeFile(join(folder, 'w.bin'), bytes);
      const session = await openSession(withWeight(offset), { weightsFolder: folder, threads: 1 });
      expect([...(await session.run(feed(1, 2))).get('y')!.data]).toEqual([6, 7]);
      await session.close();
    }
  });

  it('are refused when the file is missing, too short, or outside the folder', async () => {
    const open = (bytes: Uint8Array): Promise<Session> =>
      openSession(bytes, { weightsFolder: folder });
    await expect(open(withWeight(0))).rejects.toThrow(/w\.bin/);
    await writeFile(join(folder, 'w.bin'), new Uint8Array(10));
    await expect(open(withWeight(8))).rejects.toThrow(/onnxruntime:/);
    const outside = weight('w', [2], 'float32', { file: '../w.bin', offset: 0, length: 8 });
    await expect(open(model({ y: add(pairs, outside) }))).rejects.toThrow(/onnxruntime:/);
  });
});

describe('a session cache', () => {
  const fake = (log: string[], name: string): Session => ({
    run: async () => new Map(),
    close: async () => void log.push(`close ${name}`),
  });

  it('keeps the sessions used last and closes the others', async () => {
    const log: string[] = [];
    const cache = createSessionCache(2);
    const get = (name: string): Promise<Session> =>
      cache.get(name, async () => {
        log.push(`open ${name}`);
        return fake(log, name);
      });
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await get(name);
    expect(log).toEqual(['open a', 'open b', 'close b', 'open c', 'close c', 'open b']);
    await cache.close();
    expect(log.slice(-2).sort()).toEqual(['close a', 'close b']);
  });

  it('forgets a session that could not be opened', async () => {
    const cache = createSessionCache(1);
    await expect(cache.get('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    const session = fake([], 'a');
    expect(await cache.get('a', async () => session)).toBe(session);
  });
});

describe('the end of the process', () => {
  it.each([
    ['process.exit(7)', 7],
    ["throw new Error('mistake')", 1],
  ])('%s during a run exits with code %i and does not crash', (ending, code) => {
    const dist = pathToFileURL(join(import.meta.dirname, '../../../dist/compute/onnx/')).href;
    const program = `
      import { input } from '${dist}graph.js';
      import { buildModel } from '${dist}model.js';
      import { matMul } from '${dist}ops.js';
      import { openSession } from '${dist}session.js';
      const x = input('x', ['n', 'n']);
      const session = await openSession(buildModel(new Map([['y', matMul(x, x)]])).bytes, { threads: 1 });
      session.run(new Map([['x', { data: new Float32Array(4e6), shape: [2000, 2000] }]])).catch(() => {});
      setTimeout(() => { console.log('running'); ${ending} }, 50);`;
    const args = ['--input-type=module', '-e', program];
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
    });
    expect({ status, signal, stdout, stderr }).toMatchObject({
      status: code,
      signal: null,
      stdout: 'running\n',
    });
  });
});
