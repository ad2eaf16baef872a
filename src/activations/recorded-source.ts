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
  withValidation,
} from './open-options.ts';
import { openIndexed } from './reading/shard-source.ts';
import { recordedHeads } from './recording/text-points.ts';
import { openContexts, readTexts } from './shards/context-files.ts';
import { openShardIndex, type ShardIndex } from './shards/shard-index.ts';
import type { ActivationSource } from './types.ts';
import {
  keptApart,
  openValidation,
  type TrainedRows,
  type ValidationRows,
  validationShards,
} from './validation.ts';

/** Of examples that were drawn none lies beside another: each is read by itself. */
const ONE_BY_ONE = { readBytes: 1 };

/**
 * Open the shards that settings name.
 * @throws {UserError} when they are missing or damaged, or the settings do not fit them.
 */
export async function openShards(config: DataLoad, options: OpenOptions): Promise<OpenedSource> {
  const folder = await findShards(config.shardRoot, config);
  const index = await openShardIndex(folder);
  const { absent, metadata } = index;
  const { nExamples, checkpoint } = metadata;
  const reading = {
    ...recordedHeads(readingOf(config, options), config.head, metadata.layers),
    ...(await recordedRows(index, config, options)),
  };
  const { validation: choice } = options;
  const kept = choice && keptApart(choice, { nExamples, absent });
  const isText = (await readTexts(folder)) !== undefined;
  const source = await openIndexed(index, {
    ...reading,
    leaveOut: kept,
    ...(isText ? { heldOut: heldOutOf(nExamples, options) } : {}),
  });
  const { scaling } = source;
  if (choice === undefined) return { source, scaling };
  return withValidation({ source, scaling }, () => {
    if (kept === undefined)
      return otherShards(config, options, { source, scaling, checkpoint, folder });
    const open = (leaveOut: Uint32Array): Promise<ActivationSource> =>
      openIndexed(index, { ...reading, ...ONE_BY_ONE, scaling, leaveOut });
    return openValidation(choice, { nExamples, absent, open }, { source, from: 'share', kept });
  });
}

/**
 * Open shards to validate on, beside what is trained on.
 * @throws {UserError} when other data are asked for, and for shards that do not fit.
 */
export async function otherShards(
  config: DataLoad,
  options: OpenOptions,
  trained: OpenedSource & TrainedRows,
): Promise<ValidationRows> {
  const choice = options.validation!;
  if (choice.shardRoot === undefined) {
    const asked = choice.images === undefined ? 'texts' : 'images';
    throw new UserError(`invalid valData.${asked}: no model runs along that could read them`, {
      hint: 'record them, and name their folder with --val-data.shard-root',
    });
  }
  const folder = await validationShards(choice.shardRoot, config, trained);
  const index = await openShardIndex(folder);
  const { absent, metadata } = index;
  const reading = {
    ...recordedHeads(readingOf(config, options), config.head, metadata.layers),
    ...(await recordedRows(index, config, options)),
  };
  const { source, scaling } = trained;
  const open = (leaveOut: Uint32Array): Promise<ActivationSource> =>
    openIndexed(index, { ...reading, ...ONE_BY_ONE, scaling, leaveOut });
  const set = { nExamples: metadata.nExamples, absent, open };
  return openValidation(choice, set, { source, from: 'shards' });
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
