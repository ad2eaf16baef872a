import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inTemporaryFolder } from '../../../test/helpers/folders.ts';
import { UserError } from '../errors.ts';
import { kindOfPath, writeFileAtomic } from '../files.ts';
import { makeFolder } from '../folders.ts';
import { diskError, refusalOfSystem } from './refusals.ts';

/** An error as Node makes it of a failed system call. */
function systemError(code: string, syscall = 'write', path?: string): Error {
  const errno = constants.errno[code as keyof typeof constants.errno];
  const name = code === 'EDQUOT' ? `Unknown system error -${errno}` : code;
  const fields = { code: name, errno: -errno, syscall, ...(path === undefined ? {} : { path }) };
  return Object.assign(new Error(`${name}: said by Node, ${syscall}`), fields);
}

test.each(
  'ENOSPC EDQUOT EIO EFBIG EMFILE ENFILE EACCES EPERM EROFS ELOOP ENAMETOOLONG ENOTDIR ESTALE ENODEV ENXIO ETXTBSY EBUSY ENOENT ENOMEM'.split(
    ' ',
  ),
)('%s is a sentence about the path, for who writes and at the edge', (code) => {
  const error = systemError(code);
  const written = diskError(error, 'runs/x');
  expect(written).toBeInstanceOf(UserError);
  expect((written as UserError).message).toMatch(/^cannot write 'runs\/x': [a-z]/);
  const named = refusalOfSystem(systemError(code, 'open', 'a/b'));
  expect(named?.message).toMatch(
    code === 'ENOMEM' ? /^not enough memory/ : /^opening of 'a\/b' failed: [a-z]/,
  );
  expect(refusalOfSystem(new Error('deep', { cause: error }))).toBeInstanceOf(UserError);
});

test.each(['EBADF', 'EINVAL', 'EFAULT'])('%s stays a bug', (code) => {
  const error = systemError(code);
  expect(diskError(error, 'x')).toBe(error);
  expect(refusalOfSystem(error)).toBeUndefined();
});

test.each([
  new RangeError('Array buffer allocation failed'),
  new RangeError('Invalid typed array length: 15360000000'),
  new RangeError('WebAssembly.Memory(): could not allocate memory'),
  Object.assign(
    new Error('Worker terminated due to reaching memory limit: JS heap out of memory'),
    {
      code: 'ERR_WORKER_OUT_OF_MEMORY',
    },
  ),
])('%s says that memory is short', (error) => {
  expect(refusalOfSystem(error)).toMatchObject({
    name: 'UserError',
    message: expect.stringContaining('not enough memory'),
  });
});

test.each([new RangeError('Invalid typed array length: -1'), new TypeError('x is not a function')])(
  '%s stays a bug',
  (error) => expect(refusalOfSystem(error)).toBeUndefined(),
);

describe('a path that the system refuses', () => {
  test('is named in one sentence, by whoever looks and whoever writes', async () => {
    await inTemporaryFolder(async (folder) => {
      symlinkSync('self', join(folder, 'self'));
      await writeFile(join(folder, 'file'), '');
      const long = join(folder, 'a'.repeat(300));
      await expect(kindOfPath(join(folder, 'self'))).rejects.toThrow('links lead in a circle');
      await expect(kindOfPath(long)).rejects.toThrow('the name is too long');
      expect(await kindOfPath(join(folder, 'file', 'x'))).toBe('nothing');
      for (const path of [join(folder, 'self', 'x'), long, join(folder, 'file', 'x')]) {
        await expect(writeFileAtomic(path, '')).rejects.toMatchObject({ name: 'UserError' });
        await expect(makeFolder(path)).rejects.toMatchObject({ name: 'UserError' });
      }
    });
  });

  // Root is refused nothing.
  test.skipIf(process.getuid?.() === 0)('without permission is named, too', async () => {
    await inTemporaryFolder(async (folder) => {
      mkdirSync(join(folder, 'closed'));
      chmodSync(join(folder, 'closed'), 0);
      const path = join(folder, 'closed', 'x');
      await expect(kindOfPath(path)).rejects.toThrow('permission is denied');
      await expect(writeFileAtomic(path, '')).rejects.toThrow('permission is denied');
    });
  });

  test('of nearly the longest length is written, without other names in the way', async () => {
    await inTemporaryFolder(async (folder) => {
      const name = 'é'.repeat(127);
      await writeFileAtomic(join(folder, name), 'whole');
      expect(await readFile(join(folder, name), 'utf8')).toBe('whole');
      expect(await readdir(folder)).toEqual([name]);
    });
  });
});
