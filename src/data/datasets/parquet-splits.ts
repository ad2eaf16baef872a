// Which parquet files of a dataset make up one split.
import { UserError } from '../../base/errors.ts';
import { compareCodePoints } from '../../formats/python/python-json.ts';

/** Words in a file's path that mark a split, as the `datasets` library reads them. */
const SPLIT_WORDS: Record<string, readonly string[]> = {
  train: ['train', 'training'],
  validation: ['validation', 'valid', 'dev', 'val'],
  test: ['test', 'testing', 'eval', 'evaluation'],
};

/**
 * Pick the parquet files of a split, in order. Files that mark no split at all are the training set.
 *
 * @param where names the dataset in errors.
 * @throws {UserError} when the split is unknown or one of its numbered files is missing.
 */
export function shardsOfSplit(paths: readonly string[], split: string, where: string): string[] {
  const files = paths.filter((path) => path.endsWith('.parquet')).sort(compareCodePoints);
  if (files.length === 0) throw new UserError(`missing dataset: no parquet file in '${where}'`);
  const known = Object.keys(SPLIT_WORDS);
  const found = known.filter((name) => files.some((path) => marksSplit(path, name)));
  const chosen = files.filter((path) => marksSplit(path, split));
  if (chosen.length === 0 && found.length === 0 && split === 'train') return files;
  if (chosen.length === 0)
    throw new UserError(`unknown split: '${split}' of '${where}'`, {
      hint: `it has: ${found.length > 0 ? found.join(', ') : 'train'}`,
    });
  checkNumbering(chosen, where);
  return chosen;
}

/** Tell whether a folder is named after a split. */
export function isSplitName(folder: string): boolean {
  return Object.values(SPLIT_WORDS).some((words) => words.includes(folder));
}

/** Tell whether a file's path marks a split: train, validation, test, or another word. */
export function marksSplit(path: string, split: string): boolean {
  const words = (Object.hasOwn(SPLIT_WORDS, split) ? SPLIT_WORDS[split]! : [split]).map(
    escapeRegExp,
  );
  return new RegExp(`(^|[-._ 0-9/])(${words.join('|')})([-._ 0-9/]|$)`).test(path);
}

/** Files named `train-00003-of-00294.parquet` must all be there, or the numbers of rows would be wrong. */
function checkNumbering(files: readonly string[], where: string): void {
  const numbers = files.map((path) => /-(\d+)-of-(\d+)\.parquet$/.exec(path));
  const total = Number(numbers[0]?.[2] ?? 0);
  if (total === 0 || numbers.some((match) => Number(match?.[2]) !== total)) return;
  const present = new Set(numbers.map((match) => Number(match![1])));
  for (let number = 0; number < total; number++)
    if (!present.has(number))
      throw new UserError(`missing parquet file: number ${number} of ${total} in '${where}'`, {
        hint: `there are ${files.length} of ${total}`,
      });
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
