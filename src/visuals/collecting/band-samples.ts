// Random examples of every latent in bands of its value, in one pass, though the bands are known only at its end.
//
// Candidates are kept in fine bins of the value: quarters of octaves below the latent's running maximum, and one for
// all that is smaller than any band but the lowest can be. Each bin keeps the candidates with the smallest of random
// priorities (a bottom-k sample; Cohen and Kaplan, 2007). Such samples can be merged and cut: at the end those of the
// bins that a band touches give a uniform sample of the band.
import { Random } from '../../base/random.ts';
import { createTokenMaps, type TokenMap } from './token-maps.ts';

/** How samples of value bands are drawn. */
export interface BandOptions {
  /** Bands of equal width from 0 to a latent's largest value. */
  readonly bands: number;
  /** Examples wanted in each. */
  readonly perBand: number;
  readonly seed: number;
}

/** One token on which a latent fired, and where else in its example it did. */
export interface BandSample {
  readonly example: number;
  readonly token: number;
  readonly value: number;
  readonly map: TokenMap;
}

/** Values above `low`, up to `high`. */
export interface ValueBand {
  readonly low: number;
  readonly high: number;
  /** Drawn from the tokens with a value in the band, largest value first. */
  readonly samples: readonly BandSample[];
}

/** Samples of where each latent had values of each band. */
export interface BandSamples {
  readonly options: BandOptions;
  /** Offer all `length` tokens of an example on which `latent` fired, with finite values > 0. */
  offer(
    latent: number,
    example: number,
    token: Uint32Array,
    value: Float32Array,
    length: number,
  ): void;
  /** The bands of a latent with this largest value, highest first; none for one that never fired. */
  bandsOf(latent: number, max: number): ValueBand[];
  /** Bytes held. */
  byteLength(): number;
}

/** Mantissa bits that name a bin: 4 bins an octave. */
const SHIFT = 21;
const NEVER = 2 ** 32;

/**
 * Create empty samples for `dSae` latents. Every draw comes from `seed`, in the order of offers. A band may give fewer
 * examples than it has where it shares its bins with another.
 *
 * Memory: `dSae · (4 ⌈log2 bands⌉ + 2) · ⌈1.5 perBand⌉ · 28` bytes and 8–11 bytes for each token of a kept example on
 * which its latent fires: 77 MB for 24,576 latents and 5 bands of 5.
 */
