// Folders that the settings of a run name, found again where the run was moved together with them.
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { kindOfPath } from '../../base/files.ts';

/** How many folders above a run are looked into. */
const HIGHEST = 6;

/**
 * Find what `path` in the settings of `run` means now: the path itself where there is something, else the longest end
 * of it that exists beside one of the folders above the run. Where there is nothing, the path as it is.
 */
export async function whereItLies(path: string, run: string): Promise<string> {
  if ((await kindOfPath(path)) !== 'nothing') return path;
  const parts = path.split(/[\\/]/).filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return path;
  // A name alone may be anything: of an absolute path, or a long one, at least two names must agree.
  const fewest = isAbsolute(path) || parts.length > 1 ? 2 : 1;
  let above = resolve(run);
  for (let height = 0; height < HIGHEST && dirname(above) !== above; height++) {
    above = dirname(above);
    for (let first = 0; parts.length - first >= fewest; first++) {
      const candidate = join(above, parts.slice(first).join(sep));
      if ((await kindOfPath(candidate)) !== 'nothing') return candidate;
    }
  }
  return path;
}
