// What the files of a run directory say of its state and its numbers, read quickly and without the weights.
import { type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, UserError } from '../../base/errors.ts';
import { diskError, kindOfPath, readJson } from '../../base/files.ts';
import { folderOwner } from '../../base/lock.ts';
import { bytes } from '../../base/text.ts';
import {
  isTrainingLine,
  isValidationLine,
  type MetricLine,
  validationName,
} from '../../pages/run-page.ts';
import type { RunRecord } from '../runs/run-directory.ts';
import { isRecord, partOf } from './settings.ts';

/** A JSON file of a run is no larger; whatever is has another origin. */
const LARGEST = 8 * 2 ** 20;

/** Bytes at the end of a file of metrics that are read first; a line has some 500. */
const TAIL = 16_384;

/** What a run is doing. A killed process could not say that it stopped: its lock shows that it is gone. */
export async function runState(
  path: string,
  { status }: Pick<RunRecord, 'status'>,
): Promise<RunRecord['status']> {
  if (status !== 'running') return status;
  return (await folderOwner(path)) === undefined ? 'stopped' : 'running';
}

/** Read the last line of training in the metrics of a run: not an evaluation or an event alone. */
export function lastTrainingLine(path: string): Promise<MetricLine | undefined> {
  return lastLine(path, isTrainingLine);
}

/** Read the last validation in the metrics of a run. */
export function lastValidationLine(path: string): Promise<MetricLine | undefined> {
  return lastLine(path, isValidationLine);
}

async function lastLine(
  path: string,
  isWanted: (line: MetricLine) => boolean,
): Promise<MetricLine | undefined> {
  const file = await openMetrics(path);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    for (let length = TAIL; ; length *= 8) {
      const from = Math.max(0, size - length);
      const tail = Buffer.alloc(size - from);
      const { bytesRead } = await file.read(tail, 0, tail.length, from);
      const lines = tail.toString('utf8', 0, bytesRead).split('\n');
      // The first of them may have lost its beginning.
      const whole = from === 0 ? lines : lines.slice(1);
      const found = whole.findLast((line) => {
        const parsed = parseMetricLine(line);
        return parsed !== undefined && isWanted(parsed);
      });
      if (found !== undefined) return parseMetricLine(found);
      if (from === 0) return undefined;
    }
  } finally {
    await file.close();
  }
}

/**
 * Read a JSON file of a run. Anything else than a plain file (a pipe would never end) is refused.
 * @throws {UserError} when it is missing, damaged, too large or no file.
 */
export async function readRunJson(path: string, what: string): Promise<unknown> {
  const kind = await kindOfPath(path);
  if (kind === 'nothing') throw new UserError(`missing ${what}: '${path}'`);
  if (kind !== 'file') throw new UserError(`invalid ${what}: '${path}' is no file`);
  const { size } = await stat(path);
  if (size > LARGEST) throw new UserError(`invalid ${what}: '${path}' has ${bytes(size)}`);
  return readJson(path, what);
}

/**
 * Open the metrics of a run; undefined where there are none.
 * @throws {UserError} when they are no plain file, or the disk refuses.
 */
export async function openMetrics(run: string): Promise<FileHandle | undefined> {
  const path = join(run, 'metrics.jsonl');
  const kind = await kindOfPath(path);
  if (kind === 'nothing') return undefined;
  if (kind !== 'file') throw new UserError(`invalid metrics: '${path}' is no file`);
  try {
    return await open(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw diskError(error, path, 'read');
  }
}

/** Take a line of metrics.jsonl apart; undefined for one that was cut short, or holds no step. */
export function parseMetricLine(line: string): MetricLine | undefined {
  if (!line.startsWith('{') || !line.endsWith('}')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || !Number.isSafeInteger(value.step)) return undefined;
  const numbers = Object.entries(value).filter(
    (entry): entry is [string, number | null] => entry[1] === null || typeof entry[1] === 'number',
  );
  return Object.fromEntries(numbers);
}

/**
 * Read the numbers of a run's evaluation, those of its validation as `valMse` and so on, thresholds left out, and the share of the loss where zeros in place of the coder
 * cost the model nothing: it means nothing there. Undefined before there is an evaluation.
 */
export async function evaluationNumbers(
  run: string,
): Promise<Readonly<Record<string, number>> | undefined> {
  const path = join(run, 'eval.json');
  if ((await kindOfPath(path)) === 'nothing') return undefined;
  const evaluation = await readRunJson(path, 'evaluation');
  const numbers = [
    ...Object.entries(isRecord(evaluation) ? evaluation : {}),
    ...Object.entries(partOf(evaluation, 'validation')).map(
      ([name, value]) => [validationName(name), value] as const,
    ),
  ].filter(
    (entry): entry is [string, number] =>
      typeof entry[1] === 'number' && !entry[0].endsWith('Threshold'),
  );
  const { ceLossScore, ...others } = Object.fromEntries(numbers);
  const { ceLossClean = 0, ceLossZeroAblated = 1 } = others;
  const isSaid = ceLossScore !== undefined && ceLossZeroAblated > ceLossClean;
  return { ...others, ...(isSaid && { ceLossScore }) };
}
