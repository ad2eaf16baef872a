// The marks of a page of features, in `marks.json` beside it.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCode, UserError } from '../../base/errors.ts';
import { diskError, readJson, writeJsonAtomic } from '../../base/files.ts';
import { withLock } from '../../base/lock.ts';
import {
  changeMarks,
  checkCoder,
  checkMarks,
  MARK_LIMITS,
  type MarkChange,
  type Marks,
  type MarksAnswer,
  NO_MARKS,
} from '../../pages/marks.ts';

/** Name of the file. */
export const MARKS_FILE = 'marks.json';

/** Larger files are none of ours. */
const MOST_BYTES = 2 ** 28;

const change = <T extends z.ZodType>(value: T) =>
  z.strictObject({ from: value.nullable(), to: value.nullable() }).optional();

/** What a change of marks may say. */
export const MarkChangesSchema = z
  .array(
    z.strictObject({
      latent: z.int().min(0).max(999_999_999),
      bookmarked: change(z.literal(true)),
      name: change(z.string().min(1).max(MARK_LIMITS.name)),
      note: change(z.string().min(1).max(MARK_LIMITS.note)),
    }),
  )
  .max(MARK_LIMITS.features);

/**
 * Read the marks of the page of features in `folder`; none where there is no file.
 * @throws {UserError} when the file cannot be read, or holds something else.
 */
export async function readMarks(folder: string): Promise<Marks> {
  const path = join(folder, MARKS_FILE);
  try {
    const { size } = await stat(path);
    if (size > MOST_BYTES) throw new UserError(`no marks: '${MARKS_FILE}' has ${size} bytes`);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return NO_MARKS;
    throw diskError(error, path, 'read');
  }
  const value = await readJson(path, 'marks of features');
  try {
    return checkMarks(value);
  } catch (error) {
    throw new UserError(`damaged marks of features '${path}': ${(error as Error).message}`, {
      hint: 'mend the file or move it away; nothing is written over it',
    });
  }
}

/**
 * Change the marks of the page in `folder`, one writer at a time; a part that somebody else changed meanwhile stays as it is.
 * `coder` is the `coder` of the page's index.
 * @throws {UserError} when the file is damaged or of another autoencoder, too much would be in it, or the disk refuses it.
 */
export async function writeMarks(
  folder: string,
  changes: readonly MarkChange[],
  coder?: string,
): Promise<MarksAnswer> {
  return withLock(join(folder, `.${MARKS_FILE}.lock`), async () => {
    const before = await readMarks(folder);
    try {
      checkCoder(before, coder);
    } catch (error) {
      throw new UserError(`${(error as Error).message}: '${join(folder, MARKS_FILE)}'`, {
        hint: 'move the file away; if they belong here all the same, take its "coder" out',
      });
    }
    const answer = changeMarks(before, changes, coder);
    if (Object.keys(answer.marks.features).length > MARK_LIMITS.features)
      throw new UserError(`too many marks: more than ${MARK_LIMITS.features} features`);
    if (answer.marks.revision !== before.revision)
      await writeJsonAtomic(join(folder, MARKS_FILE), answer.marks);
    return answer;
  });
}
