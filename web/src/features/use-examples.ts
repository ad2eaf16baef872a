import { useEffect, useState } from 'react';
import type { FeatureExamples, PageChunk, PageIndex } from '../../../src/visuals/page-data.ts';
import { loadChunk } from './page-source.ts';

/** Chunks that have arrived, so that a feature seen before shows at once. */
const arrived = new Map<number, PageChunk>();

export type Examples = FeatureExamples | 'loading' | { readonly error: string };

/** The examples of the feature at `position`, loaded when first asked for. */
export function useExamples(index: PageIndex, position: number): Examples {
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
  const features = arrived.get(n)?.features;
  if (features !== undefined) return features[position - n * index.chunkSize]!;
  return failure?.n === n ? { error: failure.error } : 'loading';
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

const decoded = new WeakMap<FeatureExamples, Uint8Array>();

/** The heat map of example `j`: uint8 `[tokens]`, undefined when examples have one token. */
export function heatOf(features: FeatureExamples, j: number): Uint8Array | undefined {
  if (features.maps === '') return undefined;
  let maps = decoded.get(features);
  if (maps === undefined) {
    maps = Uint8Array.from(atob(features.maps), (char) => char.charCodeAt(0));
    decoded.set(features, maps);
  }
  const tokens = maps.length / features.examples.length;
  return maps.subarray(j * tokens, (j + 1) * tokens);
}
