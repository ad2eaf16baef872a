// written.txt: the files that visuals jobs made in a folder, a line each. With it a job takes away what earlier ones left,
// and nothing else: a file is touched when it is on the list and looks like one that jobs write.
import { appendFile, mkdir, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { errorCode, UserError } from '../base/errors.ts';
import { diskError, kindOfPath, writeFileAtomic } from '../base/files.ts';
import { makeFolder } from '../base/folders.ts';
import { openSafetensors } from '../formats/safetensors.ts';
import { featureFilePath } from './feature-file/feature-file.ts';

const LIST = 'written.txt';
/** Where a job puts its files until all of them are there. */
const STAGING = '.new';

/** Everything that jobs write, now or in earlier versions. */
const KNOWN: readonly RegExp[] = [
  /^(index\.html|(features|map)\.safetensors)$/,
  /^(top_values|top_img_i|mean_values|sparsity|distributions|percentiles_p[\d.]+)\.(npy|pt)$/,
  /^(\d+_activation_distributions|frequency_value)\.(svg|png)$/,
  /^neurons\/\d+\/(\d+\.(png|txt)|metadata\.json)$/,
  /^data\/features-\d+\.js$/,
  /^images\/\d+\/\d+\.jpg$/,
  /^dashboards\/\d+\.json$/,
  /^neuronpedia\/(batch-\d+\.json|export\/.+\.jsonl(\.gz)?)$/,
];
const FOLDERS: ReadonlySet<string> = new Set([
  ...['neurons', 'data', 'images', 'dashboards', 'neuronpedia'],
]);

/** The files of a folder of visuals, while its owner holds the folder's lock. */
export interface WrittenFiles {
  /** List files, by their paths in the folder, before they are written: a job that is cut short leaves none unlisted. */
  note(names: readonly string[]): Promise<void>;
  /**
   * Let `make` write into a folder of its own, move what it wrote into place, then remove what earlier jobs wrote and
   * this one did not. Should it fail, or `check` before the move, everything stands as before.
   */
  replace<T>(check: () => Promise<void>, make: (staging: string) => Promise<T>): Promise<T>;
}

/**
 * Open the list of a folder that exists.
 *
 * @throws {UserError} when files that a job would write are there and none wrote them.
 */
export async function openWrittenFiles(folder: string): Promise<WrittenFiles> {
  const there = (await filesIn(folder, FOLDERS)).filter(isKnown);
  const earlier = new Set((await readList(folder)) ?? ((await isOurs(folder)) ? there : []));
  const foreign = there.filter((name) => !earlier.has(name));
  if (foreign.length > 0) {
    const more = foreign.length > 1 ? ` and ${foreign.length - 1} more` : '';
    throw new UserError(
      `'${folder}' holds files that no visuals job here wrote: ${foreign[0]}${more}`,
      { hint: 'name another folder with --dump-to, or take them away' },
    );
  }
  const listed = new Set(earlier);
  const current = new Set<string>();
  const note = async (names: readonly string[]): Promise<void> => {
    for (const name of names) current.add(name);
    const fresh = names.filter((name) => !listed.has(name));
    if (fresh.length === 0) return;
    const path = join(folder, LIST);
    // The first lines are all there is to know of a folder that had no list.
    const lines = (await kindOfPath(path)) === 'nothing' ? [...listed, ...fresh] : fresh;
    await appendFile(path, lines.map((name) => `${name}\n`).join('')).catch((error: unknown) => {
      throw diskError(error, path);
    });
    for (const name of fresh) listed.add(name);
  };
  return {
    note,
    async replace(check, make) {
      const staging = join(folder, STAGING);
      await rm(staging, { recursive: true, force: true });
      await makeFolder(staging);
      try {
        const result = await make(staging);
        // The page comes last: what it names is there before it.
        const made = (await filesIn(staging)).sort((a, b) => Number(isPage(a)) - Number(isPage(b)));
        await check();
        await note(made);
        for (const name of made) await move(join(staging, name), join(folder, name));
        await remove(
          folder,
          [...listed].filter((name) => !current.has(name) && isKnown(name)),
        );
        await writeFileAtomic(join(folder, LIST), [...current].map((name) => `${name}\n`).join(''));
        return result;
      } finally {
        await rm(staging, { recursive: true, force: true });
      }
    },
  };
}

const isKnown = (name: string): boolean =>
  KNOWN.some((pattern) => pattern.test(name)) && !name.split('/').includes('..');
const isPage = (name: string): boolean => name === 'index.html';

async function readList(folder: string): Promise<string[] | undefined> {
  const path = join(folder, LIST);
  if ((await kindOfPath(path)) !== 'file') return undefined;
  return (await readFile(path, 'utf8')).split('\n').filter((name) => name !== '');
}

/** Whether the features of a folder without a list were written by this program. */
async function isOurs(folder: string): Promise<boolean> {
  const path = featureFilePath(folder);
  if ((await kindOfPath(path)) !== 'file') return false;
  try {
    const file = await openSafetensors(path);
    await file.close();
    return file.metadata.visuals !== undefined;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

/** Files in `root` by their paths with `/`; of its folders only those in `folders`, or all. */
async function filesIn(root: string, folders?: ReadonlySet<string>): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(root, { withFileTypes: true })) {
    if (!entry.isDirectory()) found.push(entry.name);
    else if (folders === undefined || folders.has(entry.name)) {
      const inside = await readdir(join(root, entry.name), {
        recursive: true,
        withFileTypes: true,
      });
      for (const each of inside) {
        if (each.isDirectory()) continue;
        found.push(relative(root, join(each.parentPath, each.name)).split(sep).join('/'));
      }
    }
  }
  return found;
}

async function move(from: string, to: string): Promise<void> {
  try {
    await mkdir(dirname(to), { recursive: true });
    await rename(from, to);
  } catch (error) {
    throw diskError(error, to);
  }
}

/** Remove files, and the folders that they leave empty. */
async function remove(folder: string, names: readonly string[]): Promise<void> {
  const left = new Set<string>();
  for (const name of names) {
    await rm(join(folder, name), { force: true }).catch((error: unknown) => {
      throw diskError(error, join(folder, name));
    });
    for (let at = dirname(name); at !== '.'; at = dirname(at)) left.add(at);
  }
  const deepestFirst = [...left].sort((a, b) => b.length - a.length);
  for (const name of deepestFirst) {
    await rmdir(join(folder, name)).catch((error: unknown) => {
      const code = errorCode(error) ?? '';
      if (!['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR'].includes(code)) throw error;
    });
  }
}
