// saev saebench sparse-probing: from names of coders and data sets to files of results.
import { checkContextSize } from '../../../activations/recording/text-recorder.ts';
import { openLanguageModel } from '../../../backbones/language/open.ts';
import { UserError } from '../../../base/errors.ts';
import { logger } from '../../../base/log.ts';
import { startProgress } from '../../../base/progress.ts';
import { torchRandom } from '../../../base/python-random/torch-random.ts';
import type { Tokenizer } from '../../../data/texts/tokenizer.ts';
import { type BenchFindings, type BenchRequest, benchModels } from '../bench-models.ts';
import type { BenchedModel, NamedCoder } from '../coders.ts';
import type { SaebenchProbingConfig } from '../config.ts';
import { contextSizeOf } from '../context-size.ts';
import { groupsOfCoders, withCoders } from '../open-coders.ts';
import type { BenchedResult } from '../results/summary.ts';
import { type LabelledTexts, labelledTexts } from './labelled-texts.ts';
import { type MeanRows, meanRows } from './mean-rows.ts';
import { accuraciesOf, type TaskAccuracies } from './probe-classes.ts';
import { probingDetail, probingMetrics } from './report.ts';

const log = logger('saebench');

/** Texts that SAEBench encodes at once: what its results say, and nothing else. */
const SAE_BATCH = 125;

/**
 * Measure how well few latents of coders tell classes of texts, as SAEBench's sparse probing does, beside the model's own
 * activations; write a file of results for each coder, and a table of all. Results of the same measurement that stand there already
 * are taken as they are.
 * @throws {UserError} for coders, models and data sets that are missing or do not fit each other, and where other results stand in the way.
 */
export async function benchSparseProbing(
  config: SaebenchProbingConfig,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<BenchedResult[]> {
  const tasks = await tasksOf(config);
  return benchModels(
    config,
    {
      kind: 'sparse_probing',
      async requestOf(model) {
        const contextSize = await contextSizeOf(config.contextLength, model, signal);
        return requestOf(model, tasks, { ...config, contextSize });
      },
      measure: (model, coders, request, onResult) =>
        measureOn(model, coders, { request, config, tasks, onResult, signal }),
    },
    { signal },
  );
}

async function tasksOf(config: SaebenchProbingConfig): Promise<LabelledTexts[]> {
  const tasks: LabelledTexts[] = [];
  for (const path of config.data) {
    const found = await labelledTexts(path, {
      ...config,
      trainSize: config.probeTrainSetSize,
      testSize: config.probeTestSetSize,
      seed: config.randomSeed,
    });
    for (const task of found) {
      if (tasks.some(({ name }) => name === task.name))
        throw new UserError(`two data sets are called '${task.name}'`, {
          hint: 'results tell them by the names of their files or folders',
        });
      tasks.push(task);
      log.info(`${task.name}: ${[...task.train.keys()].join(', ')}`);
    }
  }
  return tasks;
}

function requestOf(
  { model }: BenchedModel,
  tasks: readonly LabelledTexts[],
  config: SaebenchProbingConfig & { readonly contextSize: number },
): BenchRequest {
  const { contextSize, textColumn, labelColumn, balanceColumn, classes } = config;
  return {
    contextSize,
    config: {
      random_seed: config.randomSeed,
      dataset_names: tasks.map(({ name }) => name),
      probe_train_set_size: config.probeTrainSetSize,
      probe_test_set_size: config.probeTestSetSize,
      context_length: contextSize,
      sae_batch_size: SAE_BATCH,
      llm_batch_size: config.llmBatchSize,
      llm_dtype: 'float32',
      model_name: model,
      k_values: config.kValues,
      lower_vram_usage: false,
    },
    own: {
      data: config.data,
      columns: [textColumn ?? null, labelColumn ?? null, balanceColumn ?? null],
      classes,
    },
  };
}

interface Measurement {
  readonly request: BenchRequest;
  readonly config: SaebenchProbingConfig;
  readonly tasks: readonly LabelledTexts[];
  readonly onResult: (findings: BenchFindings) => Promise<void>;
  readonly signal: AbortSignal | undefined;
}

async function measureOn(
  model: BenchedModel,
  coders: readonly NamedCoder[],
  { request, config, tasks, onResult, signal }: Measurement,
): Promise<void> {
  const { threads, llmBatchSize, kValues, randomSeed, device } = config;
  const backbone = await openLanguageModel(model.model, {
    processing: model.processing,
    tokenizer: model.tokenizer,
    threads,
    signal,
  });
  try {
    checkContextSize(request.contextSize, backbone);
    const { tokenizer } = backbone;
    const ignored = new Set([tokenizer.bosId, tokenizer.eosId, tokenizer.padId]);
    const size = { ...model, contextSize: request.contextSize };
    for (const group of groupsOfCoders(coders)) {
      await withCoders(group, { threads, device, signal }, async (opened) => {
        // As in SAEBench a coder's numbers are drawn from one seed, through all of its data sets.
        const randoms = opened.map(() => torchRandom(randomSeed));
        const found = opened.map(() => new Map<string, TaskAccuracies>());
        for (const task of tasks) {
          const parts = {
            train: tokensOf(task.train, tokenizer, size),
            test: tokensOf(task.test, tokenizer, size),
          };
          const progress = startProgress(task.name, {
            total: parts.train.length + parts.test.length,
            unit: 'texts',
          });
          const rowsOf = (texts: readonly Int32Array[]): Promise<MeanRows[]> =>
            meanRows(opened, texts, {
              backbone,
              batchSize: llmBatchSize,
              isIgnored: (token) => ignored.has(token),
              onTexts: (count) => progress.tick(count),
              signal,
            });
          const train = await rowsOf(parts.train);
          const test = await rowsOf(parts.test);
          progress.end();
          for (const [i, random] of randoms.entries()) {
            signal?.throwIfAborted();
            const rows = { train: train[i]!, test: test[i]! };
            found[i]!.set(task.name, accuraciesOf(task, rows, { random, kValues }));
          }
        }
        for (const [i, { coder, place }] of opened.entries()) {
          const accuracies = found[i]!;
          await onResult({
            named: group[i]!,
            coder: { ...coder, place },
            found: {
              eval_result_metrics: probingMetrics([...accuracies.values()]),
              eval_result_details: [...accuracies].map(([name, of]) => probingDetail(name, of)),
            },
            unstructured: Object.fromEntries(
              [...accuracies].map(([name, of]) => [`${name}_results`, of]),
            ),
          });
        }
      });
    }
  } finally {
    await backbone.close();
  }
}

function tokensOf(
  texts: ReadonlyMap<string, readonly string[]>,
  tokenizer: Tokenizer,
  { prependBos, contextSize }: { readonly prependBos: boolean; readonly contextSize: number },
): Int32Array[] {
  return [...texts.values()].flatMap((ofClass) =>
    ofClass.map((text) => tokenizer.encode(text, { prependBos, maxTokens: contextSize })),
  );
}
