import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isStale } from './helpers/build.ts';

it('finds what was made before its sources changed, and what is missing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'saev-build-'));
  const file = async (name: string, seconds: number): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, '');
    await utimes(path, seconds, seconds);
    return path;
  };
  await mkdir(join(folder, 'sources', 'deep'), { recursive: true });
  await file('sources/a.ts', 100);
  await file('sources/deep/b.ts', 200);
  await file('sources/deep/b.test.ts', 900);
  const sources = [join(folder, 'sources')];
  const [old, fresh] = [await file('old.js', 150), await file('fresh.js', 250)];
  expect(isStale([fresh], sources)).toBe(false);
  expect(isStale([fresh, old], sources)).toBe(true);
  expect(isStale([fresh, join(folder, 'none.js')], sources)).toBe(true);
  await rm(folder, { recursive: true });
});
