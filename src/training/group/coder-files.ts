// The coder of a run on disk: at the end, and at points on the way.
import { join } from 'node:path';
import { packageVersion } from '../../base/version.ts';
import { writeSafetensors } from '../../formats/safetensors.ts';
import { writeCheckpoint } from '../../sae/checkpoints/registry.ts';
import type { SparseCoder } from '../../sae/coder.ts';
import { logSparsity } from '../steps/activity.ts';
import type { Member, SharedOptions } from './members.ts';
import { trainingMetadata } from './training-metadata.ts';

/** File of a run, or of a checkpoint on the way, with the log frequencies of its latents. */
const LOG_SPARSITY = 'log_feature_sparsity.safetensors';
const TENSOR = 'log_feature_sparsity';

/** The coder of a member as it stands, with all that its checkpoint should say. */
export async function coderOf(
  { config, rows, run, learner }: Member,
  { version = packageVersion() }: Pick<SharedOptions, 'version'>,
): Promise<SparseCoder> {
  const { scaling, text } = rows;
  const about = { trainer: 'saev', version, runId: run.id, trainConfig: config };
  const coder = await learner.coder(
    { ...about, ...trainingMetadata(config, text?.contexts) },
    scaling === undefined || (scaling.mean === undefined && scaling.scalar === 1)
      ? undefined
      : { mean: scaling.mean, scale: scaling.scalar },
  );
  if (text === undefined) return coder;
  const isTranscoder = config.data.target !== undefined;
  return { ...coder, config: { ...coder.config, isTranscoder, place: text.place } };
}

/**
 * Write `log_feature_sparsity` `[dSae]` into `folder`: `log10(frequency + 1e-10)` over the last whole window of counts,
 * or over what was counted when no window has ended.
 */
export async function writeLogSparsity(
  folder: string,
  { activity }: Pick<Member, 'activity'>,
): Promise<void> {
  const data = activity.lastWindow ?? logSparsity(activity);
  const tensor = { dtype: 'F32', shape: [data.length], data } as const;
  await writeSafetensors(join(folder, LOG_SPARSITY), [[TENSOR, tensor]], { metadata: {} });
}

/** Rows after which a coder is written on the way: `n` or a few more, equally far apart, as the original counts them. */
export function checkpointThresholds(nRows: number, n: number): number[] {
  if (n === 0) return [];
  const step = Math.max(1, Math.floor(nRows / (n + 1)));
  return Array.from({ length: Math.ceil(nRows / step) - 1 }, (_, i) => (i + 1) * step);
}

/** Write a member's coder and log frequencies to `checkpoints/<rows>/`. */
export async function writeCheckpointOnTheWay(
  member: Member,
  rows: number,
  options: Pick<SharedOptions, 'version'>,
): Promise<void> {
  const folder = join(member.run.file('checkpoints'), String(rows));
  await writeCheckpoint(await coderOf(member, options), folder, 'saelens');
  await writeLogSparsity(folder, member);
}
