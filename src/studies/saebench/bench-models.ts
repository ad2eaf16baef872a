// What every benchmark does around its measurement: coders by model, results that stand there, files of the others, the table.
import { randomUUID } from 'node:crypto';
import { logger } from '../../base/log.ts';
import { packageVersion } from '../../base/version.ts';
import type { CoderPlace, SparseCoder } from '../../sae/coder.ts';
import { type BenchedModel, type CodersOfModel, codersByModel, type NamedCoder } from './coders.ts';
import type { SharedBenchConfig } from './config.ts';
import { coderFields } from './results/coder-fields.ts';
import { CUSTOM_SAE, earlierResult, resultFile, writeResult } from './results/result-files.ts';
import type { BenchKind, BenchResult } from './results/schemas.ts';
import { type BenchedResult, writeSummary } from './results/summary.ts';

const log = logger('saebench');

/** What is to be measured, as results say it. */
export interface BenchRequest {
  /** Tokens in a context. */
  readonly contextSize: number;
  /** `eval_config`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** What else tells results from those of another measurement. */
  readonly own: Readonly<Record<string, unknown>>;
}

/** A coder that was measured, and what results say of it alone. */
export interface BenchFindings {
  readonly named: NamedCoder;
  readonly coder: SparseCoder & { readonly place: CoderPlace };
  /** Fields of the results, and what stands in `eval_result_unstructured`. */
  readonly found: Pick<BenchResult, 'eval_result_metrics' | 'eval_result_details'>;
  readonly unstructured: Readonly<Record<string, unknown>>;
}

/** A benchmark. */
export interface Bench<Request extends BenchRequest> {
  readonly kind: BenchKind;
  requestOf(model: CodersOfModel): Promise<Request>;
  /** Measure coders of one model; `onResult` is called with each that is done. */
  measure(
    model: BenchedModel,
    coders: readonly NamedCoder[],
    request: Request,
    onResult: (findings: BenchFindings) => Promise<void>,
  ): Promise<void>;
}

/** Run a benchmark over the coders that settings name, and give the results in their order. */
export async function benchModels<Request extends BenchRequest>(
  config: SharedBenchConfig,
  { kind, requestOf, measure }: Bench<Request>,
  options: { readonly signal?: AbortSignal | undefined },
): Promise<BenchedResult[]> {
  const { outputFolder, forceRerun } = config;
  const benched = new Map<string, BenchedResult>();
  const models = await codersByModel(config, options);
  for (const model of models) {
    const request = await requestOf(model);
    const ownOf = ({ path }: NamedCoder): Record<string, unknown> => ({
      coder: path,
      model: model.model,
      tokenizer: model.tokenizer ?? null,
      processing: model.processing,
      prepend_bos: model.prependBos,
      ...request.own,
    });
    const wanted: NamedCoder[] = [];
    for (const coder of model.coders) {
      const file = resultFile(outputFolder, kind, coder.name);
      const own = { config: request.config, own: ownOf(coder) };
      const result = forceRerun ? undefined : await earlierResult(file, own);
      if (result === undefined) wanted.push(coder);
      else {
        log.info(`${coder.name}: its results stand in ${file}`);
        benched.set(coder.path, { coder: coder.path, file, result });
      }
    }
    if (wanted.length === 0) continue;
    await measure(model, wanted, request, async ({ named, coder, found, unstructured }) => {
      const file = resultFile(outputFolder, kind, named.name);
      const saev = { version: packageVersion(), of: ownOf(named) };
      const result = {
        eval_type_id: kind,
        eval_config: request.config,
        eval_id: randomUUID(),
        datetime_epoch_millis: Date.now(),
        ...found,
        sae_bench_commit_hash: 'Unknown',
        sae_lens_id: CUSTOM_SAE,
        sae_lens_release_id: named.name,
        sae_lens_version: null,
        sae_cfg_dict: coderFields(coder, coder, { ...model, ...request }),
        eval_result_unstructured: {
          ...unstructured,
          saev: { ...saev, ...(unstructured.saev as object | undefined) },
        },
      } as BenchResult;
      const written = await writeResult(file, result);
      benched.set(named.path, { coder: named.path, file, result: written });
    });
  }
  await writeSummary(outputFolder, kind);
  return models.flatMap(({ coders }) => coders.map(({ path }) => benched.get(path)!));
}
