// A run with all that is shown of it once it is chosen: every latent, the curves of its training, its whole config.
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { kindOfPath } from '../../base/files.ts';
import { openSafetensors } from '../../formats/safetensors.ts';
import {
  type MetricLine,
  RUN_PAGE_VERSION,
  type RunLatents,
  type RunPage,
} from '../../pages/run-page.ts';
import { curvesOf } from './curves.ts';
import { type RunEntryOptions, readRunEntry } from './run-entry.ts';
import { openMetrics, parseMetricLine, readRunJson } from './run-files.ts';

/** Read a run directory with its latents and its curves; what is missing or damaged is said in `run.problem`. */
export async function readRunPage(folder: string, options: RunEntryOptions = {}): Promise<RunPage> {
  const run = await readRunEntry(folder, options);
  const problems: string[] = [];
  const tried = async <T>(read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(error.message);
      return undefined;
    }
  };
  const config = await readRunJson(join(folder, 'config.json'), 'run config').catch(
    () => undefined,
  );
  const latents = await tried(() => readLatents(folder));
  const lines = (await tried(() => readMetricLines(folder))) ?? [];
  const said = [...(run.problem === undefined ? [] : [run.problem]), ...problems];
  return {
    version: RUN_PAGE_VERSION,
    run: said.length === 0 ? run : { ...run, problem: said.join('; ') },
    ...(config !== undefined && { config }),
    ...(latents !== undefined && { latents }),
    curves: curvesOf(lines),
  };
}

/** Of metrics that are longer, the end is read. */
const MOST_BYTES = 64 * 2 ** 20;

/**
 * Read the whole lines of a run's metrics; none where it has written none yet.
 * @throws {UserError} when they are no plain file, or the disk refuses.
 */
export async function readMetricLines(folder: string): Promise<MetricLine[]> {
  const file = await openMetrics(folder);
  if (file === undefined) return [];
  try {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(Math.min(size, MOST_BYTES));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, size - bytes.length);
    const lines = bytes.toString('utf8', 0, bytesRead).split('\n');
    return lines.map(parseMetricLine).filter((line) => line !== undefined);
  } finally {
    await file.close();
  }
}

async function readLatents(folder: string): Promise<RunLatents | undefined> {
  const path = join(folder, 'eval.safetensors');
  if ((await kindOfPath(path)) !== 'file') return undefined;
  const file = await openSafetensors(path);
  try {
    const freqs = await file.readFloat32('freqs');
    const means = await file.readFloat32('mean_values');
    if (freqs.length !== means.length) {
      throw new UserError(
        `invalid evaluation: '${path}' has ${freqs.length} frequencies and ${means.length} mean values`,
      );
    }
    return latentsOf(freqs, means);
  } finally {
    await file.close();
  }
}

/** Write frequencies and mean values `[latents]` as their decimal logarithms. */
export function latentsOf(freqs: Float32Array, means: Float32Array): RunLatents {
  const logValue = means.map((mean, i) =>
    freqs[i]! > 0 && mean > 0 ? Math.log10(mean) : Number.NaN,
  );
  return {
    count: freqs.length,
    dead: freqs.reduce((count, share) => count + (share > 0 ? 0 : 1), 0),
    logFrequency: base64(freqs.map((share) => Math.log10(Math.max(0, share)))),
    logValue: base64(logValue),
  };
}

function base64(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}
