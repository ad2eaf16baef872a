// The recording job: from its configuration to a folder of shards.
import type { VisionBackbone } from '../backbones/types.ts';
import { UserError } from '../base/errors.ts';
import { logger } from '../base/log.ts';
import type { DatasetConfig } from '../data/datasets/config.ts';
import { countAsPython, pickledConfig, pythonName } from '../data/datasets/python-name.ts';
import { range } from '../data/images/loading.ts';
import { isOneOf } from '../data/kinds.ts';
import { TEXT_KINDS, type TextConfig } from '../data/texts/config.ts';
import { packingOf } from '../data/texts/packing/usual-packing.ts';
import type { ActivationsConfig } from './config.ts';
import { MOST_IMAGES, openImageModel } from './recording/image-model.ts';
import { recordImages } from './recording/record-images.ts';
import type { RecordSummary } from './recording/record-loop.ts';
import { recordTexts } from './recording/record-texts.ts';
import { openTextModel } from './recording/text-model.ts';
import { modelOrigin } from './shards/origin.ts';

const log = logger('activations');

type ImageJob = ActivationsConfig & { readonly data: DatasetConfig };

/**
 * Record what a config says. The job goes on where an earlier call of the same config stopped.
 * @throws {UserError} when images or texts, checkpoint or layers are missing or do not fit what the config expects of
 * them, and for settings of texts that only images have.
 */
export async function record(
  config: ActivationsConfig,
  options: { signal?: AbortSignal } = {},
): Promise<RecordSummary> {
  if (isTextJob(config)) return recordTextJob(config, options);
  return recordImageJob(config as ImageJob, options);
}

async function recordImageJob(
  config: ImageJob,
  { signal }: { signal?: AbortSignal },
): Promise<RecordSummary> {
  const { data, protocol, threads } = config;
  const model = await openImageModel(config, data, { threads, signal });
  try {
    const { backbone, dataset } = model;
    checkShape(config, backbone);
    const counts = countAsPython(data, dataset);
    if (counts.difference !== undefined) log.warn(counts.difference);
    log.info(`recording ${dataset.length} images with ${backbone.family} ${backbone.checkpoint}`);
    return await recordImages({
      backbone,
      images: (from) => model.images(range(from, dataset.length)),
      layers: config.vitLayers,
      dumpTo: config.dumpTo,
      protocol,
      dtype: config.dtype,
      data: protocol === '2.1' ? pickledConfig(data) : pythonName(data),
      dataset: 'root' in data ? data.root : undefined,
      nExamples: counts.asPython,
      nGiven: dataset.length,
      origin: async () => ({
        data: await dataset.origin?.(),
        model: await modelOrigin(backbone, signal),
      }),
      sourceOf: (index) => dataset.entry(index).source,
      maxTokensPerShard: config.nPatchesPerShard,
      batchSize: Math.min(config.vitBatchSize, MOST_IMAGES),
      seed: config.seed,
      overwrite: config.overwrite,
      signal,
    });
  } finally {
    await model.close();
  }
}

/** Sizes that were given must be those of the model. */
function checkShape(config: ImageJob, { config: shape, checkpoint }: VisionBackbone): void {
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

/** A recording job whose data are texts. */
type TextJob = ActivationsConfig & { readonly data: TextConfig };

/** Tell whether a job records texts. */
export function isTextJob(config: ActivationsConfig): config is TextJob {
  return isOneOf(TEXT_KINDS, config.data);
}

async function recordTextJob(
  config: TextJob,
  { signal }: { signal?: AbortSignal },
): Promise<RecordSummary> {
  const { data, language } = config;
  refuseImageSettings(config);
  const model = await openTextModel(language, data, { threads: config.threads, signal });
  try {
    const { backbone, contexts, nContexts } = model;
    log.info(`recording ${nContexts} contexts with ${backbone.checkpoint}`);
    return await recordTexts({
      backbone,
      texts: {
        model: contexts.model,
        processing: contexts.processing,
        tokenizer: contexts.tokenizer,
        contextSize: contexts.contextSize,
        nContexts,
        packing: packingOf(language.packing, data),
        prependBos: language.prependBos,
        texts: data,
      },
      tokens: (i) => contexts.tokens(i),
      layers: config.vitLayers,
      head: language.head,
      dumpTo: config.dumpTo,
      dtype: config.dtype,
      maxTokensPerShard: config.nPatchesPerShard,
      batchContexts: language.batchContexts,
      seed: config.seed,
      dModel: config.dVit,
      origin: async () => ({ model: await modelOrigin(backbone, signal) }),
      overwrite: config.overwrite,
      signal,
    });
  } finally {
    await model.close();
  }
}

function refuseImageSettings(config: TextJob): void {
  const { vitCkpt, nPatchesPerImg, clsToken, protocol, language } = config;
  if (vitCkpt !== undefined) {
    throw new UserError(`invalid vitCkpt '${vitCkpt}': texts run through language.model`);
  }
  if (protocol !== 'saev') {
    throw new UserError(`unsupported protocol '${protocol}' for texts`, {
      hint: "leave protocol out: texts are recorded as saev's original does",
    });
  }
  if (nPatchesPerImg !== undefined && nPatchesPerImg !== language.contextSize) {
    throw new UserError(
      `invalid nPatchesPerImg: ${nPatchesPerImg}, and contexts have ${language.contextSize} tokens`,
      { hint: 'leave nPatchesPerImg out' },
    );
  }
  if (clsToken === true) throw new UserError('invalid clsToken: true, and texts have none');
}
