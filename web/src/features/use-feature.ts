import { useEffect, useState } from 'react';
import type {
  ImageChunk,
  ImagePageIndex,
  PageChunk,
  PageIndex,
  TextChunk,
} from '../../../src/pages/feature-page.ts';
import { loadChunk } from './page-source.ts';

/** Chunks that have arrived, so that a feature seen before shows at once. */
const arrived = new Map<number, PageChunk>();

type ChunkOf<Index> = Index extends ImagePageIndex ? ImageChunk : TextChunk;

/** A feature, and the chunk that it came in. */
export interface Loaded<Index> {
  readonly chunk: ChunkOf<Index>;
  readonly feature: ChunkOf<Index>['features'][number];
}

/** Why there is nothing to show yet. */
export type Waiting = 'loading' | { readonly error: string };

/** The feature at `position`, loaded when first asked for. */
export function useFeature<Index extends PageIndex>(
  index: Index,
  position: number,
): Loaded<Index> | Waiting {
  const n = Math.floor(position / index.chunkSize);
  const [, setVersion] = useState(0);
  const [failure, setFailure] = useState<{ n: number; error: string }>();
  useEffect(() => {
    if (arrived.has(n)) return;
    let isCurrent = true;
    loadChunk(n).then(
      (chunk) => {
        arrived.set(n, chunk);
        if (isCurrent) setVersion((version) => version + 1);
      },
      (error: Error) => isCurrent && setFailure({ n, error: error.message }),
    );
    return () => {
      isCurrent = false;
    };
  }, [n]);
  // A page holds chunks of its own modality.
  const chunk = arrived.get(n) as ChunkOf<Index> | undefined;
  if (chunk !== undefined) {
    return { chunk, feature: chunk.features[position - n * index.chunkSize]! };
  }
  return failure?.n === n ? { error: failure.error } : 'loading';
}

/** Whether a feature is there. */
export function isLoaded<Index>(feature: Loaded<Index> | Waiting): feature is Loaded<Index> {
  return typeof feature === 'object' && 'chunk' in feature;
}

/** Load what is likely to be looked at next. */
export function prefetch(index: PageIndex, positions: readonly (number | undefined)[]): void {
  for (const position of positions) {
    if (position === undefined) continue;
    const n = Math.floor(position / index.chunkSize);
    loadChunk(n).then(
      (chunk) => arrived.set(n, chunk),
      () => undefined, // said when the feature is opened
    );
  }
}
