// The recording job: from its configuration to a folder of shards.

import type { VisionBackbone } from '../backbones/types.ts';
import { resolveCheckpoint } from '../backbones/vision/checkpoints.ts';
import { openBackbone } from '../backbones/vision/open.ts';
import { UserError } from '../base/errors.ts';
import { logger } from '../base/log.ts';
import type { DatasetConfig } from '../data/datasets/config.ts';
import { pickledConfig } from '../data/datasets/dataset-pickle.ts';
import { countAsPython, openDataset, pythonName } from '../data/datasets/datasets.ts';
import { loadImages, range } from '../data/images/loading.ts';
import type { ActivationsConfig } from './config.ts';
import { checkpointOf } from './config.ts';
import { recordActivations } from './recording/record-images.ts';
import type { RecordSummary } from './recording/record-loop.ts';
import { isTextJob, recordTextJob } from './text-job.ts';

const log = logger('activations');

/** Larger batches take more memory and, on a CPU, no less time. */
const MOST_IMAGES = 32;

type ImageJob = ActivationsConfig & { readonly data: DatasetConfig };

/**
 * Record what a config says. The job goes on where an earlier call of the same config stopped.
 * Throws a UserError when images or texts, checkpoint or layers are missing or do not fit what the config expects of them.
 */
export async function recordConfigured(
  config: ActivationsConfig,
  options: { signal?: AbortSignal } = {},
): Promise<RecordSummary> {
  if (isTextJob(config)) return recordTextJob(config, options);
  return recordImages(config as ImageJob, options);
}

async function recordImages(
  config: ImageJob,
  { signal }: { signal?: AbortSignal },
): Promise<RecordSummary> {
  const dataset = await openDataset(config.data, { signal });
  try {
    const counts = await countAsPython(config.data, dataset);
    if (counts.difference !== undefined) log.warn(counts.difference);
    const name = checkpointOf(config);
    const checkpoint = await resolveCheckpoint(config.vitFamily, name, { signal });
    const backbone = await openBackbone(checkpoint, { threads: config.threads, name, signal });
    try {
      checkShape(config, backbone);
      log.info(`recording ${dataset.length} images with ${backbone.family} ${name}`);
      return await recordActivations({
        backbone,
        images: (from) =>
          loadImages(dataset, {
            transform: (image) => backbone.preprocess(image),
            indices: range(from, dataset.length),
            concurrency: Math.max(1, config.nWorkers),
            onBad: config.onBadImage,
            signal,
          }),
        layers: config.vitLayers,
        dumpTo: config.dumpTo,
        protocol: config.protocol,
        data: config.protocol === '2.1' ? pickledConfig(config.data) : pythonName(config.data),
        dataset: 'root' in config.data ? config.data.root : undefined,
        nExamples: counts.asPython,
        sourceOf: (index) => dataset.entry(index).source,
        maxTokensPerShard: config.nPatchesPerShard,
        batchSize: Math.min(config.vitBatchSize, MOST_IMAGES),
        seed: config.seed,
        overwrite: config.overwrite,
        signal,
      });
    } finally {
      await backbone.close();
    }
  } finally {
    await dataset.close();
  }
}

/** Sizes that were given must be those of the model. */
function checkShape(config: ImageJob, { shape, checkpoint }: VisionBackbone): void {
  const sizes = [
    ['dVit', config.dVit, shape.dModel],
    ['nPatchesPerImg', config.nPatchesPerImg, shape.nPatches],
    ['clsToken', config.clsToken, shape.hasCls],
  ] as const;
  for (const [name, given, actual] of sizes) {
    if (given === undefined || given === actual) continue;
    throw new UserError(`invalid ${name}: ${given}, and ${checkpoint} has ${actual}`, {
      hint: `leave ${name} out, and it is read from the checkpoint`,
    });
  }
}
