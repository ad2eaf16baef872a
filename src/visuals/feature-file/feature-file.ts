// features.safetensors: all that was collected of an autoencoder, read again a latent at a time.
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import {
  openSafetensors,
  type SafetensorsFile,
  writeSafetensors,
} from '../../formats/safetensors.ts';
import type { Collected } from '../collecting/collector.ts';
import type { TopExample } from '../collecting/top-examples.ts';
import {
  bandShapes,
  bandTensors,
  type CountedBand,
  readBands,
  readValues,
  type ValueHistogram,
} from './band-tensors.ts';
import { HISTOGRAM_BINS, statisticTensors } from './feature-tensors.ts';
import { readSample, sampleTensors } from './sample-tensors.ts';
import { openTop, topShapes, topTensors } from './top-tensors.ts';

/** Name of the feature file in a folder of visuals. */
export const FEATURE_FILE = 'features.safetensors';

/** Path of the feature file in a folder of visuals. */
export function featureFilePath(folder: string): string {
  return join(folder, FEATURE_FILE);
}

const VERSION = 2;

/** What the file says of itself. */
export interface FeatureMeta {
  readonly version: number;
  /** The settings that the tensors depend on; a file made with others is not used again. */
  readonly key: Readonly<Record<string, unknown>>;
  readonly dSae: number;
  readonly k: number;
  /** Of how many examples of a list, from the best, values are kept; `k` keeps all. */
  readonly nMaps: number;
  readonly nExamples: number;
  readonly nTokens: number;
  readonly nRows: number;
  readonly percentile: number;
  /** Row `r` of `distributions` is row `r · distributionStride` of the activations. */
  readonly distributionStride: number;
  /** Bands of value that examples were drawn in; absent where none were. */
  readonly bands?: number;
}

/** An open feature file. Arrays are `[dSae]`. */
export interface FeatureFile {
  readonly meta: FeatureMeta;
  readonly sparsity: Float32Array;
  /** NaN where a latent never fired. */
  readonly meanValues: Float32Array;
  readonly maxValues: Float32Array;
  readonly percentiles: Float32Array;
  /** `[bins + 1]`, log10. */
  readonly histogramEdges: Float32Array;
  /** Counts of one latent's values, `[bins]`. */
  histogram(latent: number): Promise<Uint32Array>;
  /** Values of the first latents on a sample of rows, `[nLatents, nRows]`. */
  distributions(): Promise<{ values: Float32Array; nLatents: number; nRows: number }>;
  /** The top examples of one latent, best first: the `nMaps` whose values are kept. */
  top(latent: number): Promise<TopExample[]>;
  /** The examples of a latent's whole list, best first. */
  examples(latent: number): Promise<Uint32Array>;
  /**
   * The original's `top_values` of `count` latents from `first` on, float32 `[count, k, nTokens]`: 0 where a latent does
   * not fire.
   *
   * @throws {UserError} when the values of some examples are not kept.
   * @throws {RangeError} for latents that there are not.
   */
  topValues(first: number, count?: number): Promise<Float32Array>;
  /**
   * The original's `top_img_i` of these latents, int64 `[count, k]`. A latent that fires on fewer than `k` examples is given
   * others behind them, as there: its value is 0 on them.
   *
   * @throws {RangeError} for latents that there are not.
   */
  topImages(first: number, count?: number): Promise<BigInt64Array>;
  /** Random examples of one latent in bands of its value, highest band first; none where none were collected. */
  bands(latent: number): Promise<CountedBand[]>;
  /** Values of one latent in equal bins; undefined where no bands were collected. */
  values(latent: number): Promise<ValueHistogram | undefined>;
  /** The sample of codes that was kept, each row as it was encoded; undefined where none was. */
  sample(): Promise<SparseRows | undefined>;
  close(): Promise<void>;
}

/**
 * Write what was collected into `folder`, atomically; `key` are the settings that it depends on. Values are kept of the best
 * `nMaps` examples of a latent, of all by default.
 */
