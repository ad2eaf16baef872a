// Dashboards as files that Neuronpedia imports: JSON lines about the source, and gzipped ones of features and examples.
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { joinInside, writeFileAtomic } from '../../base/files.ts';
import { inBatches } from '../../base/iterables.ts';
import type { FeatureDashboard } from './dashboard.ts';
import { BATCH, type DashboardContext, featureJson, rounded } from './saedashboard-json.ts';

/** Who made a source, and what it is. */
export interface ExportContext extends DashboardContext {
  readonly hookName: string;
  readonly creatorId: string;
  readonly releaseName: string;
  readonly description?: string;
  readonly urls?: readonly string[];
}

const compress = promisify(gzip);

/**
 * Write `<folder>/<model>/<layer>-<set>/`: release, model, sourceset and source `.jsonl`, `features/batch-N.jsonl.gz`
 * and `activations/batch-N.jsonl.gz`, after SAEDashboard's `neuronpedia_export.py` and Neuronpedia's own records.
 * Gives the folder.
 *
 * @throws {UserError} for names that would lead out of `folder`.
 */
export async function writeNeuronpediaExport(
  folder: string,
  dashboards: AsyncIterable<FeatureDashboard>,
  context: ExportContext,
  { batchSize = BATCH }: { batchSize?: number } = {},
): Promise<string> {
  const target = exportFolder(folder, context);
  let batch = 0;
  for await (const features of inBatches(dashboards, batchSize)) {
    await writeExportBatch(target, batch++, features, context);
  }
  await writeSourceRecords(target, context);
  return target;
}

/**
 * Where an export goes.
 *
 * @throws {UserError} for names that would lead out of `folder`.
 */
export function exportFolder(folder: string, context: ExportContext): string {
  return joinInside(folder, join(context.modelId, sourceId(context)), 'model or set name');
}

/** Write batch `n` of an export: its features and their examples. */
export async function writeExportBatch(
  target: string,
  n: number,
  features: readonly FeatureDashboard[],
  context: ExportContext,
): Promise<void> {
  const name = `batch-${n}.jsonl.gz`;
  await writeLines(join(target, 'features', name), features, (each) => [
    featureRecord(each, context),
  ]);
  await writeLines(join(target, 'activations', name), features, (each) =>
    activationRecords(each, context),
  );
}

/** Write what an export says of the model and the coder. */
export async function writeSourceRecords(target: string, context: ExportContext): Promise<void> {
  for (const [name, record] of Object.entries(sourceRecords(context))) {
    await writeFileAtomic(join(target, `${name}.jsonl`), `${JSON.stringify(record)}\n`);
  }
}

/** Neuronpedia's name of a coder among a model's: `8-res-jb`. */
export function sourceId({ layer, saeSet, saeIdSuffix = '' }: DashboardContext): string {
  return `${layer}-${saeSet}${saeIdSuffix}`;
}

function sourceRecords(context: ExportContext): Record<string, Record<string, unknown>> {
  const { modelId, saeSet, releaseName, creatorId, description = '', urls = [] } = context;
  const made = { creatorId, releaseName };
  return {
    release: { name: releaseName, description, urls, creatorId },
    model: { id: modelId, displayName: modelId, creatorId },
    sourceset: { modelId, name: saeSet, description, urls, hasDashboards: true, ...made },
    source: {
      modelId,
      id: sourceId(context),
      setName: saeSet,
      hookName: context.hookName,
      dataset: context.dataset,
      hasDashboards: true,
      ...made,
    },
  };
}

function featureRecord(
  dashboard: FeatureDashboard,
  context: ExportContext,
): Record<string, unknown> {
  const {
    feature_index,
    activations,
    vector,
    dataset,
    n_prompts_total,
    n_tokens_in_prompt,
    ...tables
  } = featureJson(dashboard, context);
  return {
    modelId: context.modelId,
    layer: sourceId(context),
    index: String(dashboard.feature),
    sourceSetName: context.saeSet,
    creatorId: context.creatorId,
    maxActApprox: rounded(dashboard.max),
    hasVector: true,
    vector,
    hookName: context.hookName,
    ...tables,
  };
}

function activationRecords(
  dashboard: FeatureDashboard,
  context: ExportContext,
): Record<string, unknown>[] {
  const layer = sourceId(context);
  return dashboard.groups.flatMap((group, g) => {
    const [binMin, binMax, binContains] =
      group.kind === 'top'
        ? [-1, rounded(group.max), -1]
        : [group.low, group.high, group.share].map(rounded);
    return group.examples.map(({ example, first, tokens, values, at }, i) => {
      const maxValue = Math.max(...values);
      return {
        id: `${context.modelId}_${layer}_${dashboard.feature}_${g}_${i}`,
        tokens,
        dataIndex: `${example}:${first}`,
        index: String(dashboard.feature),
        layer,
        modelId: context.modelId,
        dataSource: context.dataset,
        creatorId: context.creatorId,
        maxValue: rounded(maxValue),
        maxValueTokenIndex: values.indexOf(maxValue),
        minValue: rounded(Math.min(...values)),
        values: values.map(rounded),
        binMin,
        binMax,
        binContains,
        qualifyingTokenIndex: at,
      };
    });
  });
}

async function writeLines<T>(
  path: string,
  items: readonly T[],
  recordsOf: (item: T) => readonly Record<string, unknown>[],
): Promise<void> {
  const lines = items.flatMap((item) => recordsOf(item).map((each) => JSON.stringify(each)));
  await writeFileAtomic(path, await compress(`${lines.join('\n')}\n`));
}
