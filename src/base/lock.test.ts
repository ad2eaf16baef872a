import { readdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inTemporaryFolder } from '../../test/helpers/folders.ts';
import { lockFolder } from './lock.ts';

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
