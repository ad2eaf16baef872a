import { spawnSync } from 'node:child_process';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { inTemporaryFolder } from '../../../test/helpers/folders.ts';
import { lockFolder } from '../lock.ts';
import { isTemporary, removeTemporaries, temporaryPath } from './temporary.ts';

/** The name that a process which has ended gave to what it was writing. */
function leftBy(name: string): string {
  const { pid } = spawnSync(process.execPath, ['--version']);
  return basename(temporaryPath(name)).replace(
    `.${process.pid.toString(36)}-`,
    `.${pid!.toString(36)}-`,
  );
}

test('what a dead writer left is removed, what a living one writes and what others made is not', async () => {
  await inTemporaryFolder(async (folder) => {
    const names = { dead: leftBy('a.json'), living: basename(temporaryPath('b.json')) };
    const others = ['c.json', 'c.tmp', 'c.json.12345.tmp', 'deadbeef.tmp'];
    const early = 'd.json.0123abcd.tmp';
    await mkdir(join(folder, names.dead.replace('a.json', 'a')));
    for (const name of [...Object.values(names), ...others, early, `young.${early}`])
      await writeFile(join(folder, name), '');
    await utimes(join(folder, early), 0, 0);
    await removeTemporaries(folder);
    expect((await readdir(folder)).sort()).toEqual(
      [names.living, ...others, `young.${early}`].sort(),
    );
  });
});

test('one file alone is looked after when it is named', async () => {
  await inTemporaryFolder(async (folder) => {
    const [mine, other] = [leftBy('a.pt'), leftBy('b.pt')];
    for (const name of [mine, other]) await writeFile(join(folder, name), '');
    await removeTemporaries(folder, { of: 'a.pt' });
    expect(await readdir(folder)).toEqual([other]);
  });
});

test('whoever locks a folder removes what was left in it and a little below', async () => {
  await inTemporaryFolder(async (folder) => {
    const deep = join(folder, 'checkpoints', '100');
    await mkdir(deep, { recursive: true });
    for (const place of [folder, deep]) await writeFile(join(place, leftBy('x')), '');
    await (await lockFolder(folder)).release();
    expect((await readdir(folder, { recursive: true })).filter((n) => isTemporary(n))).toEqual([]);
    expect(await readdir(deep)).toEqual([]);
  });
});
