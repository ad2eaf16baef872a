// k-means: a row's code is 1 at its nearest centre, its reconstruction that centre (Lloyd 1982).
import { Random } from '../../../base/random.ts';
import { openKernels } from '../../../compute/kernels/open.ts';
import type { DeviceCoder, Kernels } from '../../../compute/kernels/types.ts';
import type { SparseRows } from '../../../compute/sparse-rows.ts';
import type { ScoredCoder } from '../coded-rows.ts';
import { type Baseline, centred, type FitOptions, meanOf } from './baseline.ts';

/** Rows in one call of the kernels. */
const MOST_ROWS = 4096;
const MOST_STEPS = 10;
/** Rows a centre has at least, on the mean: more centres than that would be the rows themselves. */
const ROWS_PER_CENTRE = 4;

export const kMeans: Baseline = {
  name: 'k-means',
  about: 'a feature for each centre, 1 for the rows nearest to it',
  fit(rows, options) {
    const { dModel, width, seed } = options;
    const n = rows.length / dModel;
    const k = Math.max(1, Math.min(width, Math.floor(n / ROWS_PER_CENTRE)));
    const order = new Random(seed, 'k-means').permutation(n).subarray(0, k);
    const start = new Float32Array(k * dModel);
    order.forEach((row, i) => {
      start.set(rows.subarray(row * dModel, (row + 1) * dModel), i * dModel);
    });
    return fitKMeans(rows, start, options);
  },
};

/**
 * Move centres `start [centres, d]` to the means of their rows until none moves to another, ten times at most. A centre that
 * loses all rows takes the row that is farthest from its own.
 */
export async function fitKMeans(
  rows: Float32Array,
  start: Float32Array,
  { dModel, threads, signal }: Pick<FitOptions, 'dModel' | 'threads' | 'signal'>,
): Promise<ScoredCoder & { readonly steps: number }> {
  const kernels = await openKernels({ ...(threads !== undefined && { threads }) });
  try {
    // Rows are taken about their mean, where float32 has most digits for their differences.
    const mean = meanOf(rows, dModel);
    const about = centred(rows, mean);
    const device = await openNearest(kernels, start.length / dModel, dModel);
    const centres = centred(start, mean);
    let before: Uint32Array | undefined;
    let steps = 0;
    while (steps < MOST_STEPS) {
      signal?.throwIfAborted();
      await writeCentres(device, centres, dModel);
      const nearest = await nearestOf(device, about, dModel);
      steps++;
      if (before?.every((centre, row) => centre === nearest[row])) break;
      before = nearest;
      moveCentres(centres, about, nearest, dModel);
    }
    await writeCentres(device, centres, dModel);
    return { ...oneHot(device, kernels, { centres, mean, dModel }), steps };
  } catch (error) {
    await kernels.close();
    throw error;
  }
}

/** A coder whose largest entry is the nearest centre: `<x, c> − |c|²/2` is largest there. */
async function openNearest(kernels: Kernels, k: number, dModel: number): Promise<DeviceCoder> {
  const shape = { dIn: dModel, dOut: 1, dSae: k, maxRows: MOST_ROWS, inputBias: 'none' } as const;
  const device = await kernels.createCoder(shape);
  await device.write('threshold', new Float32Array(k).fill(Number.NEGATIVE_INFINITY));
  return device;
}

async function writeCentres(
  device: DeviceCoder,
  centres: Float32Array,
  dModel: number,
): Promise<void> {
  const halves = Float32Array.from({ length: centres.length / dModel }, (_, c) => {
    let square = 0;
    for (let i = 0; i < dModel; i++) square += centres[c * dModel + i]! ** 2;
    return -square / 2;
  });
  await device.write('wEnc', centres);
  await device.write('bEnc', halves);
}

/** The nearest centre of each row. */
async function nearestOf(
  device: DeviceCoder,
  rows: Float32Array,
  dModel: number,
): Promise<Uint32Array> {
  const nearest = new Uint32Array(rows.length / dModel);
  const step = MOST_ROWS * dModel;
  for (let at = 0; at < rows.length; at += step) {
    const { index } = await device.encode(rows.subarray(at, at + step), { kind: 'topk', k: 1 });
    nearest.set(index, at / dModel);
  }
  return nearest;
}

function moveCentres(
  centres: Float32Array,
  rows: Float32Array,
  nearest: Uint32Array,
  dModel: number,
): void {
  const k = centres.length / dModel;
  const sums = new Float64Array(centres.length);
  const counts = new Uint32Array(k);
  nearest.forEach((centre, row) => {
    counts[centre]!++;
    for (let i = 0; i < dModel; i++) sums[centre * dModel + i]! += rows[row * dModel + i]!;
  });
  const empty = [...counts.keys()].filter((centre) => counts[centre] === 0);
  const far = farthest(rows, centres, nearest, { dModel, n: empty.length });
  for (let c = 0; c < k; c++) {
    if (counts[c] === 0) continue;
    for (let i = 0; i < dModel; i++) centres[c * dModel + i] = sums[c * dModel + i]! / counts[c]!;
  }
  empty.forEach((centre, i) => {
    const row = far[i];
    if (row !== undefined) {
      centres.set(rows.subarray(row * dModel, (row + 1) * dModel), centre * dModel);
    }
  });
}

/** The `n` rows that are farthest from their centres, farthest first. */
function farthest(
  rows: Float32Array,
  centres: Float32Array,
  nearest: Uint32Array,
  { dModel, n }: { dModel: number; n: number },
): number[] {
  if (n === 0) return [];
  const distances = Float64Array.from(nearest, (centre, row) =>
    distance(rows, row, centres, centre, dModel),
  );
  return [...distances.keys()].sort((a, b) => distances[b]! - distances[a]!).slice(0, n);
}

function distance(
  rows: Float32Array,
  row: number,
  centres: Float32Array,
  centre: number,
  dModel: number,
): number {
  let square = 0;
  for (let i = 0; i < dModel; i++) {
    square += (rows[row * dModel + i]! - centres[centre * dModel + i]!) ** 2;
  }
  return square;
}

interface Fitted {
  readonly centres: Float32Array;
  readonly mean: Float32Array;
  readonly dModel: number;
}

function oneHot(
  device: DeviceCoder,
  kernels: Kernels,
  { centres, mean, dModel }: Fitted,
): ScoredCoder {
  const columns = centres.length / dModel;
  const encode = async (acts: Float32Array): Promise<SparseRows> => {
    const index = await nearestOf(device, centred(acts, mean), dModel);
    return {
      columns,
      rowStart: Uint32Array.from({ length: index.length + 1 }, (_, row) => row),
      index,
      value: new Float32Array(index.length).fill(1),
    };
  };
  return {
    name: kMeans.name,
    dSae: columns,
    encode,
    async evaluate(acts, targets = acts) {
      const codes = await encode(acts);
      const about = centred(targets, mean);
      let error = 0;
      codes.index.forEach((centre, row) => {
        error += distance(about, row, centres, centre, dModel);
      });
      const rows = codes.index.length;
      return { codes, sums: { rows, l0: rows, l1: rows, squaredError: [error] } };
    },
    async close() {
      device.close();
      await kernels.close();
    },
  };
}
