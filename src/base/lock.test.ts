import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { inTemporaryFolder } from '../../test/helpers/folders.ts';
import { lockFolder, withLock } from './lock.ts';

const dead = 2 ** 22 + 77;

describe('a folder lock', () => {
  test('keeps others out until it is released, and leaves nothing behind', async () => {
    await inTemporaryFolder(async (folder) => {
      const lock = await lockFolder(folder);
      await expect(lockFolder(folder)).rejects.toMatchObject({
        message: expect.stringContaining(`process ${process.pid}`),
      });
      await lock.release();
      await lock.release();
      expect(await readdir(folder)).toEqual([]);
      await (await lockFolder(folder)).release();
    });
  });

  test.each([
    ['a process that ended', { pid: dead, host: hostname() }],
    ['an earlier process with our number', { pid: process.pid, host: hostname() }],
  ])('of %s is taken over', async (_, owner) => {
    await inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, '.saev-lock'), JSON.stringify({ ...owner, since: '' }));
      const lock = await lockFolder(folder);
      await lock.release();
      expect(await readdir(folder)).toEqual([]);
    });
  });

  test.each([
    ['a living process', { pid: process.ppid, host: hostname() }],
    ['a process of another host', { pid: dead, host: 'elsewhere.invalid' }],
    ['one there that gives signs of life', { id: 'x', pid: dead, host: 'elsewhere.invalid' }],
  ])('of %s is respected', async (_, owner) => {
    await inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, '.saev-lock'), JSON.stringify({ ...owner, since: '' }));
      await expect(lockFolder(folder)).rejects.toThrow(`process ${owner.pid} on ${owner.host}`);
      expect(await readdir(folder)).toEqual(['.saev-lock']);
    });
  });

  test('that holds garbage is taken over; of many takers one wins', async () => {
    await inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, '.saev-lock'), '{"pid":');
      const results = await Promise.allSettled(Array.from({ length: 5 }, () => lockFolder(folder)));
      const won = results.filter(({ status }) => status === 'fulfilled');
      expect(won.length).toBe(1);
    });
  });
});

describe('a lock that is waited for', () => {
  afterEach(() => vi.restoreAllMocks());

  /** Let time go by twenty times as fast for those who watch a lock. */
  const now = performance.now.bind(performance);
  const hurry = (): void => {
    vi.spyOn(performance, 'now').mockImplementation(() => now() * 20);
  };

  test('is had by one after the other, in one process too', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = join(folder, 'inner', 'a.lock');
      let inside = 0;
      const work = async (): Promise<void> => {
        expect(++inside).toBe(1);
        expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid });
        await setTimeout(20);
        inside--;
      };
      await Promise.all([withLock(path, work), withLock(path, work), withLock(path, work)]);
      expect(await readdir(join(folder, 'inner'))).toEqual([]);
    });
  });

  test.each([
    ['that ended', { id: 'x', pid: dead, host: hostname() }],
    ['of an older version that ended', { pid: dead, host: hostname(), since: '' }],
  ])('is taken over from a process %s', async (_, owner) => {
    await inTemporaryFolder(async (folder) => {
      const path = join(folder, 'a.lock');
      await writeFile(path, JSON.stringify(owner));
      expect(await withLock(path, async () => 7)).toBe(7);
    });
  });

  test('is taken over from another host when it is silent, and not before', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = join(folder, 'a.lock');
      await writeFile(path, JSON.stringify({ id: 'x', pid: 1, host: 'elsewhere.invalid' }));
      let time = 0;
      vi.spyOn(performance, 'now').mockImplementation(() => time);
      let taken = false;
      const waiting = withLock(path, async () => {
        taken = true;
      });
      for (let i = 1; i <= 15; i++) {
        await setTimeout(60);
        await utimes(path, i, i);
        time += 2000;
      }
      expect(taken).toBe(false);
      vi.restoreAllMocks();
      hurry();
      await waiting;
      expect(taken).toBe(true);
      expect(await readdir(folder)).toEqual([]);
    });
  });

  test('is not removed by an owner who lost it', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = join(folder, 'a.lock');
      await withLock(path, async () => writeFile(path, '{"id":"y","pid":1,"host":"b"}'));
      expect(await readFile(path, 'utf8')).toContain('"y"');
    });
  });

  test('is given up when the signal is aborted', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = join(folder, 'a.lock');
      await writeFile(path, JSON.stringify({ id: 'x', pid: process.ppid, host: hostname() }));
      const controller = new AbortController();
      const waiting = withLock(path, async () => 7, controller.signal);
      controller.abort(new Error('enough'));
      await expect(waiting).rejects.toThrow('enough');
    });
  });
});
