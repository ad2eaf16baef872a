// From a repository or a path to weights that a backbone can read: safetensors, rewritten from torch files where needed.
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, extname, join, posix, relative } from 'node:path';
import { UserError } from '../base/errors.ts';
import { kindOfPath } from '../base/files.ts';
import { logger } from '../base/log.ts';
import { removeTemporaries, temporaryPath } from '../base/system/temporary.ts';
import { readSafetensorsIndex } from '../formats/safetensors-model.ts';
import { torchToSafetensors } from '../formats/torch/torch-file.ts';
import type { HubRepo } from '../hub/cache/cache-paths.ts';
import { contentHash } from '../hub/cache/content-hash.ts';
import { derivedFile } from '../hub/cache/derived.ts';
import { type HubOptions, resolveFirstHubFile, resolveHubFiles } from '../hub/client.ts';

const log = logger('checkpoints');

const INDEX = '.safetensors.index.json';
const TORCH = ['.bin', '.pt', '.pth'];

/** Where open_clip looks for weights in a folder, best first; then those of transformers. */
const IN_FOLDER = [
  'open_clip_model.safetensors',
  'open_clip_pytorch_model.safetensors',
  'open_clip_pytorch_model.bin',
  'open_clip_pytorch_model.pth',
  'model.safetensors',
  `model${INDEX}`,
  'pytorch_model.bin',
  'pytorch_model.pth',
  'model.pth',
];

/** Weights of a model on the hub: the first of `names` that the repository has, with all its parts. */
export async function weightsFromHub(
  repo: HubRepo,
  names: readonly string[],
  options: HubOptions,
): Promise<string> {
  const path = await resolveFirstHubFile(repo, names, options);
  if (path.endsWith(INDEX)) {
    const index = names.find((name) => name.endsWith(INDEX) && path.endsWith(name))!;
    const parts = [...new Set((await readSafetensorsIndex(path)).values())].map((part) =>
      posix.join(posix.dirname(index), relative(dirname(path), part).replaceAll('\\', '/')),
    );
    const [whole] = await resolveHubFiles(repo, [index, ...parts], options);
    return asSafetensors(whole!, options);
  }
  return asSafetensors(path, options);
}

/**
 * Weights at a path: a file, or the best one of a folder.
 *
 * @throws {UserError} when there are none.
 */
export async function weightsFromPath(path: string, options: HubOptions): Promise<string> {
  const kind = await kindOfPath(path);
  if (kind === 'file') return asSafetensors(path, options);
  if (kind !== 'folder') throw new UserError(`missing checkpoint: '${path}'`);
  const names = await readdir(path);
  const others = ['.safetensors', '.bin', '.pth', '.pt'].flatMap((extension) =>
    names.filter((name) => extname(name) === extension).sort(),
  );
  const name = IN_FOLDER.find((known) => names.includes(known)) ?? others[0];
  if (name === undefined) {
    throw new UserError(`missing weights in '${path}'`, {
      hint: `expected a file such as ${IN_FOLDER[0]} or model.safetensors`,
    });
  }
  return asSafetensors(join(path, name), options);
}

/**
 * Give a safetensors file with the weights of `path`: the file itself, or a torch file rewritten once into saev's part of
 * the cache. Nothing in a torch file is executed.
 *
 * @throws {UserError} for any other kind of file.
 */
export async function asSafetensors(path: string, options: HubOptions = {}): Promise<string> {
  if (path.endsWith('.safetensors') || path.endsWith(INDEX)) return path;
  if (!TORCH.includes(extname(path))) {
    throw new UserError(`unsupported checkpoint file: '${path}'`, {
      hint: `expected .safetensors, ${INDEX.slice(1)}, ${TORCH.join(', ')}`,
    });
  }
  const { signal, settings } = options;
  const name = `${await nameOfContent(path, signal)}.safetensors`;
  const make = async (target: string): Promise<void> => {
    log.info('rewriting {path} as safetensors, once', { path });
    await removeTemporaries(dirname(target), { of: basename(target) });
    const temporary = temporaryPath(target, 'part');
    try {
      await torchToSafetensors(path, temporary);
      signal?.throwIfAborted();
      await rename(temporary, target);
    } finally {
      await rm(temporary, { force: true });
    }
  };
  return derivedFile(`weights/${name}`, make, { settings, signal });
}

/** A name that changes with the content. */
async function nameOfContent(path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = (await contentHash(path, signal)).slice(0, 16);
  return `${basename(path, extname(path))}-${hash}`;
}
