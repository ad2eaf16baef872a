// saev saebench core: from names of coders to files of results.
import { randomUUID } from 'node:crypto';
import { openMoreTexts } from '../../../activations/recording/text-model.ts';
import { checkContextSize } from '../../../activations/recording/text-recorder.ts';
import { type LanguageModel, openLanguageModel } from '../../../backbones/language/open.ts';
import { logger } from '../../../base/log.ts';
import { startProgress } from '../../../base/progress.ts';
import { packageVersion } from '../../../base/version.ts';
import { TextConfig } from '../../../data/texts/config.ts';
import { textKindOf } from '../../../data/texts/sources/open-texts.ts';
import { type CodersOfModel, codersByModel, type NamedCoder } from '../coders.ts';
import type { SaebenchCoreConfig } from '../config.ts';
import { groupsOfCoders, withCoders } from '../open-coders.ts';
import { coderFields } from '../results/coder-fields.ts';
import { CUSTOM_SAE, earlierResult, resultFile, writeResult } from '../results/result-files.ts';
import type { BenchResult } from '../results/schemas.ts';
import { type BenchedResult, writeSummary } from '../results/summary.ts';
import { type CoreMeasures, measureCore } from './measure.ts';
import { coreDetails, coreMetrics } from './report.ts';

const log = logger('saebench');

/** Tokens in a context of the original. */
const CONTEXT_SIZE = 128;
/** The model as it is, its activations, and the two parts that a coder cuts it into. */
const SESSIONS = 4;

/**
 * Measure coders as SAEBench's core does, and write a file of results for each, and a table of all. Results of the same
 * measurement that stand there already are taken as they are.
 * @throws {UserError} for coders, models and texts that are missing or do not fit each other, and where other results stand in the way.
 */
