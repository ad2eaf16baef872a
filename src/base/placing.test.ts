import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { inTemporaryFolder } from '../../test/helpers/folders.ts';
import { UserError } from './errors.ts';
import { placeWhole } from './placing.ts';

/** Make a folder with these files. */
const folderOf =
  (files: Record<string, string>) =>
  async (path: string): Promise<void> => {
    await mkdir(path, { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
  };

const fileOf =
  (text: string) =>
  async (path: string): Promise<void> => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  };

test('a folder or a file is not there before it is whole, and a failure leaves nothing', async () => {
  await inTemporaryFolder(async (root) => {
    const path = join(root, 'new');
    const make = async (place: string): Promise<void> => {
      await folderOf({ a: '1' })(place);
      expect(await readdir(root)).not.toContain('new');
      throw new Error('half-way');
    };
    await expect(placeWhole(path, make)).rejects.toThrow('half-way');
    const refused = (place: string): Promise<void> =>
      Promise.reject(new UserError(`cannot write '${place}': the disk is full`));
    await expect(placeWhole(path, refused)).rejects.toThrow(`cannot write '${path}': the disk`);
    expect(await readdir(root)).toEqual([]);
    await placeWhole(path, folderOf({ a: '1', b: '2' }));
    await placeWhole(`${path}.pt`, fileOf('x'));
    expect((await readdir(root)).sort()).toEqual(['new', 'new.pt']);
  });
});

test.each([
  ['a file', fileOf],
  ['a folder', (text: string) => folderOf({ text })],
])('of many that make %s at once where nothing may stand, one wins', async (_, maker) => {
  await inTemporaryFolder(async (root) => {
    const path = join(root, 'x');
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (__, i) =>
        placeWhole(path, maker(String(i)), { overwrite: false }),
      ),
    );
    const lost = results.filter(({ status }) => status === 'rejected');
    expect(lost).toHaveLength(7);
    for (const { reason } of lost as PromiseRejectedResult[])
      expect(reason).toMatchObject({
        name: 'UserError',
        message: expect.stringContaining('something stands'),
      });
    expect(await readdir(root)).toEqual(['x']);
  });
});

test('written over, files of other things stay and those that no longer go with it are removed', async () => {
  await inTemporaryFolder(async (root) => {
    const path = join(root, 'x');
    await folderOf({ weights: 'old', scaler: 'old', notes: 'mine' })(path);
    await placeWhole(path, folderOf({ weights: 'new' }), { stale: ['weights', 'scaler', 'gone'] });
    expect((await readdir(path)).sort()).toEqual(['notes', 'weights']);
    expect(await readFile(join(path, 'weights'), 'utf8')).toBe('new');
    await writeFile(join(root, 'file'), 'old');
    await placeWhole(join(root, 'file'), fileOf('new'));
    expect(await readFile(join(root, 'file'), 'utf8')).toBe('new');
    await expect(placeWhole(path, fileOf('new'))).rejects.toMatchObject({ name: 'UserError' });
  });
});
