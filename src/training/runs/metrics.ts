// Where the numbers of a run go: metrics.jsonl always, TensorBoard event files and Weights & Biases on request.
import { appendFile, open, readFile } from 'node:fs/promises';
import { errorCode } from '../../base/errors.ts';
import { diskError, writeFileAtomic } from '../../base/files.ts';
import { createEventFile } from '../../formats/events/event-file.ts';
import type { TrainConfig } from '../config/train-config.ts';
import { inScheme, type LoggedMetrics, type Metrics } from './metric-table.ts';
import type { RunDirectory } from './run-directory.ts';
import { openOfflineRun } from './wandb/offline-run.ts';

export interface MetricsLog {
  /** Write numbers, and, to event files and Weights & Biases, how the numbers of every latent are spread. */
  write(
    step: number,
    metrics: Metrics,
    spreads?: Readonly<Record<string, Float32Array>>,
  ): Promise<void>;
  close(): Promise<void>;
}

/**
 * Open a run's metrics for writing after step `resumeStep`: lines of later steps, which will come again, are dropped.
 * Event files hold the configuration as a text beside the numbers.
 */
export async function openMetrics(
  run: RunDirectory,
  options: {
    resumeStep: number;
    config: TrainConfig;
  },
): Promise<MetricsLog> {
  const { config } = options;
  const scheme = config.metricNames ?? 'saev';
  const path = run.file('metrics.jsonl');
  const lines = await dropLinesFrom(path, options.resumeStep);
  const events = config.tensorboard ? await createEventFile(run.path) : undefined;
  const settings = JSON.stringify(config, undefined, 2);
  await events?.texts(options.resumeStep, { config: `\`\`\`json\n${settings}\n\`\`\`` });
  const wandb = config.wandb ? await openOfflineRun(run, { ...options, lines }) : undefined;
  return {
    async write(step, metrics, spreads = {}) {
      const time = Date.now() / 1000;
      const line = { step, time, ...metrics };
      try {
        await appendFile(path, `${JSON.stringify(line)}\n`);
      } catch (error) {
        throw diskError(error, path);
      }
      await events?.scalars(step, inScheme(scheme, metrics));
      await events?.histograms(step, inScheme(scheme, spreads));
      await wandb?.write(line, spreads);
    },
    async close() {
      await events?.close();
      await wandb?.close();
      try {
        const file = await open(path, 'a');
        await file.sync().finally(() => file.close());
      } catch (error) {
        throw diskError(error, path);
      }
    },
  };
}

/** Drop the lines of a step and later; returns the others. A number that was none is null in the file. */
async function dropLinesFrom(path: string, step: number): Promise<LoggedMetrics[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw diskError(error, path, 'read');
  }
  const kept: string[] = [];
  const lines: LoggedMetrics[] = [];
  for (const line of text.split('\n')) {
    try {
      const values = JSON.parse(line) as Record<keyof LoggedMetrics, number | null>;
      if (values.step! >= step) continue;
      kept.push(`${line}\n`);
      const numbers = Object.entries(values).map(([name, value]) => [name, value ?? Number.NaN]);
      lines.push(Object.fromEntries(numbers) as LoggedMetrics);
    } catch {
      // The line that a kill cut short, or the empty one at the end.
    }
  }
  await writeFileAtomic(path, kept.join(''));
  return lines;
}
