// Moving unpacked images into folders of classes.
import { mkdir, rename, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode, UserError } from '../../../base/errors.ts';
import { checkMemberPath, pathBook } from '../archives/member-path.ts';

/** One image: where it was unpacked to, and where it belongs. */
export interface Move {
  readonly from: string;
  readonly to: string;
}

/**
 * Move files within the folder `root`; paths are relative to it, and may come from lists that anyone wrote.
 *
 * @throws {UserError} when one is not there, leads out of the folder, or two go to one place.
 */
export async function moveFiles(
  root: string,
  moves: readonly Move[],
  archive: string,
): Promise<void> {
  const places = pathBook(archive);
  const folders = new Set<string>();
  for (const { from, to } of moves) {
    const [source, target] = [checkMemberPath(from, archive), checkMemberPath(to, archive)];
    places.note(target);
    const folder = dirname(join(root, target));
    if (!folders.has(folder)) await mkdir(folder, { recursive: true });
    folders.add(folder);
    await rename(join(root, source), join(root, target)).catch((cause: unknown) => {
      if (errorCode(cause) !== 'ENOENT') throw cause;
      throw new UserError(`missing image '${source}' in '${archive}'`, {
        hint: 'it is not the archive that the authors publish',
      });
    });
  }
}

/** Make a folder of each class in each split, even where a class has no image there. */
export async function makeClassFolders(
  root: string,
  splits: readonly string[],
  classes: readonly string[],
): Promise<void> {
  for (const split of splits)
    for (const name of classes) await mkdir(join(root, split, name), { recursive: true });
}

/** Remove a folder if nothing is left in it. */
export async function removeEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch(() => undefined);
}
