import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { inTemporaryFolder, makeTree } from '../../../test/helpers/folders.ts';
import { hubSettings } from '../settings.ts';
import { derivedFile } from './derived.ts';

afterEach(() => vi.unstubAllEnvs());

const make = (target: string): Promise<void> => writeFile(target, 'made');

test('a derived file is made once, beside the cache', async () => {
  await inTemporaryFolder(async (home) => {
    const settings = hubSettings({ HF_HOME: home });
    const path = await derivedFile('weights/a', make, { settings });
    expect(path).toBe(join(home, 'saev', 'weights', 'a'));
    const fail = async () => {
      throw new Error('made twice');
    };
    expect(await derivedFile('weights/a', fail, { settings })).toBe(path);
  });
});

test('where that cannot be written, in the own cache, and else among temporary files, for this person alone', async () => {
  // A file in the place of a folder stops whoever may do everything, too.
  const root = await makeTree({ 'shared/saev': '', 'home/.cache': '' });
  const settings = hubSettings({ HF_HOME: join(root, 'shared') });
  vi.stubEnv('XDG_CACHE_HOME', join(root, 'own'));
  const own = await derivedFile('weights/a', make, { settings });
  expect(own).toBe(join(root, 'own', 'saev', 'weights', 'a'));
  vi.stubEnv('XDG_CACHE_HOME', join(root, 'home/.cache'));
  await mkdir(join(root, 'tmp'));
  vi.stubEnv('TMPDIR', join(root, 'tmp'));
  const temporary = await derivedFile('weights/a', make, { settings });
  expect(await readFile(temporary, 'utf8')).toBe('made');
  const folder = join(root, 'tmp', `saev-${process.getuid!()}`);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  // One that others may write into is not trusted.
  await chmod(folder, 0o777);
  await expect(derivedFile('weights/a', make, { settings })).rejects.toThrow(
    'no place for derived',
  );
});

test('SAEV_DERIVED_DIR is the only place where it is set', async () => {
  const root = await makeTree({ 'home/saev/weights/a': 'other', file: '' });
  const env = { HF_HOME: join(root, 'home') };
  const chosen = hubSettings({ ...env, SAEV_DERIVED_DIR: join(root, 'chosen') });
  const path = await derivedFile('weights/a', make, { settings: chosen });
  expect(path).toBe(join(root, 'chosen', 'weights', 'a'));
  const none = hubSettings({ ...env, SAEV_DERIVED_DIR: join(root, 'file') });
  await expect(derivedFile('weights/a', make, { settings: none })).rejects.toThrow(
    'no place for derived files',
  );
});
