// saev semseg propose: the latents that tell classes of patches, found in one pass over recorded activations.
import { join } from 'node:path';
import { findShards } from '../../../activations/find-shards.ts';
import { segmentedImages } from '../../../activations/labels/class-maps.ts';
import { patchGeometryOfShards } from '../../../activations/labels/shard-geometry.ts';
import { readMetadata } from '../../../activations/shards/metadata.ts';
import { openSource } from '../../../activations/source.ts';
import { UserError } from '../../../base/errors.ts';
import { writeFileAtomic } from '../../../base/files.ts';
import { makeFolder } from '../../../base/folders.ts';
import { logger } from '../../../base/log.ts';
import { startProgress } from '../../../base/progress.ts';
import { number, percent } from '../../../base/text.ts';
import { openDataset } from '../../../data/datasets/open-dataset.ts';
import { readCoder } from '../../../sae/checkpoints/read-coder.ts';
import { isTranscoder, type SparseCoder } from '../../../sae/coder.ts';
import { openCoder } from '../../../sae/open-coder.ts';
import { scalingOf, tellScaling } from '../../../visuals/coder-scaling.ts';
import type { Labels } from '../../labels/labels.ts';
import { confidentLabels, patchLabels } from '../../labels/patch-labels.ts';
import { checkSameImages } from '../../labels/same-images.ts';
import { classNumber, shortName } from '../class-names.ts';
import { segmentedDataset } from '../segmented-data.ts';
import type { ProposeConfig } from './config.ts';
import { type ClassFeatures, FEATURES_FILE, featuresText } from './features-file.ts';
import {
  createFiringCounts,
  createLabelCounts,
  type FiringCounts,
  type LabelCounts,
} from './label-counts.ts';
import { visualsCommand, visualsSettings } from './visuals-command.ts';

const log = logger('semseg');

/** Rows in one call of the kernels. */
const ENCODE_ROWS = 4096;

/** What a proposal found, and where it is. */
export interface Proposal {
  /** The table, `features.csv`. */
  readonly path: string;
  readonly classes: readonly ClassFeatures[];
  /** Patches that were counted, and all that were read. */
  readonly counted: number;
  readonly patches: number;
  /** Latents proposed for any class, each once. */
  readonly latents: readonly number[];
  /** The command that shows them. */
  readonly command: string;
  /** The page of those visuals, where they were asked for. */
  readonly page?: string;
}

/**
 * Find for each class the latents whose firing tells its patches best, by F1 over patches of one clear label, for all
 * classes in one pass with sparse codes; write them to `<dumpTo>/features.csv`, and show them where the settings ask for it.
 *
 * @throws {UserError} for activations of other images than the maps', for classes that do not exist or have no patch, and
 * for an autoencoder of another width
 */
export async function propose(
  config: ProposeConfig,
  { signal }: { signal?: AbortSignal } = {},
): Promise<Proposal> {
  const { acts, imgs, saeCkpt, thresholds, maxFreq } = config;
  if (acts.patches !== 'patches' && acts.patches !== 'all') {
    throw new UserError(`invalid choice of rows '${acts.patches}': labels are of patches`);
  }
  const coder = await readCoder(saeCkpt, { signal });
  if (isTranscoder(coder.config)) {
    log.warn(
      `'${saeCkpt}' is a transcoder: its latents are counted, but edits need an autoencoder`,
    );
  }
  const labels = await labelsOf(config, signal);
  const asked = config.classes.map((given) => classNumber(given, labels.classes));
  const classes = asked.length > 0 ? [...new Set(asked)] : [...labels.classes.keys()].slice(1);
  const counts = createLabelCounts({
    dSae: coder.config.dSae,
    labels,
    classes,
    thresholds: [...new Set(thresholds)].sort((a, b) => a - b),
  });
  const firing = createFiringCounts(coder.config.dSae);
  const patches = await countPass(config, coder, { counts, firing, labels, signal });
  const sparsity = firing.sparsity();
  const found = classes
    .filter((each) => counts.positives(each) > 0)
    .map((each) => ({
      class: each,
      name: shortName(labels.classes, each),
      patches: counts.positives(each),
      features: counts
        .top(each, config.k, (latent) => sparsity[latent]! <= maxFreq)
        .filter(({ tp }) => tp > 0),
    }));
  checkFound(found, asked, labels.classes, config);
  await makeFolder(config.dumpTo);
  const path = join(config.dumpTo, FEATURES_FILE);
  await writeFileAtomic(path, featuresText(found));
  const latents = [
    ...new Set(found.flatMap(({ features }) => features.map((each) => each.latent))),
  ];
  const shown = { saeCkpt, acts, imgs, visualsTo: config.visualsTo };
  const page = config.visuals ? await show(config, latents, signal) : undefined;
  return {
    path,
    classes: found,
    counted: counts.rows,
    patches,
    latents,
    command: visualsCommand(shown, latents),
    ...(page !== undefined && { page }),
  };
}

