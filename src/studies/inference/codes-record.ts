// What codes on disk are of: codes.json, written last, says that the files beside it are whole.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import type { DataLoad } from '../../activations/config.ts';
import {
  liveImagesIdentity,
  liveTextsIdentity,
  type RowsIdentity,
  shardsIdentity,
} from '../../activations/identity.ts';
import type { OpenedSource } from '../../activations/open-options.ts';
import { UserError } from '../../base/errors.ts';
import { kindOfPath, readJson } from '../../base/files.ts';
import { openDataset } from '../../data/datasets/open-dataset.ts';
import { textKindOf } from '../../data/texts/sources/open-texts.ts';
import { bytesOf } from '../../formats/tensor.ts';
import type { SparseCoder } from '../../sae/coder.ts';

/** Name of the record. */
export const RECORD = 'codes.json';

/** What decides codes: with the same key they need not be found again. */
export type CodesKey = Readonly<Record<string, unknown>>;

const Record_ = z.object({
  key: z.record(z.string(), z.unknown()),
  /** Whether the codes were kept, or the metrics alone. */
  saved: z.boolean(),
  nExamples: z.int().min(0),
  dSae: z.int().min(1),
  nonzeros: z.int().min(0),
  /** Token of each row of an example: a patch or position from 0; −1 for CLS and for means. */
  tokens: z.array(z.int()).min(1),
  /** Examples that could not be read: their rows are empty. */
  missing: z.array(z.int().min(0)),
});
/** What codes on disk are of. */
export type CodesRecord = z.output<typeof Record_>;

/**
 * Read the record of a folder; undefined where there is none.
 * @throws {UserError} when it is damaged.
 */
export async function readCodesRecord(folder: string): Promise<CodesRecord | undefined> {
  const path = join(folder, RECORD);
  if ((await kindOfPath(path)) !== 'file') return undefined;
  const parsed = Record_.safeParse(await readJson(path, 'record of codes'));
  if (parsed.success) return parsed.data;
  throw new UserError(`invalid record of codes: '${path}'`, {
    hint: 'give the command that wrote it again, with --force-recompute',
    cause: parsed.error,
  });
}

/** Tell a coder from others: by all that decides its codes and reconstructions. */
export function coderIdentity({ config, weights }: SparseCoder): string {
  const { activation, subtractDecoderBias, normalization, isScaleUnsaid = false } = config;
  const hash = createHash('sha256').update(
    JSON.stringify([activation, subtractDecoderBias, normalization?.scale, isScaleUnsaid]),
  );
  const { wEnc, bEnc, wDec, bDec, threshold, wSkip, gated } = weights;
  const arrays = [wEnc, bEnc, wDec, bDec, threshold, wSkip, gated?.rMag, gated?.bGate];
  for (const array of [...arrays, normalization?.mean])
    hash.update(array === undefined ? '-' : bytesOf(array));
  return hash.digest('hex').slice(0, 16);
}

/** Tell the rows of an opened source from others. */
export async function rowsIdentity(
  data: DataLoad,
  { source, language }: Pick<OpenedSource, 'source' | 'language'>,
  signal?: AbortSignal,
): Promise<RowsIdentity> {
  if (data.language !== undefined && language !== undefined) {
    const isRemote = textKindOf(data.language.texts).isRemote === true;
    return liveTextsIdentity(source, { backbone: language.backbone, isRemote, signal });
  }
  if (data.live === undefined) return shardsIdentity(data.shardRoot, data);
  const dataset = await openDataset(data.live.images, { ...(signal && { signal }) });
  try {
    return await liveImagesIdentity(data.live, dataset, signal);
  } finally {
    await dataset.close();
  }
}
