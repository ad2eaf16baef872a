// Folders as the person who started the server would type them.
import { isAbsolute, relative } from 'node:path';

/** Name a folder from where the server was started; in full where it lies elsewhere. */
export function named(folder: string): string {
  const path = relative(process.cwd(), folder);
  return path.startsWith('..') || isAbsolute(path) ? folder : path || '.';
}
