// Which folders are opened when nobody says.
import { kindOfPath } from '../base/files.ts';

/** Looked for in the working folder. */
const USUAL = ['runs', 'demo-out'];

/** The folders that were named; without any `runs` and the demo's output, as far as they are there, else the working folder. */
export async function usualFolders(named: readonly string[]): Promise<readonly string[]> {
  if (named.length > 0) return named;
  const kinds = await Promise.all(USUAL.map((folder) => kindOfPath(folder)));
  const found = USUAL.filter((_, i) => kinds[i] === 'folder');
  return found.length > 0 ? found : ['.'];
}
