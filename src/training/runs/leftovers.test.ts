import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { temporaryPath } from '../../base/system/temporary.ts';
import { removeLeftovers } from './leftovers.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'saev-leftovers-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** A lock as a process with this number was making it. */
async function lockBeingMadeBy(pid: number, run: string): Promise<void> {
  const ours = temporaryPath(join(root, run, '.saev-lock'));
  const name = ours.replace(`.${process.pid.toString(36)}-`, `.${pid.toString(36)}-`);
  await mkdir(join(root, run));
  await writeFile(name, '{}\n');
}

it('removes a run that was killed over its lock, and no other folder', async () => {
  // The largest number that a process can have on Linux; nothing here gets so far.
  await lockBeingMadeBy(4_194_303, '20261121-184607-c7a437');
  await lockBeingMadeBy(process.pid, '20261121-184607-aaaaaa');
  await mkdir(join(root, '20261121-184607-bbbbbb'));
  await mkdir(join(root, 'photos'));
  await removeLeftovers(root);
  expect((await readdir(root)).sort()).toEqual([
    '20261121-184607-aaaaaa',
    '20261121-184607-bbbbbb',
    'photos',
  ]);
});
