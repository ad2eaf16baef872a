// Band samples in the feature file: written with the rest, read again a latent at a time.
import { UserError } from '../../base/errors.ts';
import type { SafetensorsFile, TensorToWrite } from '../../formats/safetensors.ts';
import { bytesOf, type TypedArray } from '../../formats/tensor.ts';
import { type BandSample, bandEdges, type ValueBand } from '../collecting/band-samples.ts';
import type { Collected } from '../collecting/collector.ts';
import { bandCounts, VALUE_BINS, valueCounts } from '../collecting/value-histogram.ts';

/** A band and how many values lie in it, right to about 1/64 octave at its edges. */
export interface CountedBand extends ValueBand {
  readonly count: number;
}

/** Values of a latent in equal bins from `low` to `high`. */
export interface ValueHistogram {
  readonly low: number;
  readonly high: number;
  readonly counts: Uint32Array;
}

/**
 * The tensors of band samples; none where none were collected. Those of latent `l` and band `b`, counted from the
 * highest, are entries `band.start[l · bands + b] …` of `band.example` int32, `band.token` int32 and `band.value`
 * float32; entry `e` fired on `band.map.start[e] …` of `band.map.token` and `band.map.value`. `band.counts` uint32 `[dSae, bands]` are
 * numbers of values; `values.counts` uint32 `[dSae, 50]` too, in equal bins from `values.low` `[dSae]` to the maximum.
 */
export function bandTensors(collected: Collected): [string, TensorToWrite][] {
  const { dSae, max, bands, sketches } = collected;
  if (bands === undefined) return [];
  const width = bands.options.bands;
  const start = new BigInt64Array(dSae * width + 1);
  const low = new Float32Array(dSae);
  const counts = new Uint32Array(dSae * VALUE_BINS);
  const inBands = new Uint32Array(dSae * width);
  let entries = 0;
  let nonzeros = 0;
  for (let latent = 0; latent < dSae; latent++) {
    const buckets = sketches.buckets(latent);
    const values = valueCounts(buckets, max[latent]!);
    low[latent] = values.low;
    counts.set(values.counts, latent * VALUE_BINS);
    inBands.set(bandCounts(buckets, max[latent]!, width), latent * width);
    const found = bands.bandsOf(latent, max[latent]!);
    for (let band = 0; band < width; band++) {
      for (const { map } of found[band]?.samples ?? []) {
        entries++;
        nonzeros += map.token.length;
      }
      start[latent * width + band + 1] = BigInt(entries);
    }
  }
  const each = (part: (sample: BandSample) => TypedArray): (() => AsyncGenerator<Uint8Array>) =>
    async function* () {
      for (let latent = 0; latent < dSae; latent++) {
        const pieces = bands
          .bandsOf(latent, max[latent]!)
          .flatMap(({ samples }) => samples.map((sample) => bytesOf(part(sample))));
        if (pieces.length > 0) yield Buffer.concat(pieces);
      }
    };
  let mapEnd = 0n;
  const mapStart = each(({ map }) => {
    mapEnd += BigInt(map.token.length);
    return BigInt64Array.of(mapEnd);
  });
  const column = (dtype: TensorToWrite['dtype'], length: number, data: TensorToWrite['data']) =>
    ({ dtype, shape: [length], data }) as TensorToWrite;
  return [
    ['values.low', { dtype: 'F32', shape: [dSae], data: low }],
    ['values.counts', { dtype: 'U32', shape: [dSae, VALUE_BINS], data: counts }],
    ['band.counts', { dtype: 'U32', shape: [dSae, width], data: inBands }],
    ['band.start', column('I64', start.length, start)],
    [
      'band.map.start',
      column('I64', entries + 1, async function* () {
        mapEnd = 0n;
        yield bytesOf(BigInt64Array.of(0n));
        yield* mapStart();
      }),
    ],
    [
      'band.example',
      column(
        'I32',
        entries,
        each(({ example }) => Int32Array.of(example)),
      ),
    ],
    [
      'band.token',
      column(
        'I32',
        entries,
        each(({ token }) => Int32Array.of(token)),
      ),
    ],
    [
      'band.value',
      column(
        'F32',
        entries,
        each(({ value }) => Float32Array.of(value)),
      ),
    ],
    [
      'band.map.token',
      column(
        'I32',
        nonzeros,
        each(({ map }) => Int32Array.from(map.token)),
      ),
    ],
    [
      'band.map.value',
      column(
        'F32',
        nonzeros,
        each(({ map }) => map.value),
      ),
    ],
  ];
}

