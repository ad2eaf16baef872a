// From the setting `labels` to what is known of the rows.
import { z } from 'zod';
import { visionModelOf } from '../../../activations/config.ts';
import { findShards } from '../../../activations/find-shards.ts';
import { segmentedImages } from '../../../activations/labels/class-maps.ts';
import { type PatchGeometry, patchGeometry } from '../../../activations/labels/patch-geometry.ts';
import { patchGeometryOfShards } from '../../../activations/labels/shard-geometry.ts';
import { readTexts } from '../../../activations/shards/context-files.ts';
import { readMetadata } from '../../../activations/shards/metadata.ts';
import type { ActivationSource } from '../../../activations/types.ts';
import { openVisionModel } from '../../../backbones/vision/open.ts';
import { UserError } from '../../../base/errors.ts';
import { kindOfPath } from '../../../base/files.ts';
import { openDataset } from '../../../data/datasets/open-dataset.ts';
import type { ImageDataset } from '../../../data/images/images.ts';
import { checkSameExamples } from '../../labels/labels.ts';
import { confidentLabels, patchLabels } from '../../labels/patch-labels.ts';
import { checkSameImages } from '../../labels/same-images.ts';
import type { ScoreConfig } from '../config.ts';
import { classTruth, truthOfLabels } from './labels.ts';
import { languageWorldTruth } from './language-world.ts';
import { tableTruth } from './table.ts';
import type { ConceptTruth } from './truth.ts';
import { worldTruth } from './world.ts';

/** What of a job says where labels are. */
type LabelChoice = Pick<
  ScoreConfig,
  'labels' | 'columns' | 'key' | 'labelThreshold' | 'images' | 'data' | 'threads'
>;

/** Words that `labels` may be; anything else is the path of a table. */
const WORDS = ['classes', 'patches', 'world'] as const;

/**
 * Read the labels that a job names, and check that they are of the examples whose activations are read.
 * @throws {UserError} when they are missing, of other examples, or of patches where rows are none.
 */
export async function openTruth(
  config: LabelChoice,
  source: ActivationSource,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<ConceptTruth> {
  const isTable = !WORDS.some((word) => word === config.labels);
  if (isTable) await checkTable(config.labels);
  if (source.contexts !== undefined) return textTruth(config, source, isTable);
  const dataset = await openDataset(config.images, { ...(signal && { signal }) });
  try {
    await checkImages(config, dataset, source);
    if (isTable) {
      const nameOf = (example: number): string =>
        example < dataset.length ? dataset.entry(example).source : '';
      return await tableTruth(
        config.labels,
        { length: dataset.length, noun: 'image', nameOf },
        config,
      );
    }
    if (config.labels === 'classes') return await classTruth(dataset);
    const grid = gridOf(source, config.labels);
    if (config.labels === 'world') return await worldTruth(dataset, grid);
    return await patchTruth(dataset, config, signal);
  } finally {
    await dataset.close();
  }
}

/** Classes of patches, by segmentation maps; 0, which is nothing that was labelled, is no concept. */
async function patchTruth(
  dataset: ImageDataset,
  { data, images, labelThreshold, threads }: LabelChoice,
  signal: AbortSignal | undefined,
): Promise<ConceptTruth> {
  const segmented = await segmentedImages(dataset);
  const geometry =
    data.live === undefined
      ? await patchGeometryOfShards(await readMetadata(await findShards(data.shardRoot, data)))
      : await geometryOf(visionModelOf(data.live), threads);
  const labels = await patchLabels(segmented, geometry, { config: images, signal });
  const truth = truthOfLabels(confidentLabels(labels, { labelThreshold }), {
    source: 'segmentation maps',
    kind: 'patch',
    level: 'token',
    nothing: 0,
  });
  return { ...truth, nExamples: dataset.length };
}

async function geometryOf(
  model: ReturnType<typeof visionModelOf>,
  threads: number | undefined,
): Promise<PatchGeometry> {
  const backbone = await openVisionModel(model, { threads });
  try {
    return patchGeometry(backbone);
  } finally {
    await backbone.close();
  }
}

async function checkTable(path: string): Promise<void> {
  if ((await kindOfPath(path)) === 'file') return;
  throw new UserError(`missing labels: '${path}'`, {
    hint: `give the path of a CSV file, or one of ${WORDS.join(', ')}`,
  });
}

async function textTruth(
  { labels, columns, key, data }: LabelChoice,
  source: ActivationSource,
  isTable: boolean,
): Promise<ConceptTruth> {
  const { nExamples, contexts } = source;
  if (isTable) return tableTruth(labels, { length: nExamples, noun: 'context' }, { columns, key });
  if (labels !== 'world') {
    throw new UserError(`unsupported labels for texts: '${labels}'`, {
      hint: 'give the path of a CSV file with a row for each context, --labels labels.csv',
    });
  }
  const recorded =
    data.language?.texts ?? (await readTexts(await findShards(data.shardRoot, data)))?.texts;
  const texts = WorldTextsRecord.safeParse(recorded);
  if (!texts.success) {
    throw new UserError(
      "labels 'world' are those of the embedded language, and these are other texts",
      {
        hint: 'record data:text-world, or give the path of a CSV file',
      },
    );
  }
  return languageWorldTruth(contexts!, { ...texts.data, nExamples });
}

/** What is said of contexts that were made of the embedded language. */
const WorldTextsRecord = z.looseObject({
  type: z.literal('text-world'),
  seed: z.int(),
  nDocuments: z.int(),
});

async function checkImages(
  { images, data }: LabelChoice,
  dataset: ImageDataset,
  source: ActivationSource,
): Promise<void> {
  if (data.live === undefined) {
    return checkSameImages(await findShards(data.shardRoot, data), images, dataset);
  }
  checkSameExamples({ nExamples: dataset.length }, source.nExamples, {
    labels: `'${'root' in images && images.root !== undefined ? images.root : images.type}'`,
    activations: 'a model that runs along',
  });
}

/** Patches a side of the images whose rows are read. */
function gridOf({ rowsPerExample }: ActivationSource, labels: string): number {
  for (const nPatches of [rowsPerExample, rowsPerExample - 1]) {
    const side = Math.sqrt(nPatches);
    if (nPatches > 1 && Number.isInteger(side)) return side;
  }
  throw new UserError(
    `labels '${labels}' are of patches, and rows of these activations are none: ${rowsPerExample} an image`,
    { hint: 'read the patches: --data.patches patches' },
  );
}
