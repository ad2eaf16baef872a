// Training segmentation heads: patches recorded once, all heads of a sweep on the same rows, evaluated as pictures.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../base/folders.ts';
import { logger } from '../../base/log.ts';
import { confidentLabels, patchLabels } from '../labels/patch-labels.ts';
import type { LinearHead } from '../probes/linear-head.ts';
import { sweepRates, trainProbes } from '../probes/train-probes.ts';
import type { SemsegTrainConfig } from './config.ts';
import { evaluateHeads } from './evaluate-heads.ts';
import { bestOf, bothMeasures, type SegmentationMeasure } from './head-measures.ts';
import { checkSameModel, modelOf, type OpenPatchRows, openPatchRows } from './patch-rows.ts';
import { clearHeads, saveHeads } from './saved-heads.ts';

const log = logger('semseg');

/** A head of a finished training. */
export interface TrainedHead extends SegmentationMeasure {
  readonly path: string;
}

/**
 * Train a linear head for each learning rate and weight decay, and write all of them at each evaluation.
 * @throws {UserError} when images, maps, model or shards are missing or do not fit each other.
 */
export async function trainSegmentation(
  config: SemsegTrainConfig,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<TrainedHead[]> {
  const { root } = config.imgs;
  const images = (split: 'training' | 'validation') => ({ type: 'ade20k' as const, root, split });
  const rowOptions = {
    recordTo: config.dumpTo,
    nWorkers: config.nWorkers,
    threads: config.threads,
    signal,
  };
  const open = (split: 'training' | 'validation', shards: string | undefined) =>
    openPatchRows(images(split), config, { ...rowOptions, shards });
  const training = await open('training', config.trainShards);
  try {
    const validation = await open('validation', config.valShards);
    try {
      return await trainOn(config, { training, validation, signal });
    } finally {
      await validation.close();
    }
  } finally {
    await training.close();
  }
}

async function trainOn(
  config: SemsegTrainConfig,
  {
    training,
    validation,
    signal,
  }: {
    readonly training: OpenPatchRows;
    readonly validation: OpenPatchRows;
    readonly signal: AbortSignal | undefined;
  },
): Promise<TrainedHead[]> {
  const { imgs, batchSize, nEpochs, evalEvery, seed } = config;
  const { geometry, images, source } = training;
  const labels = await patchLabels(images, geometry, {
    // Shards of other programs may count the images that there are.
    ...(source.nExamples === images.dataset.length
      ? {}
      : { config: { type: 'ade20k', root: imgs.root, split: 'training' } }),
    signal,
  });
  const rates = sweepRates(config.learningRate, config.weightDecay);
  checkSameModel(training, validation);
  const model = { ...modelOf(training), vitLayer: config.vitLayer, resize: config.resize };
  const side = geometry.transform.crop?.width ?? 0;
  const evaluate = async (heads: readonly LinearHead[], step: number): Promise<TrainedHead[]> => {
    const counted = await evaluateHeads(heads, validation, { signal });
    const patchSizePx = Math.round(side / geometry.grid);
    const paths = await saveHeads(heads, rates, { config, model, step, patchSizePx });
    return counted.map((confusion, i) => ({
      ...rates[i]!,
      path: paths[i]!,
      ...bothMeasures(confusion),
    }));
  };
  let trained: TrainedHead[] = [];
  await makeFolder(config.ckptPath);
  const stateFile = join(config.ckptPath, 'training.state');
  const { heads, steps } = await trainProbes(source, confidentLabels(labels, config), {
    rates,
    nEpochs,
    batchSize: batchSize * source.rowsPerExample,
    seed,
    evalEvery,
    optionalClass: 0,
    stateFile,
    ...(signal === undefined ? {} : { signal }),
    onEpoch({ epoch, step, loss, accuracy }) {
      if (epoch % evalEvery !== 0 && epoch + 1 !== nEpochs) return;
      const mean = loss.reduce((a, b) => a + b, 0) / loss.length;
      const best = 100 * Math.max(...accuracy);
      log.info(
        `epoch: ${epoch}, step: ${step}, mean train loss: ${mean.toFixed(5)}, max train acc: ${best.toFixed(3)}`,
      );
    },
    async onEvaluate(heads, { epoch, step }) {
      // The first evaluation is that of a training begun anew.
      if (epoch === 0) await clearHeads(config.ckptPath, rates);
      trained = await evaluate(heads, step);
      const best = bestOf(trained);
      log.info(
        `epoch: ${epoch}, step: ${step}, max val miou: ${best.all.meanIou.toFixed(5)}, val acc of it: ${(100 * best.all.accuracy).toFixed(3)}`,
      );
    },
  });
  // Stopped between its end and this line, a training has nothing left to evaluate when it goes on.
  if (trained.length === 0) trained = await evaluate(heads, steps);
  await rm(stateFile, { force: true });
  return trained;
}
