// The files of a checkpoint, each opened at most once: what tells its format hands on what it has opened.
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { kindOfPath, readText } from '../../base/files.ts';
import { type ByteSource, openBytes } from '../../formats/byte-source.ts';
import { parsePythonJson } from '../../formats/python/parse-python-json.ts';
import { readSafetensors, type SafetensorsFile } from '../../formats/safetensors.ts';
import { readTorch } from '../../formats/torch/torch-file.ts';

/** What a person says of a checkpoint whose files do not say it themselves. */
export interface CheckpointHints {
  /** Activation function of a dictionary_learning file that lies alone: TopK and BatchTopK look the same. */
  readonly activation?: 'topk' | 'batchtopk';
  /** What a SAELens coder multiplies its inputs by, where `activation_scaler.json` is missing. */
  readonly scalingFactor?: number;
}

/** What stands at the path of a checkpoint: a folder with some files, or a single file. */
export interface CheckpointFiles {
  /** The folder, or the single file. */
  readonly path: string;
  /** Name of the single file; undefined for a folder. */
  readonly single: string | undefined;
  /** What a person said of it. */
  readonly hints: CheckpointHints;
  /** Path of a file in the folder, or beside the single file. */
  pathOf(name: string): string;
  /** Whether there are files of all these names. */
  has(...names: readonly string[]): Promise<boolean>;
  bytes(name: string): Promise<ByteSource>;
  safetensors(name: string): Promise<SafetensorsFile>;
  /** The object in a torch file, with the classes that some format allows. */
  torch(name: string): Promise<unknown>;
  /** A JSON file; Python's NaN and Infinity come as texts. */
  json(name: string): Promise<unknown>;
  /** Close whatever was opened. */
  close(): Promise<void>;
}

/**
 * Look at a path; nothing is opened yet. Weights in safetensors and configs in JSON stand beside each other, so such a
 * file stands for its folder. `records` are classes that torch files may hold beside torch's own.
 * @throws {UserError} when nothing is there
 */
export async function openCheckpointFiles(
  path: string,
  {
    records,
    hints = {},
  }: { readonly records: readonly string[]; readonly hints?: CheckpointHints },
): Promise<CheckpointFiles> {
  const kind = await kindOfPath(path);
  if (kind === 'nothing') throw new UserError(`missing checkpoint: '${path}'`);
  const isSingle = kind !== 'folder' && !/\.(safetensors|json)$/.test(path);
  const folder = kind === 'folder' ? path : dirname(path);
  const pathOf = (name: string): string => join(folder, name);
  const sources = new Map<string, Promise<ByteSource>>();
  const bytes = once(sources, (name) => openBytes(pathOf(name), 'checkpoint'));
  return {
    path: isSingle ? path : folder,
    single: isSingle ? basename(path) : undefined,
    hints,
    pathOf,
    async has(...names) {
      for (const name of names) if ((await kindOfPath(pathOf(name))) !== 'file') return false;
      return true;
    },
    bytes,
    safetensors: once(new Map(), async (name) => readSafetensors(await bytes(name))),
    torch: once(new Map(), async (name) => readTorch(await bytes(name), { records })),
    json: (name) => readConfig(pathOf(name)),
    async close() {
      const opened = await Promise.allSettled(sources.values());
      for (const each of opened) if (each.status === 'fulfilled') await each.value.close();
    },
  };
}

async function readConfig(path: string): Promise<unknown> {
  const text = await readText(path, 'checkpoint config');
  try {
    return parsePythonJson(text);
  } catch (cause) {
    throw new UserError(`invalid checkpoint config: '${path}' is not JSON`, { cause });
  }
}

/** The same function, called once for each name. */
function once<T>(
  known: Map<string, Promise<T>>,
  make: (name: string) => Promise<T>,
): (name: string) => Promise<T> {
  return (name) => {
    const found = known.get(name) ?? make(name);
    known.set(name, found);
    return found;
  };
}
