// Which folder of shards a name means: the folder itself, or the newest inside it that holds what is wanted.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../base/errors.ts';
import { kindOfPath } from '../base/files.ts';
import { logger } from '../base/log.ts';
import { namesIn } from '../base/system/file-names.ts';
import { type DataLoad, isRecorded } from './config.ts';
import { type HeadChoice, recordedName } from './recording/text-points.ts';
import { type ActivationMetadata, type Layer, readMetadata } from './shards/metadata.ts';
import { readProgress } from './shards/recording-log.ts';

const log = logger('activations');

/** The flag that names a folder, unless others do. */
const SHARD_ROOT = '--data.shard-root';

/** What the shards must hold; what is left out does not matter. */
export type WantedRows = Partial<Pick<DataLoad, 'layer' | 'target' | 'head'>>;

/**
 * Find the folder of shards that `root` means: itself, or one of those inside it (recording makes a folder named by a
 * hash there). Of several, the newest whole one that holds the wanted layers is taken, and the log says which.
 * What goes wrong names `flag`.
 * @throws {UserError} when there is none, and one that lists them when none of several fits.
 */
export async function findShards(
  root: string,
  wanted: WantedRows = {},
  flag = SHARD_ROOT,
): Promise<string> {
  const [newest, ...older] = await shardsThatFit(root, wanted, flag);
  if (older.length > 0) {
    const fitting = wanted.layer === undefined ? '' : ` with ${wordsFor(wanted)}`;
    log.info(
      `'${root}' holds ${older.length + 1} recordings${fitting}: reading ${newest}, the newest`,
    );
  }
  return newest!;
}

/**
 * List the folders that {@link findShards} chooses from, the newest first: at least one.
 * @throws {UserError} as there.
 */
export async function shardsThatFit(
  root: string,
  wanted: WantedRows = {},
  flag = SHARD_ROOT,
): Promise<string[]> {
  if ((await kindOfPath(join(root, 'metadata.json'))) === 'file') return [root];
  if ((await kindOfPath(root)) !== 'folder') {
    throw new UserError(`missing activations: there is no folder '${root}'`, {
      hint: `record some with 'saev activations', or name their folder with ${flag}`,
    });
  }
  const found: { path: string; begun: number }[] = [];
  for (const name of (await namesIn(root)).sort()) {
    const metadata = await stat(join(root, name, 'metadata.json')).catch(() => undefined);
    if (metadata?.isFile()) found.push({ path: join(root, name), begun: metadata.mtimeMs });
  }
  if (found.length === 0)
    throw new UserError(`missing activations: '${root}' holds no metadata.json`);
  const paths = found.sort((a, b) => b.begun - a.begun).map(({ path }) => path);
  // The only one is taken as it is: what does not fit is said by whoever reads it.
  if (paths.length === 1) return paths;
  const described: { path: string; fits: boolean; text: string }[] = [];
  for (const path of paths) described.push({ path, ...(await judge(path, wanted)) });
  const fitting = described.filter(({ fits }) => fits).map(({ path }) => path);
  if (fitting.length > 0) return fitting;
  throw new UserError(
    `none of the ${paths.length} recordings in '${root}' has ${wordsFor(wanted)}`,
    {
      hint: `name one with ${flag}, or another layer:\n  ${described.map(({ text }) => text).join('\n  ')}`,
    },
  );
}

async function judge(path: string, wanted: WantedRows): Promise<{ fits: boolean; text: string }> {
  try {
    const metadata = await readMetadata(path);
    const isWhole = (await readProgress(path)) === undefined;
    const { checkpoint, layers } = metadata;
    return {
      fits: isWhole && holds(metadata, wanted),
      text: `${path}: ${checkpoint}, layers ${layers.join(' ')}${isWhole ? '' : ', unfinished'}`,
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { fits: false, text: `${path}: ${error.message}` };
  }
}

/** Tell whether wanted layers were recorded, by heads or whole. */
function holds(
  { layers }: Pick<ActivationMetadata, 'layers'>,
  { layer, target, head }: WantedRows,
): boolean {
  const has = (name: Layer | undefined): boolean =>
    name === undefined ||
    layers.includes(name) ||
    (typeof head === 'number' && layers.includes(recordedName(name, { head })));
  return (layer === 'all' || layer === 'meanpool' || has(layer)) && has(target);
}

function wordsFor({ layer, target, head }: WantedRows & { readonly head?: HeadChoice }): string {
  const from = layer === undefined ? 'whole shards' : `layer ${layer}`;
  const to = target === undefined ? '' : ` and target ${target}`;
  return `${from}${to}${head === undefined ? '' : `, head ${head}`}`;
}

/**
 * Say which folder of shards a job reads: its settings with that folder in place of the one that holds it; as they are
 * where a model runs along.
 * @throws {UserError} as {@link findShards} does, and for drawn rows, which belong to no example that could be shown.
 */
export async function locateShards(data: DataLoad): Promise<DataLoad> {
  if (data.synthetic !== undefined) {
    throw new UserError('unsupported activations: rows of a synthetic world have no examples', {
      hint: "'saev synth score' tells what a coder of them has found; or name other activations",
    });
  }
  if (!isRecorded(data)) return data;
  return { ...data, shardRoot: await findShards(data.shardRoot, data) };
}

/**
 * Find the layer to read where none is named: the only one that the newest shards in `root` have. Undefined where `usual`, the
 * layer that settings mean by themselves, was recorded, and where there is a choice, or nothing.
 */
export async function onlyLayer(root: string, usual: Layer): Promise<Layer | undefined> {
  const recorded: (readonly Layer[])[] = [];
  try {
    for (const folder of await shardsThatFit(root)) {
      recorded.push((await readMetadata(folder)).layers);
    }
  } catch (error) {
    // Whoever opens them says it better.
    if (error instanceof UserError) return undefined;
    throw error;
  }
  if (recorded.some((layers) => layers.includes(usual))) return undefined;
  return recorded[0]?.length === 1 ? recorded[0][0] : undefined;
}
