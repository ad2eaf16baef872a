// saev saebench core: from names of coders to files of results.
import { openMoreTexts } from '../../../activations/recording/text-model.ts';
import { checkContextSize } from '../../../activations/recording/text-recorder.ts';
import { type LanguageModel, openLanguageModel } from '../../../backbones/language/open.ts';
import { startProgress } from '../../../base/progress.ts';
import { TextConfig } from '../../../data/texts/config.ts';
import { textKindOf } from '../../../data/texts/sources/open-texts.ts';
import { type BenchFindings, type BenchRequest, benchModels } from '../bench-models.ts';
import type { BenchedModel, NamedCoder } from '../coders.ts';
import type { SaebenchCoreConfig } from '../config.ts';
import { contextSizeOf } from '../context-size.ts';
import { groupsOfCoders, withCoders } from '../open-coders.ts';
import type { BenchedResult } from '../results/summary.ts';
import { measureCore } from './measure.ts';
import { coreDetails, coreMetrics } from './report.ts';

/** The model as it is, its activations, and the two parts that a coder cuts it into. */
const SESSIONS = 4;

interface CoreRequest extends BenchRequest {
  readonly texts: TextConfig;
}

/**
 * Measure coders as SAEBench's core does, and write a file of results for each, and a table of all. Results of the same
 * measurement that stand there already are taken as they are.
 * @throws {UserError} for coders, models and texts that are missing or do not fit each other, and where other results stand in the way.
 */
export async function benchCore(
  config: SaebenchCoreConfig,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<BenchedResult[]> {
  return benchModels<CoreRequest>(
    config,
    {
      kind: 'core',
      async requestOf(model) {
        const texts = config.texts ?? model.texts ?? TextConfig.parse({});
        const contextSize = await contextSizeOf(config.contextSize, model, signal);
        return requestOf(model, texts, { ...config, contextSize });
      },
      measure: (model, coders, request, onResult) =>
        measureOn(model, coders, { request, config, onResult, signal }),
    },
    { signal },
  );
}

function requestOf(
  { model }: BenchedModel,
  texts: TextConfig,
  config: SaebenchCoreConfig & { readonly contextSize: number },
): CoreRequest {
  const kind = textKindOf(texts);
  const { contextSize, packing } = config;
  return {
    texts,
    contextSize,
    config: {
      model_name: model,
      llm_dtype: 'float32',
      batch_size_prompts: config.batchSizePrompts,
      n_eval_reconstruction_batches: config.nEvalReconstructionBatches,
      n_eval_sparsity_variance_batches: config.nEvalSparsityVarianceBatches,
      dataset: (kind.datasetPath ?? kind.name)(texts),
      context_size: contextSize,
      compute_kl: true,
      compute_ce_loss: true,
      compute_l2_norms: true,
      compute_sparsity_metrics: true,
      compute_variance_metrics: true,
      compute_featurewise_density_statistics: true,
      compute_featurewise_weight_based_metrics: true,
      exclude_special_tokens_from_reconstruction: config.excludeSpecialTokensFromReconstruction,
      verbose: false,
    },
    own: { packing, texts },
  };
}

interface Measurement {
  readonly request: CoreRequest;
  readonly config: SaebenchCoreConfig;
  readonly onResult: (findings: BenchFindings) => Promise<void>;
  readonly signal: AbortSignal | undefined;
}

async function measureOn(
  model: BenchedModel,
  coders: readonly NamedCoder[],
  { request, config, onResult, signal }: Measurement,
): Promise<void> {
  const { threads, batchSizePrompts: batchSize } = config;
  const nReconstructionBatches = config.nEvalReconstructionBatches;
  const nSparsityBatches = config.nEvalSparsityVarianceBatches;
  const backbone = await openLanguageModel(model.model, {
    processing: model.processing,
    tokenizer: model.tokenizer,
    threads,
    signal,
    maxSessions: SESSIONS,
  });
  try {
    checkContextSize(request.contextSize, backbone);
    const nContexts = batchSize * Math.max(nReconstructionBatches, nSparsityBatches);
    const contexts = await readContextsOf(backbone, model, { request, config, nContexts, signal });
    const ofBatches = (n: number): number => Math.min(contexts.length, n * batchSize);
    const progress = startProgress('saebench', {
      total: coders.length * (ofBatches(nReconstructionBatches) + ofBatches(nSparsityBatches)),
      unit: 'contexts',
    });
    const { bosId, eosId, padId } = backbone.tokenizer;
    const ignored = new Set([bosId, eosId, padId]);
    try {
      for (const group of groupsOfCoders(coders)) {
        await withCoders(group, { threads, device: config.device, signal }, async (opened) => {
          const measured = await measureCore(opened, contexts, {
            backbone,
            batchSize,
            nReconstructionBatches,
            nSparsityBatches,
            isIgnored: (token) => ignored.has(token),
            keepsIgnored: config.excludeSpecialTokensFromReconstruction,
            onContexts: (count) => progress.tick(count),
            signal,
          });
          for (const [i, { coder, place }] of opened.entries()) {
            const measures = measured[i]!;
            const { explainedVarianceAboutMean } = measures.rows;
            await onResult({
              named: group[i]!,
              coder: { ...coder, place },
              found: {
                eval_result_metrics: coreMetrics(measures),
                eval_result_details: coreDetails(measures),
              },
              unstructured: {
                saev: { explained_variance_about_mean: explainedVarianceAboutMean },
              },
            });
          }
        });
      }
    } finally {
      progress.end();
    }
  } finally {
    await backbone.close();
  }
}

async function readContextsOf(
  backbone: LanguageModel,
  { model, processing, prependBos }: BenchedModel,
  {
    request,
    config,
    nContexts,
    signal,
  }: Pick<Measurement, 'request' | 'config' | 'signal'> & { readonly nContexts: number },
): Promise<Int32Array[]> {
  const { contextSize } = request;
  const { packing, batchSizePrompts: batchContexts } = config;
  const texts = await openMoreTexts(
    backbone,
    { model, processing, prependBos, contextSize, packing, nContexts, batchContexts },
    request.texts,
    { signal },
  );
  try {
    const contexts: Int32Array[] = [];
    for (let i = 0; i < texts.nContexts; i++) contexts.push(await texts.contexts.tokens(i));
    return contexts;
  } finally {
    await texts.close();
  }
}