export function createBandSamples(
  dSae: number,
  options: BandOptions,
  nTokens: number,
): BandSamples {
  const { bands, perBand, seed } = options;
  const ring = 4 * Math.ceil(Math.log2(bands)) + 1;
  const bins = ring + 1;
  const slots = Math.ceil(1.5 * perBand);
  const entries = dSae * bins * slots;
  const priorities = new Uint32Array(entries);
  const examples = new Int32Array(entries);
  const tokens = new Uint32Array(entries);
  const values = new Float32Array(entries);
  const handles = new Float64Array(entries);
  const lengths = new Uint32Array(entries);
  const columns = [priorities, examples, tokens, values, handles, lengths];
  const size = new Uint16Array(dSae * bins);
  /** Smallest priority that a bin refused or gave up. */
  const lost = new Float64Array(dSae * bins).fill(NEVER);
  /** Bin of the largest value so far; 0 before the first. */
  const highest = new Int32Array(dSae);
  const maps = createTokenMaps(nTokens);
  const random = new Random(seed, 'bands');
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);

  const binOf = (value: number): number => {
    float[0] = value;
    return bits[0]! >>> SHIFT;
  };
  const edgeOf = (bin: number): number => {
    bits[0] = bin << SHIFT;
    return float[0]!;
  };
  /** Index of a bin among all: its place in the ring, or behind it for what lies below. */
  const placeOf = (latent: number, bin: number): number =>
    latent * bins + (bin > highest[latent]! - ring ? bin % ring : ring);

  /** The slot where an entry of this priority goes in a bin, or −1; a worse entry loses its place. */
  const makeRoom = (place: number, priority: number): number => {
    const first = place * slots;
    if (size[place]! < slots) return first + size[place]!++;
    let worst = first;
    for (let at = first + 1; at < first + slots; at++) {
      if (priorities[at]! > priorities[worst]!) worst = at;
    }
    if (priorities[worst]! <= priority) {
      lost[place] = Math.min(lost[place]!, priority);
      return -1;
    }
    lost[place] = Math.min(lost[place]!, priorities[worst]!);
    maps.drop(handles[worst]!, lengths[worst]!);
    return worst;
  };

  /** Let the ring end at a higher bin: what leaves it joins the bin below. */
  const raise = (latent: number, bin: number): void => {
    const old = highest[latent]!;
    highest[latent] = bin;
    const below = latent * bins + ring;
    if (old === 0) return;
    for (let leaving = old - ring + 1; leaving <= Math.min(old, bin - ring); leaving++) {
      const place = latent * bins + (((leaving % ring) + ring) % ring);
      for (let at = place * slots; at < place * slots + size[place]!; at++) {
        const room = makeRoom(below, priorities[at]!);
        if (room < 0) maps.drop(handles[at]!, lengths[at]!);
        else for (const column of columns) column[room] = column[at]!;
      }
      lost[below] = Math.min(lost[below]!, lost[place]!);
      size[place] = 0;
      lost[place] = NEVER;
    }
  };

  return {
    options,
    offer(latent, example, token, value, length) {
      for (let i = 0; i < length; i++) {
        const bin = binOf(value[i]!);
        if (bin > highest[latent]!) raise(latent, bin);
        const priority = random.uint32();
        const at = makeRoom(placeOf(latent, bin), priority);
        if (at < 0) continue;
        priorities[at] = priority;
        examples[at] = example;
        tokens[at] = token[i]!;
        values[at] = value[i]!;
        handles[at] = maps.put(token, value, length);
        lengths[at] = length;
      }
    },
    bandsOf(latent, max) {
      if (!(max > 0)) return [];
      const top = highest[latent]!;
      const inBand = (low: number, high: number): BandSample[] => {
        const found: number[] = [];
        let limit = NEVER;
        for (let bin = top - ring; bin <= top; bin++) {
          const isBelow = bin === top - ring;
          const from = isBelow ? 0 : edgeOf(bin);
          // A value equal to `low` belongs to the band below.
          if (bin < 0 || from > high || edgeOf(bin + 1) <= low) continue;
          const place = isBelow ? latent * bins + ring : placeOf(latent, bin);
          limit = Math.min(limit, lost[place]!);
          for (let at = place * slots; at < place * slots + size[place]!; at++) {
            if (values[at]! > low && values[at]! <= high) found.push(at);
          }
        }
        return found
          .filter((at) => priorities[at]! < limit)
          .sort((a, b) => priorities[a]! - priorities[b]!)
          .slice(0, perBand)
          .sort((a, b) => values[b]! - values[a]!)
          .map((at) => ({
            example: examples[at]!,
            token: tokens[at]!,
            value: values[at]!,
            map: maps.get(handles[at]!, lengths[at]!),
          }));
      };
      return Array.from({ length: bands }, (_, i) => {
        const { low, high } = bandEdges(max, bands, i);
        return { low, high, samples: inBand(low, high) };
      });
    },
    byteLength: () =>
      maps.byteLength() +
      columns.reduce((n, { byteLength }) => n + byteLength, 0) +
      size.byteLength +
      lost.byteLength +
      highest.byteLength,
  };
}

/** Edges of band `i`, counted from the highest, of `bands` bands of equal width from 0 to `max`. */
export function bandEdges(max: number, bands: number, i: number): { low: number; high: number } {
  return {
    low: (max * (bands - 1 - i)) / bands,
    high: i === 0 ? max : (max * (bands - i)) / bands,
  };
}