export async function benchCore(
  config: SaebenchCoreConfig,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<BenchedResult[]> {
  const benched = new Map<string, BenchedResult>();
  const models = await codersByModel(config, { signal });
  for (const model of models) {
    const wanted: NamedCoder[] = [];
    const request = await requestOf(model, config, signal);
    for (const coder of model.coders) {
      const file = resultFile(config.outputFolder, 'core', coder.name);
      const earlier = config.forceRerun
        ? undefined
        : await earlierResult(file, { config: request.config, own: request.own(coder) });
      if (earlier === undefined) wanted.push(coder);
      else {
        log.info(`${coder.name}: its results stand in ${file}`);
        benched.set(coder.path, { coder: coder.path, file, result: earlier });
      }
    }
    if (wanted.length === 0) continue;
    for (const result of await benchModel(wanted, { model, request, config, signal }))
      benched.set(result.coder, result);
  }
  await writeSummary(config.outputFolder, 'core');
  return models.flatMap(({ coders }) => coders.map(({ path }) => benched.get(path)!));
}

/** What is to be measured: as results say it, and as it is done. */
interface Request {
  readonly texts: TextConfig;
  readonly contextSize: number;
  /** `eval_config`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** What tells results from those of another coder, model or texts. */
  own(coder: NamedCoder): Readonly<Record<string, unknown>>;
}

async function requestOf(
  model: CodersOfModel,
  config: SaebenchCoreConfig,
  signal: AbortSignal | undefined,
): Promise<Request> {
  const texts = config.texts ?? model.texts ?? TextConfig.parse({});
  const contextSize = config.contextSize ?? Math.min(CONTEXT_SIZE, await contextOf(model, signal));
  const kind = textKindOf(texts);
  return {
    texts,
    contextSize,
    config: {
      model_name: model.model,
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
    own: ({ path }) => ({
      coder: path,
      model: model.model,
      tokenizer: model.tokenizer ?? null,
      processing: model.processing,
      prepend_bos: model.prependBos,
      packing: config.packing,
      texts,
    }),
  };
}

/** Tokens that a model takes. */
async function contextOf(
  { model, processing }: CodersOfModel,
  signal: AbortSignal | undefined,
): Promise<number> {
  const backbone = await openLanguageModel(model, { processing, tokenizer: false, signal });
  await backbone.close();
  return backbone.config.nCtx;
}

async function benchModel(
  coders: readonly NamedCoder[],
  {
    model,
    request,
    config,
    signal,
  }: {
    model: CodersOfModel;
    request: Request;
    config: SaebenchCoreConfig;
    signal: AbortSignal | undefined;
  },
): Promise<BenchedResult[]> {
  const { threads, batchSizePrompts: batchSize } = config;
  const { nEvalReconstructionBatches, nEvalSparsityVarianceBatches } = config;
  const backbone = await openLanguageModel(model.model, {
    processing: model.processing,
    tokenizer: model.tokenizer,
    threads,
    signal,
    maxSessions: SESSIONS,
  });
  try {
    checkContextSize(request.contextSize, backbone);
    const contexts = await readContextsOf(backbone, { model, request, config, signal });
    const ofBatches = (n: number): number => Math.min(contexts.length, n * batchSize);
    const progress = startProgress('saebench', {
      total:
        coders.length *
        (ofBatches(nEvalReconstructionBatches) + ofBatches(nEvalSparsityVarianceBatches)),
      unit: 'contexts',
    });
    const { tokenizer } = backbone;
    const ignored = new Set([tokenizer.bosId, tokenizer.eosId, tokenizer.padId]);
    const results: BenchedResult[] = [];
    try {
      for (const group of groupsOfCoders(coders)) {
        await withCoders(group, { threads, device: config.device, signal }, async (opened) => {
          const measured = await measureCore(opened, contexts, {
            backbone,
            batchSize,
            nReconstructionBatches: nEvalReconstructionBatches,
            nSparsityBatches: nEvalSparsityVarianceBatches,
            isIgnored: (token) => ignored.has(token),
            keepsIgnored: config.excludeSpecialTokensFromReconstruction,
            onContexts: (count) => progress.tick(count),
            signal,
          });
          for (const [i, { name, coder, place }] of opened.entries()) {
            const fields = coderFields(coder, { place }, { ...model, ...request });
            const result = resultOf(measured[i]!, {
              name,
              fields,
              request,
              own: request.own(group[i]!),
            });
            const file = resultFile(config.outputFolder, 'core', name);
            await writeResult(file, result);
            results.push({ coder: group[i]!.path, file, result });
          }
        });
      }
    } finally {
      progress.end();
    }
    return results;
  } finally {
    await backbone.close();
  }
}

async function readContextsOf(
  backbone: LanguageModel,
  {
    model,
    request,
    config,
    signal,
  }: {
    model: CodersOfModel;
    request: Request;
    config: SaebenchCoreConfig;
    signal: AbortSignal | undefined;
  },
): Promise<Int32Array[]> {
  const { batchSizePrompts, nEvalReconstructionBatches, nEvalSparsityVarianceBatches } = config;
  const most = Math.max(nEvalReconstructionBatches, nEvalSparsityVarianceBatches);
  const texts = await openMoreTexts(
    backbone,
    {
      model: model.model,
      processing: model.processing,
      prependBos: model.prependBos,
      contextSize: request.contextSize,
      packing: config.packing,
      nContexts: most * batchSizePrompts,
      batchContexts: batchSizePrompts,
    },
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

function resultOf(
  measures: CoreMeasures,
  {
    name,
    fields,
    request,
    own,
  }: {
    name: string;
    fields: Record<string, unknown>;
    request: Request;
    own: Readonly<Record<string, unknown>>;
  },
): BenchResult {
  return {
    eval_type_id: 'core',
    eval_config: request.config,
    eval_id: randomUUID(),
    datetime_epoch_millis: Date.now(),
    eval_result_metrics: coreMetrics(measures),
    eval_result_details: coreDetails(measures),
    eval_result_unstructured: {
      saev: {
        version: packageVersion(),
        of: own,
        explained_variance_about_mean: measures.rows.explainedVarianceAboutMean,
      },
    },
    sae_bench_commit_hash: 'Unknown',
    sae_lens_id: CUSTOM_SAE,
    sae_lens_release_id: name,
    sae_lens_version: null,
    sae_cfg_dict: fields,
  };
}
