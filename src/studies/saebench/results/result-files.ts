// Files of results: one JSON a coder, under the name that SAEBench gives it.
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../../base/errors.ts';
import { kindOfPath, readJson, writeFileAtomic } from '../../../base/files.ts';
import { makeFolder } from '../../../base/folders.ts';
import { stableJson } from '../../../base/json.ts';
import { logger } from '../../../base/log.ts';
import { filesBelow } from '../../../data/files/tree.ts';
import { compareCodePoints } from '../../../formats/python/python-json.ts';
import { BenchResult } from './schemas.ts';

const log = logger('saebench');

/** How the names of files of results end. */
export const RESULT_ENDING = '_eval_results.json';

/** SAEBench calls every coder so that is not in SAELens' list. */
export const CUSTOM_SAE = 'custom_sae';

/** The file of a coder's results: `FOLDER/core/NAME_custom_sae_eval_results.json`. */
export function resultFile(folder: string, kind: string, name: string): string {
  return join(folder, kind, `${name}_${CUSTOM_SAE}${RESULT_ENDING}`.replaceAll('/', '_'));
}

/** Write results, and give them as they are written: numbers that are none become −1, as in SAEBench's own. */
export async function writeResult(path: string, result: BenchResult): Promise<BenchResult> {
  await makeFolder(dirname(path));
  const text = JSON.stringify(
    result,
    (_, value: unknown) => (typeof value === 'number' && !Number.isFinite(value) ? -1 : value),
    2,
  );
  await writeFileAtomic(path, `${text}\n`);
  return JSON.parse(text) as BenchResult;
}

/**
 * Read results: those that this program or SAEBench wrote.
 * @throws {UserError} when there are none, and for those of another evaluation or another version.
 */
export async function readResult(path: string): Promise<BenchResult> {
  const json = await readJson(path, 'results');
  const parsed = BenchResult.safeParse(json);
  if (parsed.success) return parsed.data;
  const named = z.looseObject({ eval_type_id: z.string() }).safeParse(json);
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') ?? '';
  const hint = 'results of core and sparse_probing are read, as SAEBench 0.6 writes them';
  if (!named.success) {
    throw new UserError(`invalid results: '${path}' does not say what was measured`, { hint });
  }
  if (field === 'eval_type_id') {
    throw new UserError(`unsupported results: '${path}' is of ${named.data.eval_type_id}`, {
      hint,
    });
  }
  throw new UserError(
    `invalid results: '${path}' is of another version of SAEBench, or damaged: ${field}: ${issue?.message}`,
    { hint },
  );
}

/** Results and their file. */
export interface FoundResult {
  readonly file: string;
  readonly result: BenchResult;
}

/**
 * Read the results that names mean: files, and all that folders hold. What folders hold of other evaluations or other versions is
 * left out, and the log says so.
 * @throws {UserError} when there are none, and for a file by itself that cannot be read.
 */
export async function readResults(names: readonly string[]): Promise<FoundResult[]> {
  const found: FoundResult[] = [];
  for (const name of names) {
    const kind = await kindOfPath(name);
    if (kind === 'nothing') throw new UserError(`missing results: '${name}'`);
    if (kind !== 'folder') {
      found.push({ file: name, result: await readResult(name) });
      continue;
    }
    for (const file of await resultsBelow(name)) {
      try {
        found.push({ file, result: await readResult(file) });
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        log.warn(`left out: ${error.message}`);
      }
    }
  }
  if (found.length > 0) return found;
  throw new UserError(`missing results: '${names.join("', '")}' holds none that can be read`, {
    hint: `their names end in ${RESULT_ENDING}; measure a coder with 'saev saebench core'`,
  });
}

async function resultsBelow(folder: string): Promise<string[]> {
  const files = (await filesBelow(folder)).filter((name) => name.endsWith(RESULT_ENDING));
  return files.sort(compareCodePoints).map((name) => join(folder, name));
}

/** What tells whether results that stand there are those that would be measured again. */
export interface WantedResult {
  readonly config: Readonly<Record<string, unknown>>;
  /** What this program writes beside SAEBench's fields: `eval_result_unstructured.saev`. */
  readonly own: Readonly<Record<string, unknown>>;
}

/**
 * Read the results of the same measurement, where they stand already.
 * @throws {UserError} when others do.
 */
export async function earlierResult(
  path: string,
  { config, own }: WantedResult,
): Promise<BenchResult | undefined> {
  if ((await kindOfPath(path)) === 'nothing') return undefined;
  const hint = '--force-rerun writes over them, --output-folder names another folder';
  const earlier = await readResult(path).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.message, { hint, cause: error });
  });
  const known = z
    .looseObject({ saev: z.looseObject({}) })
    .safeParse(earlier.eval_result_unstructured);
  const isSame =
    known.success &&
    stableJson(earlier.eval_config) === stableJson(config) &&
    stableJson(known.data.saev.of) === stableJson(own);
  if (isSame) return earlier;
  throw new UserError(
    `other results stand in the way: '${path}' was measured with other settings`,
    {
      hint,
    },
  );
}