/** Type and shape of each of those tensors, given the lengths that the file has. */
export function bandShapes(
  { dSae, bands }: { dSae: number; bands: number },
  lengthOf: (name: string) => number,
): Record<string, [string, readonly number[]]> {
  const entries = lengthOf('band.example');
  const nonzeros = lengthOf('band.map.token');
  return {
    'values.low': ['F32', [dSae]],
    'values.counts': ['U32', [dSae, VALUE_BINS]],
    'band.counts': ['U32', [dSae, bands]],
    'band.start': ['I64', [dSae * bands + 1]],
    'band.map.start': ['I64', [entries + 1]],
    'band.example': ['I32', [entries]],
    'band.token': ['I32', [entries]],
    'band.value': ['F32', [entries]],
    'band.map.token': ['I32', [nonzeros]],
    'band.map.value': ['F32', [nonzeros]],
  };
}

/**
 * Read the bands of one latent with this largest value, as `bandsOf` gave them.
 *
 * @throws {UserError} for damage.
 */
export async function readBands(
  read: SafetensorsFile['readElements'],
  latent: number,
  options: { bands: number; max: number; entries: number; nonzeros: number; path: string },
): Promise<CountedBand[]> {
  const { bands, max, entries, nonzeros, path } = options;
  if (!(max > 0)) return [];
  const starts = await read('band.start', latent * bands, new BigInt64Array(bands + 1));
  const start = ascending(starts, entries, path);
  const [first, n] = [start[0]!, start[bands]! - start[0]!];
  const example = await read('band.example', first, new Int32Array(n));
  const token = await read('band.token', first, new Int32Array(n));
  const value = await read('band.value', first, new Float32Array(n));
  const bounds = await read('band.map.start', first, new BigInt64Array(n + 1));
  const mapStart = ascending(bounds, nonzeros, path);
  const base = mapStart[0]!;
  const mapToken = await read('band.map.token', base, new Uint32Array(mapStart[n]! - base));
  const mapValue = await read('band.map.value', base, new Float32Array(mapStart[n]! - base));
  const counts = await read('band.counts', latent * bands, new Uint32Array(bands));
  const sampleAt = (entry: number): BandSample => {
    const range = [mapStart[entry]! - base, mapStart[entry + 1]! - base] as const;
    return {
      example: example[entry]!,
      token: token[entry]!,
      value: value[entry]!,
      map: { token: mapToken.subarray(...range), value: mapValue.subarray(...range) },
    };
  };
  return Array.from({ length: bands }, (_, b) => ({
    ...bandEdges(max, bands, b),
    count: counts[b]!,
    samples: Array.from({ length: start[b + 1]! - start[b]! }, (__, i) =>
      sampleAt(start[b]! - first + i),
    ),
  }));
}

function ascending(values: BigInt64Array, end: number, path: string): number[] {
  const numbers = Array.from(values, Number);
  if (numbers.some((at, i) => at < (numbers[i - 1] ?? 0) || at > end)) {
    throw new UserError(`invalid band samples in '${path}'`);
  }
  return numbers;
}

/** Read the histogram of one latent's values with this largest value. */
export async function readValues(
  read: SafetensorsFile['readElements'],
  latent: number,
  max: number,
): Promise<ValueHistogram> {
  const [low] = await read('values.low', latent, new Float32Array(1));
  const counts = await read('values.counts', latent * VALUE_BINS, new Uint32Array(VALUE_BINS));
  return { low: low!, high: max, counts };
}
