// Which examples a run was validated on: `validation.json` in its folder.
import { z } from 'zod';
import type { ValidationRows } from '../../activations/validation/rows.ts';
import { UserError } from '../../base/errors.ts';
import { kindOfPath, readJson, writeFileAtomic } from '../../base/files.ts';
import type { RunDirectory } from './run-directory.ts';

const NAME = 'validation.json';

const ValidationRecord = z.object({
  /** Whether they are a share of what was to be trained on, or of other data. */
  from: z.enum(['share', 'shards', 'images', 'texts']),
  /** Examples of the set that they were drawn from. */
  nAll: z.int().min(0),
  /** So many of `examples`, from the first, were read in a validation. */
  nRead: z.int().min(0),
  /** Examples that may be validated on, in the order drawn; those of a share are not trained on. */
  examples: z.array(z.int().min(0)),
});

/** What `validation.json` of a run says. */
export type ValidationRecord = z.output<typeof ValidationRecord>;

/**
 * Write down which examples a run is validated on.
 * @throws {UserError} when it began with another share kept apart: it would validate on what it was trained on.
 */
export async function recordValidation(
  { file, path, resumed }: Pick<RunDirectory, 'file' | 'path' | 'resumed'>,
  { from, nAll, nRead, examples }: Omit<ValidationRows, 'source'>,
): Promise<void> {
  const before = resumed ? await readValidation(file(NAME)) : undefined;
  const isSame =
    before === undefined ||
    (before.examples.length === examples.length &&
      before.examples.every((example, i) => example === examples[i]));
  if (from === 'share' && !isSame) {
    throw new UserError(
      `'${path}' kept ${before.examples.length} other examples apart: the data have changed since it began`,
      { hint: 'begin anew, without --resume' },
    );
  }
  // Thousands of numbers fit one line better than a line each.
  const record: ValidationRecord = { from, nAll, nRead, examples: [...examples] };
  await writeFileAtomic(file(NAME), `${JSON.stringify(record)}\n`);
}

async function readValidation(path: string): Promise<ValidationRecord | undefined> {
  if ((await kindOfPath(path)) !== 'file') return undefined;
  const parsed = ValidationRecord.safeParse(await readJson(path, 'record of validation'));
  if (parsed.success) return parsed.data;
  throw new UserError(`invalid record of validation: '${path}'`);
}
