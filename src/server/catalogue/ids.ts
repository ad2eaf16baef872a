// Names of entries: their path below the opened folders as one part of an address, and of a file's name.

/** Characters that stand for themselves. */
const PLAIN = /[^A-Za-z0-9._-]/gu;

/** Name a path: `/` becomes `~`, whatever is not plain its UTF-8 bytes as `=XX`. No two paths have one name. */
export function idOfPath(path: string): string {
  return path
    .replaceAll('\\', '/')
    .replace(PLAIN, (character) =>
      character === '/' ? '~' : [...new TextEncoder().encode(character)].map(hex).join(''),
    );
}

/** The path that an id names. */
export function pathOfId(id: string): string {
  return decodeURIComponent(id.replaceAll('~', '/').replaceAll('=', '%'));
}

function hex(byte: number): string {
  return `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
