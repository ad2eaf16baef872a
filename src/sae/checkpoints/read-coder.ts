// Coders by name: a run, a file, a folder, or a published one (`hf-hub:osunlp/SAE_CLIP_24K_ViT-B-16_IN1K`).
import { dirname, join, posix } from 'node:path';
import { nearest, UserError } from '../../base/errors.ts';
import { kindOfPath } from '../../base/files.ts';
import type { HubFile } from '../../hub/api.ts';
import { type HubOptions, resolveHubFiles } from '../../hub/client.ts';
import { findHubPlace, isHubName } from '../../hub/names.ts';
import type { SparseCoder } from '../coder.ts';
import type { CheckpointFormat } from './format.ts';
import { CHECKPOINT_FORMATS, type ReadCheckpointOptions, readCheckpoint } from './registry.ts';

/** Files that make a coder together in a repository, the fewest to fetch first. */
const FILE_SETS = fileSets(CHECKPOINT_FORMATS);

/**
 * Give the local path of a coder's file, or of the folder with its files. The name is `hf-hub:org/name`, with `@revision`
 * and the path of a file or folder in the repository behind it (`hf-hub:org/name/layer_8`), or a path on this disk.
 * @throws {UserError} when there is no coder, and one that names them when there are several
 */
export async function resolveSae(name: string, options: HubOptions = {}): Promise<string> {
  if (!isHubName(name)) {
    if ((await kindOfPath(name)) !== 'nothing') return name;
    throw new UserError(`missing checkpoint: '${name}'`, {
      hint: 'name a file, a folder, or a repo of the hub as hf-hub:org/name',
    });
  }
  const { repo, path: inside, files } = await findHubPlace(name, 'model', options);
  const isFile = files.some(({ path }) => path === inside);
  const folder = isFile ? posix.dirname(inside) : inside || '.';
  const parts = codersIn(files.map(({ path }) => path)).find(
    ([first]) => posix.dirname(first!) === folder,
  );
  if (!isFile && parts === undefined) throw noCoder(name, inside, files);
  // A file stands for the coder that it is a part of.
  const wanted = isFile && parts?.includes(inside) !== true ? [inside] : parts!;
  const beside = files.filter(({ path, size }) => isBeside(path, wanted) && size <= MOST_BESIDE);
  const paths = [...wanted, ...beside.map(({ path }) => path)];
  const [first] = await resolveHubFiles(repo, paths, options);
  return wanted.length === 1 ? first! : dirname(first!);
}

/** Largest file, in bytes, to fetch only because it lies beside a checkpoint. */
const MOST_BESIDE = 2 ** 22;

/** Whether a reader may look at a file that lies beside those of a checkpoint: headers, and how often latents fired. */
function isBeside(path: string, wanted: readonly string[]): boolean {
  if (wanted.includes(path) || posix.dirname(path) !== posix.dirname(wanted[0]!)) return false;
  const stems = wanted.map((file) => file.replace(/\.[^./]*$/, ''));
  return path.endsWith('.json') || stems.some((stem) => path.startsWith(`${stem}_`));
}

/** The files that each format asks for, the fewest first. */
export function fileSets(formats: readonly CheckpointFormat[]): readonly (readonly string[])[] {
  const sets = formats.map(({ files }) => files).filter((files) => files.length > 0);
  return sets.sort((a, b) => a.length - b.length);
}

/** The files of each coder in a repository, one coder a folder. */
function codersIn(paths: readonly string[]): string[][] {
  const all = new Set(paths);
  const folders = [...new Set(paths.map((path) => posix.dirname(path)))];
  return folders.flatMap((folder) => {
    const found = FILE_SETS.map((files) => files.map((file) => posix.join(folder, file))).find(
      (files) => files.every((file) => all.has(file)),
    );
    return found === undefined ? [] : [found];
  });
}

function noCoder(name: string, inside: string, files: readonly HubFile[]): UserError {
  const folders = codersIn(files.map(({ path }) => path)).map((files) => posix.dirname(files[0]!));
  if (folders.length === 0) {
    return new UserError(`missing sparse autoencoder in '${name}'`, {
      hint: `expected ${FILE_SETS.map((files) => files.join(' with ')).join(', or ')}; other files can be named, as in hf-hub:org/name/file.pt`,
    });
  }
  const near = nearest(inside, folders);
  const shown = [...new Set([...near, ...folders])].slice(0, 8);
  return new UserError(`missing sparse autoencoder in '${name}'`, {
    hint: `there is one in each of: ${shown.join(', ')}${folders.length > shown.length ? ', …' : ''}`,
  });
}

/**
 * Read the coder that `name` points to, as data: a run directory, a checkpoint of any known format, or `hf-hub:org/name`.
 * @throws {UserError} when there is none, or it is damaged
 */
export async function readCoder(
  name: string,
  { hints, ...options }: { signal?: AbortSignal } & Pick<ReadCheckpointOptions, 'hints'> = {},
): Promise<SparseCoder> {
  return readCheckpoint(await coderPath(name, options), { hints });
}

/**
 * Find the checkpoint that `name` points to, and give its path.
 * @throws {UserError} when there is nothing
 */
export async function coderPath(
  name: string,
  options: { signal?: AbortSignal } = {},
): Promise<string> {
  const path = await resolveSae(name, options);
  const ofRun = join(path, 'checkpoint');
  return (await kindOfPath(ofRun)) === 'folder' ? ofRun : path;
}