export async function writeFeatureFile(
  folder: string,
  collected: Collected,
  options: {
    percentile: number;
    key: Readonly<Record<string, unknown>>;
    nMaps?: number;
    sample?: SparseRows | undefined;
  },
): Promise<void> {
  const { dSae, nExamples, nTokens, nRows, top, distributions } = collected;
  const meta: FeatureMeta = {
    version: VERSION,
    key: options.key,
    dSae,
    k: top.k,
    nMaps: Math.min(options.nMaps ?? top.k, top.k),
    nExamples,
    nTokens,
    nRows,
    percentile: options.percentile,
    distributionStride: distributions.stride,
    bands: collected.bands?.options.bands,
  };
  await writeSafetensors(
    featureFilePath(folder),
    [
      ...statisticTensors(collected, options),
      ...topTensors(collected, meta.nMaps),
      ...bandTensors(collected),
      ...sampleTensors(options.sample),
    ],
    { metadata: { visuals: JSON.stringify(meta) } },
  );
}

/**
 * Open the feature file of a folder.
 *
 * @throws {UserError} when it is missing, damaged or of another version.
 */
export async function openFeatureFile(folder: string): Promise<FeatureFile> {
  const path = featureFilePath(folder);
  const file = await openSafetensors(path);
  try {
    const meta = parseMeta(file);
    checkShapes(file, meta);
    const maxValues = await file.readFloat32('max_values');
    const { readElements } = file;
    return {
      meta,
      sparsity: await file.readFloat32('sparsity'),
      meanValues: await file.readFloat32('mean_values'),
      maxValues,
      percentiles: await file.readFloat32(`percentiles_p${meta.percentile}`),
      histogramEdges: await file.readFloat32('histogram.edges'),
      histogram: (latent) =>
        readElements('histogram.counts', latent * HISTOGRAM_BINS, new Uint32Array(HISTOGRAM_BINS)),
      distributions: async () => {
        const [nLatents, nRows] = file.tensors.get('distributions')!.shape as [number, number];
        return { values: await file.readFloat32('distributions'), nLatents, nRows };
      },
      ...(await openTop(file, meta)),
      bands: async (latent) => {
        if (meta.bands === undefined) return [];
        return readBands(readElements, latent, {
          bands: meta.bands,
          max: maxValues[latent]!,
          entries: file.tensors.get('band.example')!.shape[0]!,
          nonzeros: file.tensors.get('band.map.token')!.shape[0]!,
          path,
        });
      },
      values: async (latent) =>
        meta.bands === undefined ? undefined : readValues(readElements, latent, maxValues[latent]!),
      sample: () => readSample(file, meta.dSae),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function parseMeta(file: SafetensorsFile): FeatureMeta {
  const invalid = (why: string): UserError =>
    new UserError(`invalid feature file: '${file.path}' ${why}`);
  let meta: Partial<FeatureMeta>;
  try {
    meta = JSON.parse(file.metadata.visuals ?? 'null') ?? {};
  } catch {
    throw invalid('has a description that is not JSON');
  }
  if (meta.version === undefined) throw invalid('was not written by this program');
  if (meta.version !== VERSION)
    throw invalid(`is of version ${JSON.stringify(meta.version)}, not ${VERSION}`);
  const { dSae, k, nMaps, nExamples, nTokens, nRows, bands = 0 } = meta;
  const counts = [dSae, k, nMaps, nExamples, nTokens, nRows, bands];
  if (!counts.every((n) => Number.isSafeInteger(n) && n! >= 0) || typeof meta.key !== 'object') {
    throw invalid('has an incomplete description');
  }
  return meta as FeatureMeta;
}

function checkShapes(file: SafetensorsFile, meta: FeatureMeta): void {
  const { dSae, percentile, bands } = meta;
  const lengthOf = (name: string): number => file.tensors.get(name)?.shape[0] ?? -1;
  const expected: Record<string, [string, readonly number[]]> = {
    sparsity: ['F32', [dSae]],
    mean_values: ['F32', [dSae]],
    max_values: ['F32', [dSae]],
    [`percentiles_p${percentile}`]: ['F32', [dSae]],
    'histogram.edges': ['F32', [HISTOGRAM_BINS + 1]],
    'histogram.counts': ['U32', [dSae, HISTOGRAM_BINS]],
    ...topShapes(meta, lengthOf),
    ...(bands === undefined ? {} : bandShapes({ dSae, bands }, lengthOf)),
  };
  for (const [name, [dtype, shape]] of Object.entries(expected)) {
    const entry = file.tensors.get(name);
    if (entry?.dtype !== dtype || entry.shape.join() !== shape.join()) {
      throw new UserError(`invalid feature file: '${file.path}' has a wrong or missing '${name}'`);
    }
  }
  if (file.tensors.get('distributions')?.shape.length !== 2) {
    throw new UserError(`invalid feature file: '${file.path}' has no distributions`);
  }
}
