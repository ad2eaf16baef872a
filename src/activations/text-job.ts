// The recording job where the data are texts.
import { UserError } from '../base/errors.ts';
import { logger } from '../base/log.ts';
import type { TextConfig } from '../data/texts/config.ts';
import type { ActivationsConfig } from './config.ts';
import type { RecordSummary } from './recording/record-loop.ts';
import { recordTexts } from './recording/record-texts.ts';
import { openTextModel } from './recording/text-model.ts';

const log = logger('activations');

/** A recording job whose data are texts. */
export type TextJob = ActivationsConfig & { readonly data: TextConfig };

/** Tell whether a job records texts. */
export function isTextJob(config: ActivationsConfig): config is TextJob {
  return config.data.type.startsWith('text-');
}

/**
 * Record what a config says. Throws a UserError for texts, models and hook points that are missing or do not fit each
 * other, and for settings that only images have.
 */
export async function recordTextJob(
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
        packing: language.packing,
        prependBos: language.prependBos,
        texts: data,
      },
      tokens: (i) => contexts.tokens(i),
      layers: config.vitLayers,
      head: language.head,
      dumpTo: config.dumpTo,
      maxTokensPerShard: config.nPatchesPerShard,
      batchContexts: language.batchContexts,
      seed: config.seed,
      dModel: config.dVit,
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
