// Opens recorded activations, and recorded rows to validate on.
import { UserError } from '../base/errors.ts';
import { loadTokenizer } from '../data/texts/load-tokenizer.ts';
import type { DataLoad } from './config.ts';
import { findShards } from './find-shards.ts';
import { type RowChoice, rowChoice } from './ignored/choose-rows.ts';
import { recordedLabels } from './ignored/labels.ts';
import {
  heldOutOf,
  type OpenedSource,
  type OpenOptions,
  readingOf,
  type SharedOpenOptions,
  type WantedSource,
  withValidation,
} from './open-options.ts';
import { openIndexed, type ReadOptions, type ShardSource } from './reading/shard-source.ts';
import { recordedHeads } from './recording/text-points.ts';
import { openContexts, readTexts } from './shards/context-files.ts';
import { openShardIndex, type ShardIndex } from './shards/shard-index.ts';
import { type TrainedRows, validationShards } from './validation/other-shards.ts';
import { keptApart, openValidation, type ValidationRows } from './validation/rows.ts';

/** Of examples that were drawn none lies beside another: each is read by itself. */
const ONE_BY_ONE = { readBytes: 1 };

/**
 * Open the shards that settings name, once for each selection of their rows that is wanted.
 * @throws {UserError} when they are missing or damaged, or the settings do not fit them.
 */
export async function openShards(
  wanted: readonly WantedSource[],
  options: SharedOpenOptions,
): Promise<OpenedSource[]> {
  const { data } = wanted[0]!;
  const folder = await findShards(data.shardRoot, data);
  const index = await openShardIndex(folder);
  const { absent, metadata } = index;
  const { nExamples, checkpoint } = metadata;
  const { validation: choice } = options;
  const kept = choice && keptApart(choice, { nExamples, absent });
  const isText = (await readTexts(folder)) !== undefined;
  const readings = await readingsOf(index, wanted, options);
  const sources = await openEach(index, readings, {
    leaveOut: kept,
    ...(isText ? { heldOut: heldOutOf(nExamples, options) } : {}),
  });
  const opened = sources.map((source) => ({ source, scaling: source.scaling }));
  if (choice === undefined) return opened;
  return withValidation(opened, () => {
    if (kept === undefined) return otherShards(wanted, options, { opened, checkpoint, folder });
    const open = (leaveOut: Uint32Array, places: readonly number[]): Promise<ShardSource[]> => {
      const scaled = places.map((i) => ({ ...readings[i]!, scaling: opened[i]!.scaling }));
      return openEach(index, scaled, { ...ONE_BY_ONE, leaveOut });
    };
    return openValidation(choice, { nExamples, absent, open }, { sources, from: 'share', kept });
  });
}

/**
 * Open shards to validate on, beside what is trained on.
 * @throws {UserError} when other data are asked for, and for shards that do not fit.
 */
export async function otherShards(
  wanted: readonly WantedSource[],
  options: SharedOpenOptions,
  trained: Omit<TrainedRows, 'source'> & { readonly opened: readonly OpenedSource[] },
): Promise<ValidationRows[]> {
  const choice = options.validation!;
  if (choice.shardRoot === undefined) {
    const asked = choice.images === undefined ? 'texts' : 'images';
    throw new UserError(`invalid valData.${asked}: no model runs along that could read them`, {
      hint: 'record them, and name their folder with --val-data.shard-root',
    });
  }
  const { opened, ...known } = trained;
  const sources = opened.map(({ source }) => source);
  const first = { ...known, source: sources[0]! };
  const folder = await validationShards(choice.shardRoot, wanted[0]!.data, first);
  const index = await openShardIndex(folder);
  const { absent, metadata } = index;
  const readings = await readingsOf(index, wanted, options);
  const open = (leaveOut: Uint32Array, places: readonly number[]): Promise<ShardSource[]> => {
    const scaled = places.map((i) => ({ ...readings[i]!, scaling: opened[i]!.scaling }));
    return openEach(index, scaled, { ...ONE_BY_ONE, leaveOut });
  };
  const set = { nExamples: metadata.nExamples, absent, open };
  const { isRemote } = trained;
  return openValidation(choice, set, { sources, from: 'shards', isRemote, signal: options.signal });
}

/** How each of the wanted sources reads its rows. */
async function readingsOf(
  index: ShardIndex,
  wanted: readonly WantedSource[],
  options: SharedOpenOptions,
): Promise<ReadOptions[]> {
  const readings: ReadOptions[] = [];
  for (const { data, ignore, scaling } of wanted) {
    const own = { ...options, ...(scaling && { scaling }), ignore };
    readings.push({
      ...recordedHeads(readingOf(data, own), data.head, index.metadata.layers),
      ...(await recordedRows(index, data, own)),
    });
  }
  return readings;
}

/** Open a source for each reading. */
async function openEach(
  index: ShardIndex,
  readings: readonly ReadOptions[],
  shared: Pick<ReadOptions, 'leaveOut' | 'heldOut' | 'readBytes'>,
): Promise<ShardSource[]> {
  const sources: ShardSource[] = [];
  try {
    for (const reading of readings)
      sources.push(await openIndexed(index, { ...reading, ...shared }));
    return sources;
  } catch (error) {
    for (const source of sources) await source.close();
    throw error;
  }
}

/** Which of the recorded rows are not left out. */
async function recordedRows(
  { folder, metadata, absent }: ShardIndex,
  { patches }: DataLoad,
  { ignore, signal }: OpenOptions,
): Promise<RowChoice> {
  if (ignore === undefined) return {};
  const texts = await readTexts(folder);
  const { nExamples, nPatches, hasCls } = metadata;
  const set = { nExamples, absent, nPatches, hasCls, patches, signal };
  if (texts === undefined) {
    return rowChoice(ignore, { ...set, labels: () => recordedLabels(folder, metadata) });
  }
  return rowChoice(ignore, {
    ...set,
    contexts: async () => (await openContexts(folder, metadata))!,
    tokenizer: () => loadTokenizer(texts.tokenizer),
  });
}
