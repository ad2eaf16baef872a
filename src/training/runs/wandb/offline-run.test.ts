import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WandbItem, WandbRecord } from '../../../formats/wandb/record.ts';
import { readWandbLog } from '../../../formats/wandb/transaction-log.ts';
import { TrainConfig, type TrainConfigInput } from '../../config/train-config.ts';
import type { RunRecord } from '../run-directory.ts';
import { wandbHistogram } from './histogram.ts';
import { type OfflineRun, offlineRunPath, openOfflineRun } from './offline-run.ts';
import { manifestDigest } from './table.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-offline-'));
});
afterAll(() => rm(folder, { recursive: true }));

const ID = '20270102-030405.1-abcdef';
const theirs = JSON.parse(
  readFileSync(new URL('../../../../fixtures/wandb/run.json', import.meta.url), 'utf8'),
) as {
  values: (number | null)[];
  spread: number[];
  media: object;
  artifact: object;
  records: WandbRecord[];
};

/** Open the run of a directory `name`. */
function open(
  name: string,
  {
    settings = {},
    status = 'running',
    resumeStep = 0,
    lines = [],
  }: {
    readonly settings?: TrainConfigInput;
    readonly status?: RunRecord['status'];
    readonly resumeStep?: number;
    readonly lines?: Parameters<typeof openOfflineRun>[1]['lines'];
  } = {},
): Promise<OfflineRun> {
  return openOfflineRun(
    {
      id: ID,
      started: '2027-01-02T03:04:05.250Z',
      status: () => status,
      file: (file) => join(folder, name, file),
    },
    { config: TrainConfig.parse(settings), resumeStep, lines },
  );
}

const logOf = (name: string): string =>
  join(folder, name, offlineRunPath(ID), 'run-20270102-030405-1-abcdef.wandb');

async function recordsOf(name: string): Promise<WandbRecord[]> {
  const records: WandbRecord[] = [];
  for await (const record of readWandbLog(logOf(name))) records.push(record);
  return records;
}

/** The rows of a run: names of a way joined by a space, and the JSON of each value. */
async function rowsOf(name: string): Promise<Record<string, string>[]> {
  const records = await recordsOf(name);
  return records.flatMap(({ history }) => (history === undefined ? [] : [valuesOf(history.item)]));
}

function valuesOf(items: readonly WandbItem[] = []): Record<string, string> {
  return Object.fromEntries(
    items.map(({ key, nestedKey, valueJson }) => [nestedKey?.join(' ') ?? key!, valueJson!]),
  );
}

