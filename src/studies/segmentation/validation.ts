// Comparing saved heads on labelled images: tables, a chart of the sweep, and pictures of what the best one sees.
import { join } from 'node:path';
import { seenClassMap } from '../../activations/labels/seen-class-map.ts';
import { writeFileAtomic, writeJsonAtomic } from '../../base/files.ts';
import { makeFolder } from '../../base/folders.ts';
import { applyGeometry } from '../../data/images/transform.ts';
import { svgToPng } from '../../pages/svg.ts';
import { sweepChart } from '../probes/sweep-chart.ts';
import type { SemsegValidateConfig } from './config.ts';
import { evaluateHeads, type PatchRows } from './evaluate-heads.ts';
import { bestOf, bothMeasures, type ValidatedHead } from './head-measures.ts';
import { checkpointOf, checkSameModel, openPatchRows, type PatchModel } from './patch-rows.ts';
import { type PredictedImage, predictionSheet } from './prediction-sheet.ts';
import { loadSavedHeads, type SavedHead } from './saved-heads.ts';
import { type PatchLogits, patchClasses, pixelClasses } from './upsampling.ts';
import { classTable, resultsTable } from './validation-tables.ts';

/** What a validation found. */
export interface SemsegValidation {
  /** Folder of what was written. */
  readonly folder: string;
  readonly classes: readonly string[];
  readonly heads: readonly ValidatedHead[];
  /** The head of the highest mean IoU. */
  readonly best: ValidatedHead;
}

/**
 * Measure the newest head of every folder, and write `results.csv`, `results.json`, `classes.csv`, `hparam-sweeps.png`,
 * `.svg` and `predictions.png` to `dumpTo`.
 * @throws {UserError} when heads, images or activations are missing or do not fit each other.
 */
export async function validateSegmentation(
  config: SemsegValidateConfig,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<SemsegValidation> {
  const { shards, recordTo, nWorkers, threads, batchSize, dumpTo } = config;
  const saved = await loadSavedHeads(config.ckptRoot);
  const imgs = { type: 'ade20k' as const, ...config.imgs };
  const model = modelToRun(config, saved[0]!);
  const rows = await openPatchRows(imgs, model, {
    shards,
    recordTo,
    nWorkers,
    threads,
    signal,
  });
  try {
    if (shards !== undefined)
      checkSameModel(
        { family: model.vitFamily, checkpoint: checkpointOf(model) ?? rows.checkpoint },
        rows,
      );
    const chosen = spread(rows.images.dataset.length, config.nPictures);
    const kept = new Map<number, readonly PatchLogits[]>();
    const counted = await evaluateHeads(
      saved.map(({ head }) => head),
      rows,
      {
        batchImages: batchSize,
        signal,
        onImage: (example, logits) => {
          if (chosen.has(example)) kept.set(example, logits.map(onlyThis));
        },
      },
    );
    const heads = saved.map(({ learningRate, weightDecay, path }, i): ValidatedHead => {
      const confusion = counted[i]!;
      return {
        learningRate,
        weightDecay,
        path,
        confusion,
        ...bothMeasures(confusion),
      };
    });
    const best = bestOf(heads);
    const { classes } = rows.images;
    const result = { folder: dumpTo, classes, heads, best };
    await makeFolder(dumpTo);
    await writeTables(result);
    await writeSvg(
      join(dumpTo, 'hparam-sweeps'),
      await sweepChart(heads, {
        best,
        bestBy: 'best by mean IoU',
        measures: [
          { title: 'pixel accuracy, %', of: ({ all }) => 100 * all.accuracy },
          { title: 'mean IoU', of: ({ all }) => all.meanIou },
        ],
      }),
    );
    if (kept.size > 0) {
      const pictures = await predictedImages(rows, kept, heads.indexOf(best));
      const title = `lr ${best.learningRate}, wd ${best.weightDecay}: mean IoU ${best.all.meanIou.toFixed(3)}`;
      const sheet = await predictionSheet(pictures, { title, classes });
      await writeFileAtomic(join(dumpTo, 'predictions.png'), await svgToPng(sheet));
    }
    return result;
  } finally {
    await rows.close();
  }
}

function modelToRun(
  { vitFamily, vitCkpt }: SemsegValidateConfig,
  { model }: SavedHead,
): PatchModel {
  if (vitFamily === undefined) return { ...model, vitCkpt: vitCkpt ?? model.vitCkpt };
  return { ...model, vitFamily, vitCkpt };
}

/** So many numbers below `length`, as far from each other as they can be. */
function spread(length: number, count: number): Set<number> {
  const n = Math.min(length, count);
  return new Set(Array.from({ length: n }, (_, i) => Math.floor(((i + 0.5) * length) / n)));
}

/** The scores of one image under one head, apart from those of the others. */
function onlyThis(logits: PatchLogits): PatchLogits {
  const { data, at, stride, nClasses, grid } = logits;
  const own = new Float32Array(grid * grid * nClasses);
  for (let patch = 0; patch < grid * grid; patch++) {
    const from = at + patch * stride;
    own.set(data.subarray(from, from + nClasses), patch * nClasses);
  }
  return { data: own, at: 0, stride: nClasses, nClasses, grid };
}

async function predictedImages(
  { images, geometry }: PatchRows,
  kept: ReadonlyMap<number, readonly PatchLogits[]>,
  head: number,
): Promise<PredictedImage[]> {
  const pictures: PredictedImage[] = [];
  for (const [example, logits] of [...kept].sort(([a], [b]) => a - b)) {
    const truth = seenClassMap(await images.classMap(example), geometry.transform);
    const image = applyGeometry(await images.dataset.image(example), geometry.transform);
    const { source, label } = images.dataset.entry(example);
    const own = logits[head]!;
    pictures.push({
      image,
      truth: truth.data,
      patches: patchClasses(own),
      pixels: pixelClasses(own, truth.width),
      caption: `${source.split(/[/\\]/).at(-1)}  ${label}`,
    });
  }
  return pictures;
}

async function writeTables(result: SemsegValidation): Promise<void> {
  const { folder, classes, heads, best } = result;
  await writeFileAtomic(join(folder, 'results.csv'), resultsTable(heads, classes));
  await writeFileAtomic(join(folder, 'classes.csv'), classTable(best, classes));
  const told = ({ confusion: _, all, labelled, ...head }: ValidatedHead) => ({
    ...head,
    all: { ...all, iou: [...all.iou].map(orNull) },
    labelled: { ...labelled, iou: [...labelled.iou].map(orNull) },
  });
  await writeJsonAtomic(join(folder, 'results.json'), {
    classes,
    best: told(best),
    heads: heads.map(told),
  });
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

async function writeSvg(path: string, svg: string): Promise<void> {
  await writeFileAtomic(`${path}.svg`, svg);
  await writeFileAtomic(`${path}.png`, await svgToPng(svg));
}
