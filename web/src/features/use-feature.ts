import { useEffect, useState } from 'react';
import type {
  ImageChunk,
  ImagePageIndex,
  PageIndex,
  TextChunk,
} from '../../../src/pages/feature-page.ts';
import { arrivedChunk, type FeatureSource, loadChunk, useSource } from './feature-source.ts';

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
  const source = useSource();
  const n = Math.floor(position / index.chunkSize);
  const [, setVersion] = useState(0);
  const [failure, setFailure] = useState<{ n: number; error: string }>();
  useEffect(() => {
    if (arrivedChunk(source, n) !== undefined) return;
    let isCurrent = true;
    loadChunk(source, n).then(
      () => isCurrent && setVersion((version) => version + 1),
      (error: Error) => isCurrent && setFailure({ n, error: error.message }),
    );
    return () => {
      isCurrent = false;
    };
  }, [source, n]);
  // A page holds chunks of its own modality.
  const chunk = arrivedChunk(source, n) as ChunkOf<Index> | undefined;
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
export function prefetch(source: FeatureSource, positions: readonly (number | undefined)[]): void {
  for (const position of positions) {
    if (position === undefined) continue;
    loadChunk(source, Math.floor(position / source.index.chunkSize)).catch(
      () => undefined, // said when the feature is opened
    );
  }
}
