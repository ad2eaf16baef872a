// Patches that are left out by the label that the shards keep of them.
import { join } from 'node:path';
import { type DataLoad, isRecorded } from '../../activations/config.ts';
import { findShards } from '../../activations/find-shards.ts';
import { readMetadata } from '../../activations/shards/metadata.ts';
import type { ActivationBatch } from '../../activations/types.ts';
import { UserError } from '../../base/errors.ts';
import { kindOfPath } from '../../base/files.ts';
import { openBytes, readBytes } from '../../formats/byte-source.ts';

/** Tells which rows count. */
export interface RowsThatCount {
  /** 1 for each row of a batch that counts, else 0. Rows without a label, as CLS, count. */
  counts(batch: ActivationBatch): Promise<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Leave out patches with some labels, as `labels.bin` of the shards says them: uint8 `[examples, patches]`.
 * @throws {UserError} when there are no labels, or of other examples.
 */
export async function leaveOutLabels(
  data: DataLoad,
  ignored: readonly number[],
): Promise<RowsThatCount> {
  const hint =
    "shards of Python's saev (protocol 2.1) and of recordImages in saev/activations may have them; else leave --ignore-labels out";
  if (!isRecorded(data))
    throw new UserError('missing labels: only recorded images have labels of patches', { hint });
  const folder = await findShards(data.shardRoot, data);
  const { nExamples, nPatches } = await readMetadata(folder);
  const path = join(folder, 'labels.bin');
  if ((await kindOfPath(path)) !== 'file')
    throw new UserError(`missing labels: there is no '${path}'`, { hint });
  const source = await openBytes(path, 'labels of patches');
  if (source.size !== nExamples * nPatches) {
    await source.close();
    throw new UserError(
      `invalid labels: '${path}' has ${source.size}, for ${nExamples} examples of ${nPatches} patches`,
    );
  }
  return {
    async counts({ exampleIndex, tokenIndex }) {
      const first = exampleIndex[0]!;
      const n = exampleIndex.at(-1)! + 1 - first;
      const labels = await readBytes(source, first * nPatches, n * nPatches);
      return Uint8Array.from(exampleIndex, (example, i) => {
        const token = tokenIndex[i]!;
        if (token < 0) return 1;
        return ignored.includes(labels[(example - first) * nPatches + token]!) ? 0 : 1;
      });
    },
    close: () => source.close(),
  };
}