describe('a run for Weights & Biases', () => {
  it('says what it is, under the names of settings in Python', async () => {
    const run = await open('about', {
      settings: {
        tag: 'first',
        wandbProject: 'eyes',
        wandbEntity: 'team',
        wandbGroup: 'sweep',
        wandbNotes: 'why',
        sae: { expFactor: 3 },
      },
      status: 'finished',
    });
    await run.close();
    const [, { run: about } = {}, , end] = await recordsOf('about');
    expect(about).toMatchObject({
      runId: '20270102-030405-1-abcdef',
      displayName: '20270102-030405-1-abcdef',
      project: 'eyes',
      entity: 'team',
      runGroup: 'sweep',
      notes: 'why',
      jobType: 'train',
      tags: ['first'],
      startTime: { seconds: 1_798_859_045, nanos: 250_000_000 },
    });
    const config = valuesOf(about!.config!.update);
    expect(JSON.parse(config.sae!)).toMatchObject({ exp_factor: 3, normalize_w_dec: true });
    expect(config).toMatchObject({ tag: '"first"', n_workers: '32' });
    expect(end!.exit!.exitCode ?? 0).toBe(0);
  });

  it('has a row a step, with numbers under the names that are asked for, and a summary of the last', async () => {
    const run = await open('rows', { settings: { metricNames: 'circuits' } });
    await run.write({ step: 0, time: 1_798_859_046, 'losses/mse': 0.5 });
    await run.write({ step: 25, time: 1_798_859_047, 'val/mse': 0.25 });
    await run.write({ step: 25, time: 1_798_859_048, 'losses/mse': Number.NaN });
    await run.close();
    expect(await rowsOf('rows')).toEqual([
      { 'losses/mse_loss': '0.5', _step: '0', _timestamp: '1798859046', _runtime: '0.75' },
      {
        ...{ 'val/mse': '0.25', 'losses/mse_loss': 'NaN' },
        ...{ _step: '25', _timestamp: '1798859048', _runtime: '2.75' },
      },
    ]);
    const records = await recordsOf('rows');
    expect(valuesOf(records.at(-2)!.summary!.update)).toMatchObject({
      '_wandb runtime': '2',
      'val/mse': '0.25',
    });
    expect(records.at(-1)!.exit!.exitCode).toBe(255);
  });

  it('holds tables and histograms as wandb makes them', async () => {
    const run = await open('spreads');
    const values = Float32Array.from(theirs.values, (value) => value ?? Number.NaN);
    const spreads = {
      'eval/freqs': values,
      'plots/feature_density_line_chart': Float32Array.from(theirs.spread),
    };
    await run.write({ step: 75, time: 0 }, spreads);
    await run.close();
    const [row] = await rowsOf('spreads');
    const records = await recordsOf('spreads');
    const text = (name: string): string => JSON.parse(row![`eval/freqs ${name}`]!) as string;
    expect(text('_type')).toBe('table-file');
    expect(text('nrows')).toBe(5);
    expect(records.flatMap(({ files }) => files?.files ?? [])).toContainEqual({
      path: text('path'),
    });
    const read = async (...path: string[]): Promise<unknown> =>
      JSON.parse(await readFile(join(folder, 'spreads', offlineRunPath(ID), ...path), 'utf8'));
    expect(await read('files', text('path'))).toEqual(theirs.media);
    expect(await read('artifacts', 'eval', 'freqs.table.json')).toEqual(theirs.artifact);
    const artifact = records.find((record) => record.artifact !== undefined)!.artifact!;
    expect(artifact.name).toBe('run-20270102-030405-1-abcdef-evalfreqs');
    expect(text('artifact_path')).toBe(
      `wandb-client-artifact://${artifact.clientId}/eval/freqs.table.json`,
    );
    const kindsOf = (item: readonly WandbItem[]): string[] =>
      Object.keys(valuesOf(item)).filter((name) => name.startsWith('eval/freqs'));
    const theirRow = theirs.records.findLast(({ history }) => history !== undefined)!.history!;
    expect(
      Object.keys(row!)
        .filter((name) => name.startsWith('eval/freqs'))
        .sort(),
    ).toEqual(kindsOf(theirRow.item!).sort());
  });

  it('counts and digests as wandb does', () => {
    const { history } = theirs.records.findLast((record) => record.history !== undefined)!;
    const row = valuesOf(history!.item);
    const found = wandbHistogram(theirs.spread)!;
    for (const name of ['values', 'bins']) {
      const expected = JSON.parse(row[`plots/feature_density_line_chart ${name}`]!) as number[];
      expect(found[name], name).toEqual(expected);
    }
    expect(wandbHistogram([Number.NaN])).toBeUndefined();
    expect(wandbHistogram([2, 2])).toMatchObject({ bins: expect.arrayContaining([1.5, 2.5]) });
    const { artifact } = theirs.records.find((record) => record.artifact !== undefined)!;
    const [entry] = artifact!.manifest!.contents!;
    expect(manifestDigest(entry!.path!, entry!.digest!)).toBe(artifact!.digest);
  });

  it('goes on after a kill with the rows of metrics.jsonl, each step once', async () => {
    const line = (step: number) => ({
      step,
      time: 1_798_859_046 + step,
      'losses/mse': 1 / (step + 1),
    });
    const whole = await open('whole');
    for (let step = 0; step < 8; step++) await whole.write(line(step));
    await whole.close();

    const run = await open('killed');
    for (let step = 0; step < 6; step++) await run.write(line(step));
    // The row of step 5 is not there yet, and that of 4 only in part.
    const { size } = await stat(logOf('killed'));
    await truncate(logOf('killed'), size - 200);
    await writeFile(`${logOf('killed')}.synced`, '');
    const lines = [0, 1, 2, 3, 4].map(line);
    const resumed = await open('killed', { resumeStep: 5, lines });
    for (let step = 5; step < 8; step++) await resumed.write(line(step));
    await resumed.close();
    expect(await rowsOf('killed')).toEqual(await rowsOf('whole'));
    await expect(stat(`${logOf('killed')}.synced`)).rejects.toThrow('ENOENT');
    expect((await recordsOf('killed')).filter(({ exit }) => exit !== undefined)).toHaveLength(1);
  });

  it('goes on from an earlier step than it had come to', async () => {
    const line = (step: number) => ({ step, time: 1_798_859_046 + step, 'losses/mse': step });
    const run = await open('back');
    for (let step = 0; step < 6; step++) await run.write(line(step));
    await run.close();
    const resumed = await open('back', { resumeStep: 2, lines: [line(0), line(1)] });
    await resumed.write({ ...line(2), 'losses/mse': 7 });
    await resumed.close();
    const rows = await rowsOf('back');
    expect(rows.map((row) => row['losses/mse'])).toEqual(['0', '1', '7']);
  });
});
