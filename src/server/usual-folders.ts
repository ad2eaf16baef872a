// Which folders are opened when nobody says.
import { kindOfPath } from '../base/files.ts';

/** Looked for in the working folder; the first that is there. */
const USUAL = ['runs', 'demo-out'];

/** The folders that were named; without any `runs`, else the demo's output, else the working folder. */
export async function usualFolders(named: readonly string[]): Promise<readonly string[]> {
  if (named.length > 0) return named;
  const kinds = await Promise.all(USUAL.map((folder) => kindOfPath(folder)));
  return [USUAL.find((_, i) => kinds[i] === 'folder') ?? '.'];
}
