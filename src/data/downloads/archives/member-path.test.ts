import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../base/errors.ts';
import { checkMemberPath, pathBook, staysInside } from './member-path.ts';

describe('the path of a member', () => {
  it.each([
    ['a/b.jpg', 'a/b.jpg'],
    ['./a//b.jpg', 'a/b.jpg'],
    ['a/', 'a'],
    ['./', ''],
    ['a/./b', 'a/b'],
    ['..a/b..', '..a/b..'],
  ])('%s is %s', (path, clean) => {
    expect(checkMemberPath(path, 'a.tar')).toBe(clean);
  });

  it.each([
    '../a',
    'a/../../b',
    'a/../b',
    '/etc/passwd',
    'C:/a',
    'c:a',
    'a\\..\\b',
    '\\\\host\\a',
    'a\0b',
    'a\nb',
    'a:stream',
    '..',
    'x'.repeat(2000),
  ])('%j is refused', (path) => {
    expect(() => checkMemberPath(path, 'a.tar')).toThrow(UserError);
    expect(() => checkMemberPath(path, 'a.tar')).toThrow("refused archive 'a.tar'");
  });

  it('never leads out of a folder when it is taken', () => {
    const part = fc.oneof(fc.constantFrom('..', '.', '', '/', '\\', 'C:', '...'), fc.string());
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        let clean: string;
        try {
          clean = checkMemberPath(parts.join('/'), 'a.tar');
        } catch (error) {
          return error instanceof UserError;
        }
        return posix.join('/root', clean).startsWith('/root');
      }),
    );
  });
});

it('links stay inside or do not', () => {
  expect(staysInside('a/b/c', 'symlink', '../d')).toBe(true);
  expect(staysInside('a/b/c', 'symlink', '../../../d')).toBe(false);
  expect(staysInside('a', 'symlink', '../d')).toBe(false);
  expect(staysInside('a/b/c', 'link', 'a/d')).toBe(true);
  expect(staysInside('a/b/c', 'link', '../d')).toBe(false);
  for (const target of ['/etc', 'C:\\x', 'a\\..'])
    expect(staysInside('a', 'link', target)).toBe(false);
});

it('paths that are one on some disks are refused together', () => {
  const book = pathBook('a.tar');
  book.note('Faces/a.jpg');
  book.note('Faces_easy/a.jpg');
  expect(() => book.note('Faces/a.jpg')).toThrow("holds 'Faces/a.jpg' twice");
  expect(() => book.note('Faces/A.JPG')).toThrow('are one on some disks');
  expect(() => book.note('faces/b.jpg')).toThrow("'faces' and 'Faces' are one on some disks");
  book.note('caf\u00e9');
  expect(() => book.note('cafe\u0301')).toThrow('are one on some disks');
});
