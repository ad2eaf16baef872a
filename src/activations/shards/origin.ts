// What a recording was made of: `origin.json` beside the shards. Their folder is named as Python names it, and that name
// knows neither what lies in a folder of images nor which weights a checkpoint's name stood for.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import { kindOfPath, readJson, writeJsonAtomic } from '../../base/files.ts';
import { bytes, number } from '../../base/text.ts';
import { contentHash } from '../../hub/cache/content-hash.ts';

const ORIGIN_NAME = 'origin.json';

/** What a recording is made of, as `origin.json` has it. */
export const RecordingOrigin = z.object({
  /** The examples, told by their files. */
  data: z
    .object({
      where: z.string(),
      files: z.int().min(0),
      bytes: z.number().min(0),
      newest: z.string().optional(),
      hash: z.string(),
    })
    .optional(),
  /** The model, told by the content of its files. */
  model: z.object({ checkpoint: z.string(), hash: z.string() }).optional(),
});

/** What a recording is made of. */
export type RecordingOrigin = z.output<typeof RecordingOrigin>;

/**
 * Read what a folder of shards was recorded from; undefined where nothing says it: Python's, and earlier ones.
 * @throws {UserError} when the file is damaged.
 */
export async function readOrigin(folder: string): Promise<RecordingOrigin | undefined> {
  const path = join(folder, ORIGIN_NAME);
  if ((await kindOfPath(path)) === 'nothing') return undefined;
  const parsed = RecordingOrigin.safeParse(await readJson(path, 'origin of the activations'));
  if (parsed.success) return parsed.data;
  const { path: field, message } = parsed.error.issues[0]!;
  throw new UserError(
    `invalid origin of the activations: '${path}': ${field.join('.')}: ${message}`,
  );
}

/** Note what a folder of shards is recorded from. */
export async function writeOrigin(folder: string, origin: RecordingOrigin): Promise<void> {
  await writeJsonAtomic(join(folder, ORIGIN_NAME), origin);
}

/** Tell a model by its files. Undefined where they are unknown. */
export async function modelOrigin(
  { checkpoint, sources }: { readonly checkpoint: string; readonly sources?: readonly string[] },
  signal?: AbortSignal,
): Promise<RecordingOrigin['model']> {
  if (sources === undefined) return undefined;
  const hash = createHash('sha256');
  for (const source of sources) hash.update(`${await contentHash(source, signal)}\n`);
  return { checkpoint, hash: hash.digest('hex') };
}

/**
 * Make sure that a recording in `folder` is of the same data and model as this one would be.
 * @throws {UserError} when it is not.
 */
export function checkOrigin(folder: string, then: RecordingOrigin, now: RecordingOrigin): void {
  const hint = 'record into another folder with --dump-to, or anew with --overwrite';
  if (then.data !== undefined && now.data !== undefined && then.data.hash !== now.data.hash) {
    const isSame = then.data.where === now.data.where;
    throw new UserError(
      isSame
        ? `'${now.data.where}' has changed since '${folder}' was recorded from it: ${changes(then.data, now.data)}`
        : `'${folder}' holds other data: ${sizeOf(then.data)} of '${then.data.where}', not ${sizeOf(now.data)} of '${now.data.where}'`,
      { hint },
    );
  }
  if (then.model !== undefined && now.model !== undefined && then.model.hash !== now.model.hash) {
    throw new UserError(
      `the files of '${now.model.checkpoint}' are no longer those that '${folder}' was recorded with`,
      { hint },
    );
  }
}

type Data = NonNullable<RecordingOrigin['data']>;

function sizeOf({ files, bytes: size }: Data): string {
  return `${number(files)} ${files === 1 ? 'file' : 'files'} (${bytes(size)})`;
}

function changes(then: Data, now: Data): string {
  const last = now.newest === undefined ? '' : `; last changed: '${now.newest}'`;
  return `${sizeOf(then)} then, ${sizeOf(now)} now${last}`;
}
