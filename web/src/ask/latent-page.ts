// What the page of features of a model says of its latents: their labels, and the examples of one of them.
import {
  FEATURE_ROUTES,
  type ImageFeature,
  PAGE_VERSION,
  type PageChunk,
  type PageIndex,
  type TextFeature,
} from '../../../src/pages/feature-page.ts';
import { unpackIndex } from '../../../src/pages/features/packed-index.ts';
import type { PageSource } from '../../../src/pages/source.ts';
import { type Loaded, useLoaded } from '../shared/use-loaded.ts';

/** The page of a model's features. */
export interface LatentPage {
  readonly id: string;
  readonly index: PageIndex;
  /** Place of each latent on the page. */
  readonly places: ReadonlyMap<number, number>;
}

const opened = new WeakMap<PageSource, Map<string, Promise<LatentPage>>>();

/** Read the page with this id, once. */
export function openLatentPage(source: PageSource, id: string): Promise<LatentPage> {
  const pages = opened.get(source) ?? new Map<string, Promise<LatentPage>>();
  opened.set(source, pages);
  let page = pages.get(id);
  if (page === undefined) {
    page = source.get(FEATURE_ROUTES.index(id)).then((packed) => {
      if (packed.version !== PAGE_VERSION)
        throw new Error(
          `This page reads features of version ${PAGE_VERSION}, not ${packed.version}.`,
        );
      const index = unpackIndex(packed);
      const { latent } = index.features;
      return { id, index, places: new Map(Array.from(latent, (each, place) => [each, place])) };
    });
    page.catch(() => pages.delete(id));
    pages.set(id, page);
  }
  return page;
}

/** The page of a model's features; nothing as its value where there is none. */
export function useLatentPage(
  source: PageSource,
  id: string | undefined,
): Loaded<LatentPage | undefined> {
  return useLoaded(`page ${id}`, async () =>
    id === undefined ? undefined : openLatentPage(source, id),
  );
}

/** A feature with the chunk that it is in. */
export interface PageFeature {
  readonly chunk: PageChunk;
  readonly feature: ImageFeature | TextFeature;
}

/** The examples of a latent; `undefined` as a value where it is not on the page. */
export function useLatentFeature(
  source: PageSource,
  page: LatentPage | undefined,
  latent: number | undefined,
): Loaded<PageFeature | undefined> {
  return useLoaded(`feature ${page?.id} ${latent}`, async () => {
    const place = latent === undefined ? undefined : page?.places.get(latent);
    if (page === undefined || place === undefined) return undefined;
    const { chunkSize } = page.index;
    const chunk = await source.get(FEATURE_ROUTES.chunk(page.id, Math.floor(place / chunkSize)));
    const feature = chunk.features[place % chunkSize];
    return feature && { chunk, feature };
  });
}

/** What the examples of a latent are called; empty where that is not known. */
export function labelOf(page: LatentPage | undefined, latent: number): string {
  const place = page?.places.get(latent);
  return (place !== undefined && page?.index.features.label[place]) || '';
}

/** The largest value of a latent on the data of its page; 0 where that is not known. */
export function largestOf(page: LatentPage | undefined, latent: number): number {
  const place = page?.places.get(latent);
  return (place !== undefined && page?.index.features.max[place]) || 0;
}
