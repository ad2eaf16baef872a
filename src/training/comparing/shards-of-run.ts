// The metadata of the shards that a run read, which its config names as its command was given, from wherever.
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { isRecorded } from '../../activations/config.ts';
import { type ActivationMetadata, readMetadata } from '../../activations/shards/metadata.ts';
import { kindOfPath } from '../../base/files.ts';
import { partOf } from './settings.ts';

/** Names of folders of shards. */
const HASH = /^[0-9a-f]{8,64}$/;

/** Folders above a run that its shards may be named from. */
const ABOVE = 5;

/** Read the metadata of the shards that the config of the run in `folder` names; undefined where they are not found. */
export async function shardsOfRun(
  folder: string,
  config: unknown,
  known: Map<string, Promise<ActivationMetadata | undefined>>,
): Promise<ActivationMetadata | undefined> {
  const data = partOf(config, 'data');
  const { shardRoot } = data;
  if (typeof shardRoot !== 'string' || !isRecorded(data)) return undefined;
  const named = isAbsolute(shardRoot) ? [] : foldersAbove(folder);
  // Of a folder that was moved or renamed with all in it, the last names are still true: shards have a hash for a name.
  const moved = shardRoot.split(/[\\/]/).filter(Boolean).slice(-2);
  const paths = [
    resolve(shardRoot),
    ...named.map((base) => resolve(base, shardRoot)),
    ...(HASH.test(moved.at(-1) ?? '')
      ? foldersAbove(folder).map((base) => resolve(base, ...moved))
      : []),
  ];
  for (const path of paths) {
    if (!known.has(path)) known.set(path, readIfThere(path));
    const metadata = await known.get(path);
    if (metadata !== undefined) return metadata;
  }
  return undefined;
}

async function readIfThere(folder: string): Promise<ActivationMetadata | undefined> {
  try {
    if ((await kindOfPath(join(folder, 'metadata.json'))) !== 'file') return undefined;
    return await readMetadata(folder);
  } catch {
    // Whose shards are damaged is still a run.
    return undefined;
  }
}

function foldersAbove(folder: string): string[] {
  const above: string[] = [];
  for (let path = dirname(resolve(folder)); above.length < ABOVE; path = dirname(path)) {
    above.push(path);
    if (path === dirname(path)) break;
  }
  return above;
}
