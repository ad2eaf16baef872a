// The lists of top examples in the feature file, and where latents fire in them: as sparse rows, so that what never fires
// takes no room.
import { UserError } from '../../base/errors.ts';
import type { SafetensorsFile } from '../../formats/safetensors.ts';
import { bytesOf, type Dtype } from '../../formats/tensor.ts';
import type { Collected } from '../collecting/collector.ts';
import type { TopExample } from '../collecting/top-examples.ts';
import { inBlocks, type NamedTensors, perLatentBytes } from './feature-tensors.ts';

/** Sizes of the lists. */
interface Sizes {
  readonly dSae: number;
  /** Places in a list. */
  readonly k: number;
  /** Of how many entries of a list, from its first, maps are kept. */
  readonly nMaps: number;
  readonly nExamples: number;
  /** Rows of one example. */
  readonly nTokens: number;
}

/**
 * The tensors of the lists. Entries of latent `l` are `top.start[l] … top.start[l + 1] − 1` of `top.example` and
 * `top.score` float32, best first. Its first `nMaps` entries have maps, which follow one another from `map.start[l]` int64
 * on in `map.token` and `map.value` float32; `map.length` says how long each is, list after list. Integers are as narrow as
 * their largest value lets them be.
 */
export function topTensors(collected: Collected, nMaps: number): NamedTensors {
  const { dSae, nExamples, nTokens, top } = collected;
  const start = new Uint32Array(dSae + 1);
  const mapStart = new BigInt64Array(dSae + 1);
  let nMapped = 0;
  for (let latent = 0; latent < dSae; latent++) {
    const { length } = top.columns(latent);
    const mapped = length.subarray(0, nMaps);
    start[latent + 1] = start[latent]! + length.length;
    mapStart[latent + 1] = mapStart[latent]! + BigInt(mapped.reduce((a, b) => a + b, 0));
    nMapped += mapped.length;
  }
  const [example, token] = [unsigned(nExamples - 1), unsigned(nTokens - 1)];
  const length = unsigned(nTokens);
  const eachMap = function* (part: 'token' | 'value'): Generator<Uint8Array> {
    for (let latent = 0; latent < dSae; latent++) {
      const n = Math.min(nMaps, start[latent + 1]! - start[latent]!);
      for (let j = 0; j < n; j++) {
        const map = top.map(latent, j);
        yield bytesOf(part === 'value' ? map.value : token.array.from(map.token));
      }
    }
  };
  const nEntries = start[dSae]!;
  const nonzeros = Number(mapStart[dSae]);
  return [
    ['top.start', { dtype: 'U32', shape: [dSae + 1], data: start }],
    [
      'top.example',
      {
        dtype: example.dtype,
        shape: [nEntries],
        data: () => perLatentBytes(collected, (l) => example.array.from(top.columns(l).example)),
      },
    ],
    [
      'top.score',
      {
        dtype: 'F32',
        shape: [nEntries],
        data: () => perLatentBytes(collected, (l) => Float32Array.from(top.columns(l).score)),
      },
    ],
    ['map.start', { dtype: 'I64', shape: [dSae + 1], data: mapStart }],
    [
      'map.length',
      {
        dtype: length.dtype,
        shape: [nMapped],
        data: () =>
          perLatentBytes(collected, (l) =>
            length.array.from(top.columns(l).length.subarray(0, nMaps)),
          ),
      },
    ],
    [
      'map.token',
      { dtype: token.dtype, shape: [nonzeros], data: () => inBlocks(eachMap('token')) },
    ],
    ['map.value', { dtype: 'F32', shape: [nonzeros], data: () => inBlocks(eachMap('value')) }],
  ];
}

/** The narrowest unsigned integers that hold `largest`. */
function unsigned(largest: number): {
  readonly dtype: Dtype;
  readonly array: Uint8ArrayConstructor | Uint16ArrayConstructor | Uint32ArrayConstructor;
} {
  if (largest < 2 ** 8) return { dtype: 'U8', array: Uint8Array };
  if (largest < 2 ** 16) return { dtype: 'U16', array: Uint16Array };
  return { dtype: 'U32', array: Uint32Array };
}

/** Type and shape of each of those tensors, given the lengths that the file has. */
export function topShapes(
  { dSae, nExamples, nTokens }: Sizes,
  lengthOf: (name: string) => number,
): Record<string, [string, readonly number[]]> {
  const nEntries = lengthOf('top.example');
  const nonzeros = lengthOf('map.token');
  return {
    'top.start': ['U32', [dSae + 1]],
    'top.example': [unsigned(nExamples - 1).dtype, [nEntries]],
    'top.score': ['F32', [nEntries]],
    'map.start': ['I64', [dSae + 1]],
    'map.length': [unsigned(nTokens).dtype, [lengthOf('map.length')]],
    'map.token': [unsigned(nTokens - 1).dtype, [nonzeros]],
    'map.value': ['F32', [nonzeros]],
  };
}

