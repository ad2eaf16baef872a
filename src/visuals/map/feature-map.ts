// A map of features: those whose decoder rows point the same way lie together. UMAP (McInnes, Healy and Melville, 2018) by
// umap-js, from exact neighbours, begun at the principal components.
import { setImmediate } from 'node:timers/promises';
import { Random } from '../../base/random.ts';
import { nearestRows } from './nearest-rows.ts';

/** Features on a map at most: more take minutes. */
export const MAP_LIMIT = 10_000;

/** Neighbours that a feature is laid near. */
const NEIGHBOURS = 15;
/** Epochs: fewer for more features, which pull on one another oftener. */
const EPOCHS = { least: 50, most: 150, features: 240_000 };
/** Epochs between looks at whether the job was stopped. */
const PAUSE = 10;
/** Half of the width of the places that UMAP begins with. */
const START = 10;

/** Where features lie, between 0 and 1. */
export interface FeatureMap {
  readonly x: Float32Array;
  readonly y: Float32Array;
}

/**
 * Lay out the rows of `unit`, float32 `[n, d]` with rows of length 1, as a map: the same map for the same rows and seed.
 * Undefined for fewer than three rows.
 */
export async function layOutFeatures(
  unit: Float32Array,
  options: { d: number; seed: number; signal?: AbortSignal | undefined },
): Promise<FeatureMap | undefined> {
  const { d, seed, signal } = options;
  const n = unit.length / d;
  if (n < 3) return undefined;
  const k = Math.min(NEIGHBOURS, n - 2);
  const { index, cosine } = await nearestRows(unit, { d, nRows: n, k, signal });
  const { UMAP } = await import('umap-js');
  const random = new Random(seed, 'map');
  const umap = new UMAP({
    nComponents: 2,
    nNeighbors: k + 1,
    nEpochs: Math.round(Math.max(EPOCHS.least, Math.min(EPOCHS.most, EPOCHS.features / n))),
    random: () => random.float(),
  });
  // A row is its own nearest neighbour, as UMAP counts them.
  const places = Array.from({ length: n }, (_, i) => i);
  umap.setPrecomputedKNN(
    places.map((i) => [i, ...index.subarray(i * k, (i + 1) * k)]),
    places.map((i) => [0, ...cosine.subarray(i * k, (i + 1) * k).map((c) => Math.max(0, 1 - c))]),
  );
  const epochs = umap.initializeFit(places.map(() => []));
  const embedding = umap.getEmbedding();
  const begin = principalPlaces(unit, d, random);
  embedding.forEach((place, i) => {
    place[0] = begin[2 * i]!;
    place[1] = begin[2 * i + 1]!;
  });
  for (let epoch = 0; epoch < epochs; epoch++) {
    umap.step();
    if (epoch % PAUSE > 0) continue;
    await setImmediate();
    signal?.throwIfAborted();
  }
  return withinUnit(embedding);
}

/** Coordinates along the two directions in which rows differ most, scaled to the places that UMAP begins with. */
function principalPlaces(unit: Float32Array, d: number, random: Random): Float32Array {
  const n = unit.length / d;
  const mean = new Float64Array(d);
  for (let i = 0; i < unit.length; i += d) {
    for (let j = 0; j < d; j++) mean[j]! += unit[i + j]! / n;
  }
  const centred = new Float64Array(unit.length);
  for (let i = 0; i < unit.length; i += d) {
    for (let j = 0; j < d; j++) centred[i + j] = unit[i + j]! - mean[j]!;
  }
  const places = new Float32Array(2 * n);
  const found: Float64Array[] = [];
  for (let component = 0; component < 2; component++) {
    let axis = Float64Array.from({ length: d }, () => random.normal());
    let scores = new Float64Array(n);
    for (let round = 0; round < 20; round++) {
      for (const other of found) removeAlong(axis, other);
      normalise(axis);
      const next = new Float64Array(d);
      scores = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        const at = i * d;
        let score = 0;
        for (let j = 0; j < d; j++) score += centred[at + j]! * axis[j]!;
        scores[i] = score;
        for (let j = 0; j < d; j++) next[j]! += score * centred[at + j]!;
      }
      axis = next;
    }
    normalise(axis);
    found.push(axis);
    const largest = scores.reduce((most, score) => Math.max(most, Math.abs(score)), 1e-12);
    // A little noise parts rows that are equal.
    scores.forEach((score, i) => {
      places[2 * i + component] = (START * score) / largest + 1e-3 * random.normal();
    });
  }
  return places;
}

function normalise(vector: Float64Array): void {
  const length = Math.sqrt(vector.reduce((sum, each) => sum + each * each, 0));
  if (length > 0) for (let j = 0; j < vector.length; j++) vector[j]! /= length;
}

function removeAlong(vector: Float64Array, axis: Float64Array): void {
  const along = vector.reduce((sum, each, j) => sum + each * axis[j]!, 0);
  for (let j = 0; j < vector.length; j++) vector[j]! -= along * axis[j]!;
}

/** Both axes on one scale, so that distances stay true, the longer one from 0 to 1. */
function withinUnit(embedding: readonly (readonly number[])[]): FeatureMap {
  const column = (axis: 0 | 1): Float32Array =>
    Float32Array.from(embedding, (place) => (Number.isFinite(place[axis]) ? place[axis]! : 0));
  const [x, y] = [column(0), column(1)];
  const ends = [x, y].map((values) => {
    const [low, high] = [
      values.reduce((a, b) => Math.min(a, b)),
      values.reduce((a, b) => Math.max(a, b)),
    ];
    return { middle: (low + high) / 2, size: high - low };
  });
  const size = Math.max(ends[0]!.size, ends[1]!.size, 1e-9);
  return {
    x: x.map((value) => (value - ends[0]!.middle) / size + 0.5),
    y: y.map((value) => (value - ends[1]!.middle) / size + 0.5),
  };
}
