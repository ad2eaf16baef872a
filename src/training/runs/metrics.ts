// Where the numbers of a run go: metrics.jsonl always, TensorBoard event files on request.
import { appendFile, open, readFile } from 'node:fs/promises';
import { errorCode } from '../../base/errors.ts';
import { diskError, writeFileAtomic } from '../../base/files.ts';
import { createEventFile } from '../../formats/events/event-file.ts';
import { inScheme, type MetricScheme } from './metric-table.ts';
import type { RunDirectory } from './run-directory.ts';

/** Numbers by name: `losses/mse`. */
export type Metrics = Readonly<Record<string, number>>;

export interface MetricsLog {
  /** Write numbers, and, to event files only, how the numbers of every latent are spread. */
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
    tensorboard: boolean;
    config: unknown;
    /** How event files name metrics. @default 'saev', as metrics.jsonl does */
    scheme?: MetricScheme | undefined;
  },
): Promise<MetricsLog> {
  const { scheme = 'saev' } = options;
  const path = run.file('metrics.jsonl');
  await dropLinesFrom(path, options.resumeStep);
  const events = options.tensorboard ? await createEventFile(run.path) : undefined;
  const settings = JSON.stringify(options.config, undefined, 2);
  await events?.texts(options.resumeStep, { config: `\`\`\`json\n${settings}\n\`\`\`` });
  return {
    async write(step, metrics, spreads = {}) {
      const time = Date.now() / 1000;
      try {
        await appendFile(path, `${JSON.stringify({ step, time, ...metrics })}\n`);
      } catch (error) {
        throw diskError(error, path);
      }
      await events?.scalars(step, inScheme(scheme, metrics));
      await events?.histograms(step, inScheme(scheme, spreads));
    },
    async close() {
      await events?.close();
      try {
        const file = await open(path, 'a');
        await file.sync().finally(() => file.close());
      } catch (error) {
        throw diskError(error, path);
      }
    },
  };
}

async function dropLinesFrom(path: string, step: number): Promise<void> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw diskError(error, path, 'read');
  }
  const kept = text.split('\n').filter((line) => {
    try {
      return (JSON.parse(line) as { step: number }).step < step;
    } catch {
      return false; // The line that a kill cut short, or the empty one at the end.
    }
  });
  await writeFileAtomic(path, kept.map((line) => `${line}\n`).join(''));
}
