// Which coder is meant where several runs stand: the newest that fits, or a list to choose from.
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import { kindOfPath, readJson } from '../../base/files.ts';
import { logger } from '../../base/log.ts';
import { namesIn } from '../../base/system/file-names.ts';
import { short } from '../../base/text.ts';
import { describeCheckpoint, looksLikeCheckpoint } from '../../sae/checkpoints/registry.ts';
import type { CoderConfig } from '../../sae/coder.ts';

const log = logger('runs');

/** Runs that began within so many milliseconds of each other are of one sweep: none of them is the newest. */
const TOGETHER = 1000;

/** A coder that a name may mean. */
export interface FoundCoder {
  /** The run, or the checkpoint itself where it is not of a run. */
  readonly path: string;
  /** When its run began, in milliseconds since 1970; undefined for a checkpoint without a run. */
  readonly begun?: number;
  readonly config: CoderConfig;
}

/**
 * Find the one coder that names mean, as `--ckpt` takes them: a run, a checkpoint or `hf-hub:org/name` by itself is
 * given back as it is; of a folder of runs, or of several names (`runs/*`), the newest finished run that fits is
 * taken, and the log says which.
 * @throws {UserError} when none is finished or fits, and one that lists them when several were trained together.
 */
export async function chooseCoder(
  names: string | readonly string[],
  fits: (config: CoderConfig) => boolean = () => true,
): Promise<string> {
  const all = [names].flat();
  const [only] = all;
  if (all.length === 1 && !(await isFolderOfRuns(only!))) return only!;
  const found = await findCoders(all);
  const fitting = found.filter(({ config }) => fits(config));
  if (fitting.length === 0) {
    const why = found.length === 0 ? 'holds no finished run' : 'holds no run that fits';
    throw new UserError(`missing coder: '${all.join("', '")}' ${why}`, {
      hint:
        found.length === 0
          ? "train one with 'saev train', or name a checkpoint"
          : `there are: ${found.map(({ path }) => path).join(', ')}`,
    });
  }
  const newest = await newestOf(fitting, 'which one?');
  if (fitting.length > 1) log.info(`taking ${newest.path}, the newest of ${fitting.length} runs`);
  return newest.path;
}

/**
 * List the coders of runs and checkpoints, those inside folders of runs too; unfinished runs are left out. Names of
 * the hub have no place here.
 * @throws {UserError} for a name at which there is nothing.
 */
export async function findCoders(names: readonly string[]): Promise<FoundCoder[]> {
  const paths: string[] = [];
  for (const name of names) {
    if ((await kindOfPath(name)) === 'nothing') throw new UserError(`missing run: '${name}'`);
    if (await isFolderOfRuns(name)) paths.push(...(await runsIn(name)));
    else paths.push(name);
  }
  const found: FoundCoder[] = [];
  for (const path of new Set(paths)) {
    const checkpoint = join(path, 'checkpoint');
    const isRun = (await kindOfPath(checkpoint)) === 'folder';
    const isUnfinished = !isRun && (await kindOfPath(join(path, 'run.json'))) === 'file';
    if (isUnfinished) continue;
    const { config } = await describeCheckpoint(isRun ? checkpoint : path);
    found.push({ path, config, begun: isRun ? await beginningOf(path) : undefined });
  }
  return found;
}

/**
 * Choose the coder whose run began last.
 * @throws {UserError} that lists them, ending in `question`, when it cannot be told.
 */
export async function newestOf(
  coders: readonly FoundCoder[],
  question: string,
): Promise<FoundCoder> {
  const sorted = coders.toSorted((a, b) => (b.begun ?? 0) - (a.begun ?? 0));
  const [newest, second] = sorted;
  const begun = newest?.begun ?? 0;
  const isClear = second === undefined || (begun > 0 && begun - (second.begun ?? 0) > TOGETHER);
  if (newest !== undefined && isClear && coders.every((each) => each === newest || each.begun))
    return newest;
  const lines = await Promise.all(sorted.slice(0, 12).map(describe));
  throw new UserError(`${coders.length} coders, none of them clearly the newest: ${question}`, {
    hint: `name one of:\n  ${lines.join('\n  ')}${coders.length > 12 ? '\n  …' : ''}`,
  });
}

/** Tell whether a path is a folder of runs: neither a run nor a checkpoint, with a run inside. */
async function isFolderOfRuns(path: string): Promise<boolean> {
  if ((await kindOfPath(path)) !== 'folder') return false;
  if ((await kindOfPath(join(path, 'run.json'))) === 'file') return false;
  if ((await kindOfPath(join(path, 'checkpoint'))) === 'folder') return false;
  if (await looksLikeCheckpoint(path)) return false;
  return (await runsIn(path)).length > 0;
}

async function runsIn(folder: string): Promise<string[]> {
  const names = (await namesIn(folder)).sort();
  const runs: string[] = [];
  for (const name of names) {
    if ((await kindOfPath(join(folder, name, 'run.json'))) === 'file')
      runs.push(join(folder, name));
  }
  return runs;
}

async function beginningOf(run: string): Promise<number | undefined> {
  const path = join(run, 'run.json');
  if ((await kindOfPath(path)) !== 'file') return undefined;
  const record = z
    .looseObject({ started: z.string() })
    .safeParse(await readJson(path, 'run record'));
  const begun = record.success ? Date.parse(record.data.started) : Number.NaN;
  return Number.isNaN(begun) ? undefined : begun;
}

/** A line about a run, so that a person can choose: its place, its sparsity and its error. */
async function describe({ path, config }: FoundCoder): Promise<string> {
  const place = config.place?.input === undefined ? '' : `, ${config.place.input}`;
  return `${path}: ${config.activation.kind}${place}${await evaluationOf(path)}`;
}

async function evaluationOf(run: string): Promise<string> {
  const path = join(run, 'eval.json');
  if ((await kindOfPath(path)) !== 'file') return '';
  const schema = z.looseObject({ l0: z.number(), normalizedMse: z.number() });
  const evaluation = schema.safeParse(await readJson(path, 'evaluation'));
  if (!evaluation.success) return '';
  const { l0, normalizedMse } = evaluation.data;
  return `, L0 ${short(l0)}, normalised MSE ${short(normalizedMse)}`;
}
