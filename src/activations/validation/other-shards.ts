// Recorded rows to validate on: those of the same model, and of other examples than are trained on.
import { realpath } from 'node:fs/promises';
import { UserError } from '../../base/errors.ts';
import { findShards, type WantedRows } from '../find-shards.ts';
import { areSameExamples, imageExamples, recordedExamples } from '../identity.ts';
import { readMetadata } from '../shards/metadata.ts';
import type { ActivationSource } from '../types.ts';
import { type ImageSet, refuseTrainedRecording } from './trained-images.ts';

/** What training reads, as far as other shards must fit it. */
export interface TrainedRows {
  readonly source: Pick<ActivationSource, 'dModel'>;
  /** Name of the model's checkpoint. */
  readonly checkpoint: string;
  /** Folder, where training reads shards, too. */
  readonly folder?: string | undefined;
  /** Its images, where a model runs along over them. */
  readonly images?: ImageSet | undefined;
  /** Whether its texts are read over a network. */
  readonly isRemote?: boolean | undefined;
}

/**
 * Find the folder of shards to validate on.
 * @throws {UserError} when it is missing, holds what is trained on, or is of another model.
 */
export async function validationShards(
  shardRoot: string,
  wanted: WantedRows,
  { source, checkpoint, folder: trained, images }: TrainedRows,
): Promise<string> {
  const folder = await findShards(shardRoot, wanted, '--val-data.shard-root');
  const theirs = await readMetadata(folder);
  if (theirs.checkpoint !== checkpoint) {
    throw new UserError(
      `invalid validation data: '${folder}' is of ${theirs.checkpoint}, and training reads ${checkpoint}`,
      { hint: 'record both with the same model' },
    );
  }
  if (theirs.dModel !== source.dModel) throw otherWidth(theirs, source);
  const isSame =
    trained === undefined
      ? images && areSameExamples(await recordedExamples(folder), await imageExamples(images))
      : await areSameShards(folder, trained);
  if (isSame) {
    throw new UserError(`invalid validation data: '${folder}' holds what is trained on`, {
      hint: 'keep a share of it apart with --val-share, or name other shards',
    });
  }
  const others = trained ?? images;
  if (others !== undefined) await refuseTrainedRecording(folder, others);
  return folder;
}

async function areSameShards(a: string, b: string): Promise<boolean> {
  if ((await realpath(a)) === (await realpath(b))) return true;
  return areSameExamples(await recordedExamples(a), await recordedExamples(b));
}

/**
 * Refuse rows that are not as wide as those of training.
 * @throws {UserError} when they are not.
 */
export function checkWidths(source: Widths, training: Widths): void {
  if (source.dModel === training.dModel && source.dTarget === training.dTarget) return;
  throw otherWidth(source, training);
}

type Widths = Pick<ActivationSource, 'dModel' | 'dTarget'>;

function otherWidth(ours: Widths, trained: Widths): UserError {
  const text = ({ dModel, dTarget = dModel }: Widths): string =>
    dModel === dTarget ? String(dModel) : `${dModel} to ${dTarget}`;
  return new UserError(
    `invalid validation data: rows of width ${text(ours)}, and those of training have ${text(trained)}`,
    { hint: 'record both with the same model and layers' },
  );
}