/** Reads the lists of a feature file. */
export interface TopReader {
  /** The first entries of a latent's list, best first: those with maps. */
  top(latent: number): Promise<TopExample[]>;
  /** The examples of a latent's whole list, best first. */
  examples(latent: number): Promise<Uint32Array>;
  /** The original's dense `top_values` of some latents, float32 `[count, k, nTokens]`: 0 where they do not fire. */
  topValues(first: number, count?: number): Promise<Float32Array>;
  /**
   * The original's `top_img_i` of some latents, int64 `[count, k]`. A latent that fires on fewer than `k` examples is
   * given others behind them, as there: its value is 0 on them.
   */
  topImages(first: number, count?: number): Promise<BigInt64Array>;
}

/**
 * Read the lists of an open feature file, a few latents at a time.
 *
 * @throws {UserError} for damage.
 */
export async function openTop(file: SafetensorsFile, sizes: Sizes): Promise<TopReader> {
  const { dSae, k, nMaps, nExamples, nTokens } = sizes;
  const invalid = (what: string): UserError => new UserError(`invalid ${what} in '${file.path}'`);
  const start = (await file.read('top.start')).data as Uint32Array;
  const mapStart = Array.from((await file.read('map.start')).data as BigInt64Array, Number);
  const isAscending = (list: ArrayLike<number>, most: number): boolean => {
    for (let i = 1; i < list.length; i++) if (list[i]! < list[i - 1]!) return false;
    return list[0] === 0 && list[list.length - 1] === most;
  };
  const lengthOf = (name: string): number => file.tensors.get(name)!.shape[0]!;
  if (!isAscending(start, lengthOf('top.example'))) throw invalid('lists of examples');
  if (!isAscending(mapStart, lengthOf('map.token'))) throw invalid('heat maps');
  const mappedStart = new Uint32Array(dSae + 1);
  for (let latent = 0; latent < dSae; latent++) {
    const size = start[latent + 1]! - start[latent]!;
    if (size > k) throw invalid(`list of latent ${latent}`);
    mappedStart[latent + 1] = mappedStart[latent]! + Math.min(nMaps, size);
  }
  if (mappedStart[dSae] !== lengthOf('map.length')) throw invalid('heat maps');
  const read = (name: string, from: number, to: number, largest: number): Promise<Uint32Array> =>
    file
      .readElements(name, from, new (unsigned(largest).array)(to - from))
      .then((narrow) => Uint32Array.from(narrow));

  const examples = async (latent: number): Promise<Uint32Array> => {
    checkLatents(latent, 1);
    const found = await read('top.example', start[latent]!, start[latent + 1]!, nExamples - 1);
    if (found.some((example) => example >= nExamples)) throw invalid(`list of latent ${latent}`);
    return found;
  };
  const top = async (latent: number): Promise<TopExample[]> => {
    const listed = await examples(latent);
    const [from, to] = [mappedStart[latent]!, mappedStart[latent + 1]!];
    const n = to - from;
    const scores = await file.readElements('top.score', start[latent]!, new Float32Array(n));
    const lengths = await read('map.length', from, to, nTokens);
    const [first, end] = [mapStart[latent]!, mapStart[latent + 1]!];
    if (lengths.reduce((a, b) => a + b, 0) !== end - first) {
      throw invalid(`heat maps of latent ${latent}`);
    }
    const token = await read('map.token', first, end, nTokens - 1);
    const value = await file.readElements('map.value', first, new Float32Array(end - first));
    if (token.some((each) => each >= nTokens)) throw invalid(`heat maps of latent ${latent}`);
    let at = 0;
    return Array.from(lengths, (length, j) => {
      const range = [at, at + length] as const;
      at += length;
      const map = { token: token.subarray(...range), value: value.subarray(...range) };
      return { example: listed[j]!, score: scores[j]!, map };
    });
  };
  const checkLatents = (first: number, count: number): void => {
    if (first >= 0 && count >= 0 && first + count <= dSae) return;
    throw new RangeError(`no latents ${first} to ${first + count - 1} among ${dSae}`);
  };
  return {
    top,
    examples,
    async topValues(first, count = 1) {
      checkLatents(first, count);
      if (nMaps < k) {
        throw new UserError(
          `'${file.path}' holds the values of ${nMaps} of the ${k} examples of a latent`,
          { hint: `make it again with --kept-maps ${k}` },
        );
      }
      const dense = new Float32Array(count * k * nTokens);
      for (let i = 0; i < count; i++) {
        (await top(first + i)).forEach(({ map: { token, value } }, j) => {
          const row = (i * k + j) * nTokens;
          for (let t = 0; t < token.length; t++) dense[row + token[t]!] = value[t]!;
        });
      }
      return dense;
    },
    async topImages(first, count = 1) {
      checkLatents(first, count);
      const all = new BigInt64Array(count * k);
      for (let i = 0; i < count; i++) {
        const list = Array.from(await examples(first + i));
        const listed = new Set(list);
        for (let next = 0; list.length < k; next++) if (!listed.has(next)) list.push(next);
        all.set(list.map(BigInt), i * k);
      }
      return all;
    },
  };
}
