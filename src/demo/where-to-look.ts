// The way from a demo to the workbench.
import { relative, resolve } from 'node:path';

/** Say how everything in a folder is looked at. */
export function whereToLook(folder: string): string {
  return `Look at everything, and ask it: npx saev serve ${shownFolder(folder)}`;
}

/** A folder as it is typed: from here where it is below, in quotes where it has spaces. */
function shownFolder(folder: string): string {
  const here = relative('.', folder);
  const path = here === '' ? '.' : here.startsWith('..') ? resolve(folder) : here;
  return /^[\w./:\\-]+$/.test(path) ? path : `'${path}'`;
}
