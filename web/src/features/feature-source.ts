// Where a page of features takes its data from: its own document, or a place that the program around it knows.
import { createContext, useContext } from 'react';
import {
  PAGE_NAMES,
  PAGE_VERSION,
  type PackedIndex,
  type PageChunk,
  type PageIndex,
} from '../../../src/pages/feature-page.ts';
import { unpackIndex } from '../../../src/pages/features/packed-index.ts';
import type { MarkChange, Marks, MarksAnswer } from '../../../src/pages/marks.ts';

/** The data of one page of features. */
export interface FeatureSource {
  readonly index: PageIndex;
  /** Load the features from `n · chunkSize` on. Rejects, with a sentence, when they cannot be had. */
  loadChunk(n: number): Promise<PageChunk>;
  /** Address of the picture of an example; for pages of images. */
  image(example: number): string;
  /** The pages that can be shown in place of this one, itself among them; none when undefined. */
  siblings?(): Promise<readonly NearPage[]>;
  /** Keeps bookmarks, names and notes; the browser does when undefined. */
  readonly marks?: MarksKeeper;
}

/** A page that can be chosen. */
export interface NearPage {
  /** Where it is, as a link. */
  readonly address: string;
  /** What tells it from the others. */
  readonly name: string;
  readonly isHere: boolean;
}

/** Keeps the marks of one page. */
export interface MarksKeeper {
  /** Where they are kept, as the end of a sentence: `in this browser`. */
  readonly where: string;
  load(): Promise<Marks>;
  /** Rejects, with a sentence, when they cannot be kept. */
  change(changes: readonly MarkChange[]): Promise<MarksAnswer>;
}

const Source = createContext<FeatureSource | undefined>(undefined);

/** Gives a source to all parts of a page. */
export const SourceProvider = Source.Provider;

/** The source of the page that a component is part of. */
export function useSource(): FeatureSource {
  const source = useContext(Source);
  if (source === undefined) throw new TypeError('a page of features without a source');
  return source;
}

/**
 * Take an index as it was read.
 *
 * @throws {Error} when it is one of another version, or damaged.
 */
export function checkIndex(index: PackedIndex): PageIndex {
  if (index.version === PAGE_VERSION) return unpackIndex(index);
  throw new Error(
    `This page reads features of version ${PAGE_VERSION}, not ${JSON.stringify(index.version)}.`,
  );
}

const loading = new WeakMap<FeatureSource, Map<number, Promise<PageChunk>>>();
const arrived = new WeakMap<FeatureSource, Map<number, PageChunk>>();

/** Load a chunk once; later calls share the answer. Rejects when it is missing or damaged. */
export function loadChunk(source: FeatureSource, n: number): Promise<PageChunk> {
  const known = ofSource(loading, source);
  const before = known.get(n);
  if (before !== undefined) return before;
  const chunk = source.loadChunk(n).then((found) => {
    if (!isWhole(found)) throw new Error(`${PAGE_NAMES.chunkFile(n)} is damaged`);
    ofSource(arrived, source).set(n, found);
    return found;
  });
  chunk.catch(() => known.delete(n));
  known.set(n, chunk);
  return chunk;
}

/** A chunk that has arrived, so that a feature seen before shows at once. */
export function arrivedChunk(source: FeatureSource, n: number): PageChunk | undefined {
  return arrived.get(source)?.get(n);
}

/** Whether every feature has examples: a file that was cut short or changed may say anything. */
function isWhole(chunk: Partial<PageChunk> | null): chunk is PageChunk {
  const features: readonly unknown[] = Array.isArray(chunk?.features) ? chunk.features : [];
  return (
    features.length > 0 &&
    features.every((feature) => {
      const { examples, groups, histogram } = (feature ?? {}) as Record<string, unknown>;
      return Array.isArray(histogram) && (Array.isArray(examples) || Array.isArray(groups));
    })
  );
}

function ofSource<T>(
  all: WeakMap<FeatureSource, Map<number, T>>,
  source: FeatureSource,
): Map<number, T> {
  let own = all.get(source);
  if (own === undefined) {
    own = new Map();
    all.set(source, own);
  }
  return own;
}
