// A run for Weights & Biases, in its offline format: wandb/offline-run-…/run-ID.wandb in the run's own folder, with the
// files that it names beside it. `wandb sync` sends it. What wandb.init(mode='offline') writes, without a process of its own.
import { rm } from 'node:fs/promises';
import { availableParallelism, hostname, release, type } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../../base/errors.ts';
import { kindOfPath, writeJsonAtomic } from '../../../base/files.ts';
import { packageVersion } from '../../../base/version.ts';
import type { WandbItem, WandbRecord } from '../../../formats/wandb/record.ts';
import { createWandbLog, readWandbLog } from '../../../formats/wandb/transaction-log.ts';
import type { TrainConfig } from '../../config/train-config.ts';
import { TABLE_COLUMNS } from '../metric-names.ts';
import { inScheme, type LoggedMetrics, type Metrics, metricIn } from '../metric-table.ts';
import type { RunDirectory } from '../run-directory.ts';
import { wandbHistogram } from './histogram.ts';
import { configItems, itemsOf, itemsUnder } from './items.ts';
import { writeTable } from './table.ts';

/** A run that is being written. */
export interface OfflineRun {
  /** Add numbers to the row of a step, and how the numbers of every latent are spread. Rows come in the order of steps. */
  write(line: LoggedMetrics, spreads?: Readonly<Record<string, Float32Array>>): Promise<void>;
  /** Write the last row, and how the run ended. */
  close(): Promise<void>;
}

/** Settings that say how Weights & Biases shows a run. */
type WandbConfig = Pick<
  TrainConfig,
  'wandbProject' | 'wandbEntity' | 'wandbName' | 'wandbGroup' | 'wandbNotes' | 'tag' | 'metricNames'
>;

/** Where the run `id` is written below its own folder: its name tells when it began. */
export function offlineRunPath(id: string): string {
  return join('wandb', `offline-run-${id.slice(0, 15).replace('-', '_')}-${wandbId(id)}`);
}

/** The id of a run in Weights & Biases. */
function wandbId(id: string): string {
  return id.replaceAll('.', '-');
}

/**
 * Begin a run, or go on with it: rows of later steps than those of `lines`, the lines of metrics.jsonl that stay, are
 * dropped, and missing ones are taken from there.
 * @throws {UserError} when the disk refuses it.
 */
export async function openOfflineRun(
  run: Pick<RunDirectory, 'id' | 'started' | 'status' | 'file'>,
  {
    config,
    resumeStep,
    lines,
  }: {
    readonly config: WandbConfig;
    readonly resumeStep: number;
    readonly lines: readonly LoggedMetrics[];
  },
): Promise<OfflineRun> {
  const runId = wandbId(run.id);
  const folder = run.file(offlineRunPath(run.id));
  const path = join(folder, `run-${runId}.wandb`);
  const started = Date.parse(run.started) / 1000;
  const owner = { folder, runId, project: config.wandbProject, entity: config.wandbEntity };
  const kept = await recordsBefore(path, resumeStep);
  await writeJsonAtomic(join(folder, 'files', METADATA), metadata(run.started));
  const records = [...beginning(runId, started, config), ...kept];
  const file = await createWandbLog(path, { runId, records });
  // It was sent as far as it went.
  await rm(`${path}.synced`, { force: true });
  let row: { step: number; time: number; items: WandbItem[] } | undefined;

  const flush = async (): Promise<void> => {
    if (row === undefined) return;
    const { step, time } = row;
    const runtime = time - started;
    const items = [...row.items, ...itemsOf({ _step: step, _timestamp: time, _runtime: runtime })];
    const runtimes = itemsUnder('_wandb', { runtime: Math.floor(runtime) });
    row = undefined;
    await file.append([
      { history: { item: items, step: { num: step } } },
      { summary: { update: [...items, ...runtimes] } },
    ]);
  };
  const write: OfflineRun['write'] = async ({ step, time, ...metrics }, spreads = {}) => {
    if (row?.step !== step) await flush();
    row ??= { step, time, items: [] };
    row.time = time;
    row.items.push(...itemsOf(named(metrics)));
    for (const [name, values] of Object.entries(spreads)) {
      const own = metricIn(scheme(config), name);
      const column = TABLE_COLUMNS[name];
      if (column === undefined) {
        const histogram = wandbHistogram(values);
        if (histogram !== undefined) row.items.push(...itemsUnder(own, histogram));
        continue;
      }
      const table = await writeTable(owner, { name: own, column, values, step });
      row.items.push(...table.items);
      await file.append(table.records);
    }
  };
  const named = (metrics: Metrics): Metrics => inScheme(scheme(config), metrics);

  const last = lastStep(kept);
  for (const line of lines) if (line.step > last) await write(line);
  return {
    write,
    async close() {
      await flush();
      const isWhole = run.status() === 'finished';
      const runtime = Math.floor(Date.now() / 1000 - started);
      // As of a program that was interrupted: Weights & Biases calls the run failed until it goes on.
      await file.append([{ exit: { exitCode: isWhole ? 0 : 255, runtime } }]);
      await file.close();
    },
  };
}

const scheme = ({ metricNames }: WandbConfig) => metricNames ?? 'saev';

/** What made the run: a file, as older versions of wandb do not know the record of newer ones for it. */
const METADATA = 'wandb-metadata.json';

function metadata(started: string): object {
  return {
    os: `${type()} ${release()}`,
    startedAt: started,
    args: process.argv.slice(2),
    program: process.argv[1],
    root: process.cwd(),
    host: hostname(),
    executable: process.execPath,
    cpu_count_logical: availableParallelism(),
  };
}

/** What a log begins with: who writes, the run and its settings, and the machine. */
function beginning(runId: string, started: number, config: WandbConfig): WandbRecord[] {
  const { wandbProject, wandbEntity, wandbName, wandbGroup, wandbNotes, tag } = config;
  const startTime = {
    seconds: Math.floor(started),
    nanos: Math.round((started % 1) * 1000) * 1_000_000,
  };
  return [
    { header: { versionInfo: { producer: `saev ${packageVersion()}`, minConsumer: '0.70.0' } } },
    {
      run: {
        runId,
        entity: wandbEntity,
        project: wandbProject,
        config: { update: configItems(config) },
        runGroup: wandbGroup,
        jobType: 'train',
        displayName: wandbName ?? runId,
        notes: wandbNotes,
        tags: tag === '' ? [] : [tag],
        host: hostname(),
        startTime,
      },
    },
    { files: { files: [{ path: METADATA }] } },
  ];
}

/** What a log says of the steps before `step`, as far as it can be read: a kill may have cut its end off. */
async function recordsBefore(path: string, step: number): Promise<WandbRecord[]> {
  if (step === 0 || (await kindOfPath(path)) !== 'file') return [];
  const kept: WandbRecord[] = [];
  try {
    for await (const record of readWandbLog(path)) {
      if (record.history !== undefined && stepOf(record) >= step) break;
      const { history, summary } = record;
      // Tables come with the last row alone, and are written anew with it.
      if (history ?? summary) kept.push({ history, summary });
    }
  } catch (error) {
    // What was lost comes from metrics.jsonl.
    if (!(error instanceof UserError)) throw error;
  }
  return kept;
}

function lastStep(records: readonly WandbRecord[]): number {
  return Math.max(-1, ...records.filter(({ history }) => history !== undefined).map(stepOf));
}

function stepOf({ history }: WandbRecord): number {
  return history?.step?.num ?? 0;
}
