// Paths of members of an archive, which anyone may have written: none leads out of a folder, no two mean one file.
import { posix } from 'node:path';
import { UserError } from '../../../base/errors.ts';

/** Longest path, and deepest, that a set of images has any use for. */
const LONGEST = 1000;

/**
 * Check the path of a member, and give it without `./` and a last slash; `''` for the root itself.
 *
 * @throws {UserError} when it is absolute, leads upwards, or has characters that no path of a data set has.
 */
export function checkMemberPath(path: string, archive: string): string {
  const refuse = (why: string): UserError =>
    new UserError(`refused archive '${archive}': its member '${path.slice(0, 200)}' ${why}`, {
      hint: 'nothing was written; get the archive from its authors',
    });
  if (path.length > LONGEST) throw refuse(`has a path of ${path.length} characters`);
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) throw refuse('has an absolute path');
  if (path.includes('\\')) throw refuse('has a backslash in its path');
  // Control characters, and the colon that names streams and drives of Windows.
  if (/[\p{Cc}:]/u.test(path)) throw refuse('has a character in its path that none needs');
  if (path.split('/').includes('..')) throw refuse('leads out of its folder');
  const clean = posix.normalize(path).replace(/\/$/, '');
  return clean === '.' ? '' : clean;
}

/** Tell whether a link in an archive stays in it. */
export function staysInside(path: string, kind: string, target: string): boolean {
  if (target.startsWith('/') || /^[a-z]:/i.test(target) || target.includes('\\')) return false;
  // A hard link names a member, a symbolic one a place as seen from where it stands.
  const to = posix.normalize(kind === 'link' ? target : posix.join(posix.dirname(path), target));
  return to !== '..' && !to.startsWith('../');
}

/** Remembers paths, and refuses those that a disk which takes `A` for `a` could not tell apart. */
export interface PathBook {
  /** @throws {UserError} when the path was noted before, or differs from one in case or in the way its accents are written. */
  note(path: string): void;
}

/** Start a book of the paths of an archive's members. */
export function pathBook(archive: string): PathBook {
  const files = new Set<string>();
  const spelled = new Map<string, string>();
  const refuse = (path: string, other: string): UserError =>
    new UserError(`refused archive '${archive}': '${path}' and '${other}' are one on some disks`, {
      hint: 'nothing was written; get the archive from its authors',
    });
  return {
    note(path) {
      if (files.has(path))
        throw new UserError(`refused archive '${archive}': it holds '${path}' twice`);
      files.add(path);
      const parts = path.split('/');
      for (let depth = 1; depth <= parts.length; depth++) {
        const prefix = parts.slice(0, depth).join('/');
        const folded = prefix.normalize('NFC').toLowerCase();
        const known = spelled.get(folded);
        if (known === undefined) spelled.set(folded, prefix);
        else if (known !== prefix) throw refuse(prefix, known);
      }
    },
  };
}
