// How the features of a page stand to one another: their map, and the nearest of each.
import { logger } from '../../base/log.ts';
import { number } from '../../base/text.ts';
import type { NearestFeatures, Weighted } from '../../pages/feature-page.ts';
import type { SparseCoder } from '../../sae/coder.ts';
import { createCodeSample } from '../collecting/code-sample.ts';
import type { FeatureFile } from '../feature-file/feature-file.ts';
import { type FeatureMap, MAP_LIMIT } from './feature-map.ts';
import { mapKey, readMap } from './map-file.ts';
import { layOutBeside } from './map-thread.ts';
import { nearestRows, unitRows } from './nearest-rows.ts';

const log = logger('visuals');

/** Features near another that are listed. */
const NEAREST = 10;

/** Pairs of features that are compared at most, and numbers of their decoder rows in memory. */
const MOST_PAIRS = 2 ** 31;
const MOST_NUMBERS = 2 ** 28;

/** How features stand to one another. */
export interface Relations {
  /** Where the features of the page lie, in the order in which they were given, once it is laid out. */
  readonly map?: Promise<KeyedMap | undefined>;
  /** Why there is no map. */
  readonly noMap?: string;
  /** Rows over which was counted which features fire together. */
  readonly sampledRows?: number;
  /** The features nearest to one of the page. */
  nearest(latent: number): NearestFeatures;
  /** End what is still being laid out. */
  close(): Promise<void>;
}

/** A map, and what it depends on as a word. */
export type KeyedMap = FeatureMap & { readonly key: string };

/**
 * Relate the features `latents`: a map by their decoder rows, the nearest of all living latents (of `latents` alone where
 * there are very many) by the cosine of decoder rows, and those whose codes correlate most over the sample of rows that the feature file keeps.
 */
export async function relateFeatures(
  features: FeatureFile,
  { config, weights }: Pick<SparseCoder, 'config' | 'weights'>,
  options: {
    latents: readonly number[];
    /** Folder of the visuals, where a map may lie already. */
    folder: string;
    seed: number;
    signal?: AbortSignal | undefined;
  },
): Promise<Relations> {
  const { latents, folder, seed, signal } = options;
  const d = config.dOut;
  const own = new Set(latents);
  const others = Array.from(features.sparsity.keys()).filter(
    (latent) => features.sparsity[latent]! > 0 && !own.has(latent),
  );
  const n = latents.length;
  const all = n + others.length;
  const among =
    n * all <= MOST_PAIRS && all * d <= MOST_NUMBERS ? [...latents, ...others] : latents;
  const unit = unitRows(weights.wDec, among, d);
  // Laid out while all else is done: it is wanted last.
  const map = await mapOf(unit.slice(0, n * d), { latents, d, folder, seed, signal });
  try {
    return { ...map, ...(await nearnessOf(features, { latents, among, unit, d, signal })) };
  } catch (error) {
    await map.close();
    throw error;
  }
}

/** What is near each of `latents`, the first of `among`. */
async function nearnessOf(
  features: FeatureFile,
  options: {
    latents: readonly number[];
    among: readonly number[];
    /** Their decoder rows, divided by their lengths. */
    unit: Float32Array;
    d: number;
    signal: AbortSignal | undefined;
  },
): Promise<Pick<Relations, 'sampledRows' | 'nearest'>> {
  const { latents, among, unit, d, signal } = options;
  const n = latents.length;
  const nearest =
    n * among.length <= MOST_PAIRS
      ? await nearestRows(unit, { d, nRows: n, k: NEAREST, signal })
      : undefined;
  const sample = await features.sample();
  const codes =
    sample && createCodeSample(sample.columns, { maxEntries: Number.POSITIVE_INFINITY });
  if (sample !== undefined) codes?.observe(sample);
  const places = new Map(latents.map((latent, i) => [latent, i]));
  return {
    ...(codes && { sampledRows: codes.rows }),
    nearest(latent) {
      const place = places.get(latent)!;
      const decoder: Weighted[] = [];
      for (let at = place * NEAREST; nearest && at < (place + 1) * NEAREST; at++) {
        const other = among[nearest.index[at]!];
        if (other !== undefined) decoder.push([other, rounded(nearest.cosine[at]!)]);
      }
      const together = codes?.correlated(latent, NEAREST) ?? [];
      return {
        decoder,
        together: together.map(({ feature, pearson }) => [feature, rounded(pearson)]),
      };
    },
  };
}

async function mapOf(
  unit: Float32Array,
  options: {
    latents: readonly number[];
    d: number;
    folder: string;
    seed: number;
    signal: AbortSignal | undefined;
  },
): Promise<Pick<Relations, 'map' | 'noMap' | 'close'>> {
  const { latents, d, folder, seed, signal } = options;
  const close = async (): Promise<void> => undefined;
  if (latents.length > MAP_LIMIT) {
    const noMap = `A map has at most ${number(MAP_LIMIT)} features, this page has ${number(latents.length)}: make it with --page-latents ${MAP_LIMIT}.`;
    log.info(noMap);
    return { noMap, close };
  }
  const key = mapKey(unit, latents, seed);
  const known = await readMap(folder, key);
  if (known !== undefined) return { map: Promise.resolve({ ...known, key }), close };
  const thread = layOutBeside({ unit, d, seed }, signal);
  const map = thread.map.then((found) => found && { ...found, key });
  map.catch(() => undefined); // whoever awaits it is told
  return { map, close: thread.close };
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}
