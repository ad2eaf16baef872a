// saev semprobe score: which latents tell curated images of a concept from images without it.
import { join } from 'node:path';
import { openSource } from '../../activations/source.ts';
import { UserError } from '../../base/errors.ts';
import { writeFileAtomic, writeJsonAtomic } from '../../base/files.ts';
import { makeFolder } from '../../base/folders.ts';
import { startProgress } from '../../base/progress.ts';
import { openDataset } from '../../data/datasets/open-dataset.ts';
import { readCoder } from '../../sae/checkpoints/read-coder.ts';
import { openCoder } from '../../sae/open-coder.ts';
import { chooseCoder } from '../../training/runs/choose-coder.ts';
import { scalingOf, tellScaling } from '../../visuals/coder-scaling.ts';
import { rowsForCoder } from '../inference/rows-to-encode.ts';
import type { SemprobeScoreConfig } from './config.ts';
import { checkCuratedImages } from './curated-images.ts';
import { bestScores, createTaskCounts, type TaskScore } from './task-scores.ts';
import { tasksOf } from './tasks.ts';

/** What was found of a task. */
export interface TaskReport {
  readonly task: string;
  readonly positives: number;
  readonly negatives: number;
  /** The latents with the best F1, best first. */
  readonly best: readonly TaskScore[];
  /** Those that were asked for. */
  readonly included: readonly TaskScore[];
}

/** What a semantic probe found and wrote. */
export interface SemprobeScores {
  /** The coder that was scored. */
  readonly ckpt: string;
  readonly data: SemprobeScoreConfig['data'];
  readonly images: SemprobeScoreConfig['images'];
  readonly csv: string;
  readonly tasks: readonly TaskReport[];
  /** Latents of all tasks, those with the best scores and those asked for, each once. */
  readonly latents: readonly number[];
}

/**
 * Score every latent on every task by F1, and write into `dumpTo` a line for each latent and task as `scores.csv`, and the
 * best as `scores.json`. Nothing but counts is in memory.
 * @throws {UserError} when images and activations are not the same, and for latents that the coder does not have.
 */
export async function scoreTasks(
  given: SemprobeScoreConfig,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<SemprobeScores> {
  const ckpt = await chooseCoder(given.ckpt);
  const coder = await readCoder(ckpt, { ...(signal && { signal }) });
  const { dSae } = coder.config;
  checkLatents(given.includeLatents, dSae);
  const data = { ...(await rowsForCoder(given.data, coder)), target: undefined };
  const images = data.live?.images ?? given.images;
  const dataset = await openDataset(images, { ...(signal && { signal }) });
  try {
    const tasks = tasksOf(dataset);
    await checkCuratedImages(data, images, dataset);
    const { threads, device, batchSize, thresholds, topK, includeLatents, dumpTo } = given;
    const opened = await openSource(data, {
      ...(signal && { signal }),
      ...(threads && { threads }),
      scaling: scalingOf(coder, { data }),
    });
    const { source, scaling } = opened;
    const counts = createTaskCounts(tasks, { dSae, thresholds });
    const progress = startProgress('scoring', { total: source.length, unit: 'rows' });
    try {
      tellScaling(coder, { data, ckpt }, scaling);
      if (source.dModel !== coder.config.dIn) {
        throw new UserError(
          `invalid choice of activations: they are ${source.dModel} wide, '${ckpt}' takes ${coder.config.dIn}`,
        );
      }
      await using running = await openCoder(coder, { device, threads });
      for await (const batch of source.batches({ batchSize, reuse: true, signal })) {
        const { acts, exampleIndex, tokenIndex } = batch;
        const rows = exampleIndex.length;
        counts.add({ codes: await running.encodeScaled(acts), exampleIndex, tokenIndex });
        progress.tick(rows);
      }
      signal?.throwIfAborted();
      counts.finish();
    } finally {
      progress.end();
      await source.close();
    }
    const all = tasks.names.map((_, task) => counts.scores(task));
    const reports = tasks.names.map((task, t) => ({
      task,
      positives: tasks.positives[t]!,
      negatives: tasks.negatives[t]!,
      best: bestScores(all[t]!, topK),
      included: includeLatents.map((latent) => all[t]![latent]!),
    }));
    const best = reports.flatMap((report) => report.best.map(({ latent }) => latent));
    await makeFolder(dumpTo);
    const csv = join(dumpTo, 'scores.csv');
    await writeFileAtomic(csv, csvOf(tasks.names, all));
    const scores = {
      ckpt,
      data,
      images,
      csv,
      tasks: reports,
      latents: [...new Set([...best, ...includeLatents])],
    };
    await writeJsonAtomic(join(dumpTo, 'scores.json'), { thresholds, ...scores });
    return scores;
  } finally {
    await dataset.close();
  }
}

function checkLatents(latents: readonly number[], dSae: number): void {
  const wrong = latents.find((latent) => latent >= dSae);
  if (wrong === undefined) return;
  throw new UserError(`unknown latent ${wrong}: the coder has ${dSae}, from 0 (--include-latents)`);
}

/** A line for each latent and task; texts between quotes where a comma is in them. */
function csvOf(tasks: readonly string[], all: readonly (readonly TaskScore[])[]): string {
  const cell = (text: string): string =>
    /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const lines = tasks.flatMap((task, t) =>
    all[t]!.map(
      ({ latent, threshold, f1, precision, recall, truePositives, falsePositives }) =>
        `${cell(task)},${latent},${threshold},${f1},${precision},${recall},${truePositives},${falsePositives}`,
    ),
  );
  const head = 'task,latent,threshold,f1,precision,recall,true_positives,false_positives';
  return `${[head, ...lines].join('\n')}\n`;
}