/** Labels of the patches that show one class clearly. */
async function labelsOf(config: ProposeConfig, signal?: AbortSignal): Promise<Labels> {
  const { acts, imgs, labelThreshold, countUnlabelled } = config;
  const folder = await findShards(acts.shardRoot, acts);
  const set = segmentedDataset(imgs);
  const dataset = await openDataset(set, { signal });
  try {
    const images = await segmentedImages(dataset);
    await checkSameImages(folder, set, dataset);
    const geometry = await patchGeometryOfShards(await readMetadata(folder));
    const all = await patchLabels(images, geometry, { config: set, signal });
    return confidentLabels(all, { labelThreshold, keepUnlabelled: countUnlabelled });
  } finally {
    await dataset.close();
  }
}

/** Count codes of all rows; returns the number of rows. */
async function countPass(
  config: ProposeConfig,
  coder: SparseCoder,
  into: {
    counts: LabelCounts;
    firing: FiringCounts;
    labels: Labels;
    signal?: AbortSignal | undefined;
  },
): Promise<number> {
  const { acts, saeCkpt, batchSize, device, threads } = config;
  const { counts, firing, signal } = into;
  const data = { data: acts };
  const { source, scaling } = await openSource(acts, { signal, scaling: scalingOf(coder, data) });
  try {
    tellScaling(coder, { ...data, ckpt: saeCkpt }, scaling);
    if (source.dModel !== coder.config.dIn) {
      throw new UserError(
        `invalid choice of activations: they are ${source.dModel} wide, the autoencoder takes ${coder.config.dIn}`,
        { hint: `checkpoint '${saeCkpt}', activations '${acts.shardRoot}'` },
      );
    }
    const running = await openCoder(coder, { device, threads, maxRows: ENCODE_ROWS });
    const progress = startProgress('count', { total: source.length, unit: 'rows' });
    try {
      const rows = batchSize * source.rowsPerExample;
      for await (const batch of source.batches({ batchSize: rows, reuse: true, signal })) {
        const codes = await running.encodeScaled(batch.acts);
        firing.add(codes);
        counts.add({ codes, exampleIndex: batch.exampleIndex, tokenIndex: batch.tokenIndex });
        progress.tick(batch.exampleIndex.length);
      }
    } finally {
      progress.end();
      await running.close();
    }
    return source.length;
  } finally {
    await source.close();
  }
}

/** Refuse classes that were asked for and have no patch, when none is left; warn of them otherwise. */
function checkFound(
  found: readonly ClassFeatures[],
  asked: readonly number[],
  names: readonly string[],
  { labelThreshold, imgs }: ProposeConfig,
): void {
  const without = asked.filter((each) => !found.some((one) => one.class === each));
  const what = without.map((each) => `'${shortName(names, each)}'`).join(', ');
  const share = percent(labelThreshold, 0);
  if (found.length === 0) {
    throw new UserError(
      `no patch of ${asked.length === 0 ? 'any class' : what} in '${imgs.root}', ${imgs.split}`,
      { hint: `a patch counts when ${share} of it have one label (--label-threshold)` },
    );
  }
  if (without.length > 0) log.warn(`no patch of ${what}: nothing is proposed for it`);
}

async function show(
  config: ProposeConfig,
  latents: readonly number[],
  signal?: AbortSignal,
): Promise<string> {
  const { VisualsConfig } = await import('../../../visuals/config.ts');
  const { visualize } = await import('../../../visuals/visualize.ts');
  log.info(`showing ${number(latents.length)} latents`);
  const settings = VisualsConfig.parse(visualsSettings(config, latents));
  const { device, threads } = config;
  return (await visualize({ ...settings, device, threads }, { signal })).page.path;
}
