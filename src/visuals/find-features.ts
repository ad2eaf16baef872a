// The costly half of a visuals job: the features of an autoencoder, found once and kept in a file.
import { UserError } from '../base/errors.ts';
import { kindOfPath } from '../base/files.ts';
import { logger } from '../base/log.ts';
import type { SparseCoder } from '../sae/coder.ts';
import { openCoder } from '../sae/open-coder.ts';
import { type CodeSample, createCodeSample } from './collecting/code-sample.ts';
import { collectFeatures } from './collecting/collector.ts';
import { samplingStride } from './collecting/distributions.ts';
import type { VisualsConfig } from './config.ts';
import type { Extent } from './expected-files.ts';
import {
  type FeatureFile,
  featureFilePath,
  openFeatureFile,
  writeFeatureFile,
} from './feature-file/feature-file.ts';
import { type FeatureKey, keyDifferences } from './feature-file/feature-key.ts';
import { keptMaps, keptValues } from './kept.ts';
import type { Examples } from './modality.ts';
import { rankBy } from './ranking.ts';

const log = logger('visuals');

/** Rows in one call of the kernels. */
const ENCODE_ROWS = 4096;

export interface Features {
  readonly file: FeatureFile;
  /** Whether they were there already. */
  readonly isCached: boolean;
}

/**
 * Open the features in `folder` when they were made with the same `key`; find them anew otherwise.
 *
 * @throws {UserError} when the settings ask for rows that the images cannot be ranked by.
 */
export async function findFeatures(
  folder: string,
  coder: SparseCoder,
  config: VisualsConfig,
  options: {
    key: FeatureKey;
    examples: Pick<Examples, 'open' | 'keep'>;
    /** Hears how much there is to read, before it is read. */
    onOpen?: (extent: Extent) => void;
    /** Called before the features are written. */
    onWrite?: () => Promise<void>;
    signal?: AbortSignal | undefined;
  },
): Promise<Features> {
  const cached = await openCached(folder, options.key, config);
  if (cached !== undefined) {
    options.onOpen?.(cached.meta);
    return { file: cached, isCached: true };
  }
  const { examples, key, signal } = options;
  const { bands, sampleEntries: maxEntries } = examples.keep;
  const source = await examples.open();
  try {
    if (source.dModel !== coder.config.dIn) {
      throw new UserError(
        `invalid choice of activations: they are ${source.dModel} wide, the autoencoder takes ${coder.config.dIn}`,
        { hint: `checkpoint '${config.ckpt}', activations ${describeData(config)}` },
      );
    }
    const { nExamples, rowsPerExample: nTokens } = source;
    options.onOpen?.({ dSae: coder.config.dSae, nExamples, nTokens });
    const maxRows = Math.min(config.saeBatchSize, ENCODE_ROWS);
    const { device, threads } = config;
    const running = await openCoder(coder, { device, threads, maxRows });
    try {
      const sample: CodeSample | undefined =
        maxEntries === undefined ? undefined : createCodeSample(running.dSae, { maxEntries });
      // The source gives rows on the scale of training.
      const scaled = { dSae: running.dSae, encode: running.encodeScaled };
      const collected = await collectFeatures(source, scaled, {
        rankBy: rankBy(config),
        topK: config.topK,
        batchSize: config.saeBatchSize,
        encodeBatchSize: maxRows,
        nDistributions: config.nDistributions,
        distributionLimit: keptValues(config),
        signal,
        ...(bands && { bands }),
        ...(sample && { observe: sample.observe }),
      });
      await options.onWrite?.();
      await writeFeatureFile(folder, collected, {
        percentile: config.percentile,
        nMaps: keptMaps(config),
        key,
        sample: sample?.codes(),
      });
    } finally {
      await running.close();
    }
  } finally {
    await source.close();
  }
  return { file: await openFeatureFile(folder), isCached: false };
}

function describeData({ data }: VisualsConfig): string {
  if (data.language !== undefined) return `of ${data.language.model}, ${data.layer}`;
  return data.live === undefined ? `'${data.shardRoot}'` : 'of the model that runs along';
}

async function openCached(
  folder: string,
  key: FeatureKey,
  config: VisualsConfig,
): Promise<FeatureFile | undefined> {
  if ((await kindOfPath(featureFilePath(folder))) === 'nothing') return undefined;
  let file: FeatureFile;
  try {
    file = await openFeatureFile(folder);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    log.warn(`finding features again: ${error.message}`);
    return undefined;
  }
  const differences = keyDifferences(file.meta.key, key);
  if (differences.length === 0 && keepsEnough(file, config)) return file;
  if (differences.length === 0) differences.push('examples whose values are kept');
  log.info(`finding features again: other ${differences.join(', ')} than in '${folder}'`);
  await file.close();
  return undefined;
}

/** Whether a file holds all values that the settings need of what is kept. */
function keepsEnough({ meta }: FeatureFile, config: VisualsConfig): boolean {
  const nMaps = Math.min(keptMaps(config), meta.k);
  const stride = samplingStride(Math.min(config.nDistributions, meta.dSae), {
    length: meta.nRows,
    rowsPerExample: meta.nTokens,
    limit: keptValues(config),
  });
  return meta.nMaps >= nMaps && meta.distributionStride <= stride;
}
