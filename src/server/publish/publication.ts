// The folder of a publication: its page names the folder of its data, and is replaced last, so that it is whole at any time.
import { access, readdir, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { kindOfPath, writeFileAtomic, writeJsonAtomic } from '../../base/files.ts';
import { makeFolder } from '../../base/folders.ts';
import { LOCK_NAME, lockFolder } from '../../base/lock.ts';
import { isTemporary, temporaryPath } from '../../base/system/temporary.ts';
import { packageVersion } from '../../base/version.ts';

/** File that says that a folder is a publication. */
const MARKER = 'saev-publication.json';

/** Folders of data: one of the page, others of earlier pages. */
const DATA = /^data-[0-9a-f]{12}$/;

/** What is put into a publication. */
export interface Contents {
  /** Tells it from others: the same contents have the same. */
  readonly mark: string;
  /** The page, which finds its data in the folder of this name. */
  page(dataFolder: string): Promise<string>;
}

/**
 * Replace the publication `to`: `make` fills a folder of its own with the data, and tells what the page is. Until the end
 * the old page stays with its data; files that are not of a publication stay as they are.
 * @throws {UserError} when `to` is something else, or holds one of the folders that are published.
 */
export async function replacePublication<T extends Contents>(
  to: string,
  folders: readonly string[],
  make: (staging: string) => Promise<T>,
): Promise<T> {
  await checkPlace(to, folders);
  await makeFolder(to);
  const lock = await lockFolder(to);
  const staging = temporaryPath(join(to, '.data'));
  try {
    await writeJsonAtomic(join(to, MARKER), { format: 1, saev: packageVersion() });
    await makeFolder(staging);
    const contents = await make(staging);
    const name = `data-${contents.mark}`;
    await lock.check();
    if ((await kindOfPath(join(to, name))) === 'nothing') await rename(staging, join(to, name));
    await writeFileAtomic(join(to, 'index.html'), await contents.page(name));
    for (const other of await readdir(to))
      if (DATA.test(other) && other !== name) await rm(join(to, other), { recursive: true });
    return contents;
  } finally {
    await rm(staging, { recursive: true, force: true }).catch(() => undefined);
    await lock.release();
  }
}

async function checkPlace(to: string, folders: readonly string[]): Promise<void> {
  const kind = await kindOfPath(to);
  if (kind === 'nothing') return;
  if (kind !== 'folder') throw new UserError(`cannot publish to '${to}': it is no folder`);
  const place = await realpath(to);
  for (const folder of folders) {
    const real = await realpath(folder);
    if (real === place || real.startsWith(place + sep)) {
      throw new UserError(`cannot publish to '${to}': '${folder}' lies in it`, {
        hint: 'name a folder of its own',
      });
    }
  }
  const isPublication = await access(join(to, MARKER)).then(
    () => true,
    () => false,
  );
  const names = (await readdir(to)).filter((name) => !name.startsWith('.'));
  if (isPublication || names.every((name) => isTemporary(name) || name === LOCK_NAME)) return;
  throw new UserError(`cannot publish to '${to}': other files stand there`, {
    hint: `name a new folder, ${join(dirname(resolve(to)), 'site')} for one`,
  });
}
