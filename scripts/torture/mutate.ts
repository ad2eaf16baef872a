// Damage to bytes as disks, networks and enemies do it, the same for the same random numbers.
import type { Random } from '../../src/base/random.ts';

/** Numbers that break programs. */
const ODD = [
  '-1',
  '0',
  '4294967296',
  '1e308',
  '9007199254740993',
  'null',
  '"x"',
  '[]',
  '{}',
  'NaN',
  '1e400',
];

type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array;

const at = (bytes: Uint8Array, random: Random): number => random.int(Math.max(1, bytes.length));

const MUTATIONS: readonly Mutation[] = [
  // A bit, or some bytes, of other value.
  (bytes, random) => {
    const out = bytes.slice();
    const place = at(bytes, random);
    if (out.length > 0) out[place]! ^= 1 << random.int(8);
    return out;
  },
  (bytes, random) => {
    const out = bytes.slice();
    const place = at(bytes, random);
    for (let i = place; i < Math.min(out.length, place + 1 + random.int(8)); i++) {
      out[i] = [0, 0xff, 0x7f, 0x80, random.int(256)][random.int(5)]!;
    }
    return out;
  },
  // Cut off, cut out, put in, said twice, moved.
  (bytes, random) => bytes.slice(0, at(bytes, random)),
  (bytes, random) => {
    const place = at(bytes, random);
    return join(bytes.subarray(0, place), bytes.subarray(place + 1 + random.int(64)));
  },
  (bytes, random) => {
    const place = at(bytes, random);
    const noise = Uint8Array.from({ length: 1 + random.int(32) }, () => random.int(256));
    return join(bytes.subarray(0, place), noise, bytes.subarray(place));
  },
  (bytes, random) => {
    const [from, to] = [at(bytes, random), at(bytes, random)];
    const piece = bytes.subarray(from, from + 1 + random.int(256));
    return join(bytes.subarray(0, to), piece, bytes.subarray(to));
  },
  // A length at the beginning, where formats keep theirs, of another size.
  (bytes, random) => {
    const out = bytes.slice();
    const place = 4 * random.int(8);
    if (place + 4 <= out.length) {
      const value = [0, 1, 0x7fffffff, 0xffffffff, bytes.length + 1][random.int(5)]!;
      new DataView(out.buffer).setUint32(place, value, random.int(2) === 0);
    }
    return out;
  },
  // A number or a word of a text in place of another.
  (bytes, random) => {
    const text = Buffer.from(bytes).toString('latin1');
    const numbers = [...text.matchAll(/-?\d+(\.\d+)?|"[^"]{0,40}"/g)].slice(0, 5000);
    const chosen = numbers[random.int(Math.max(1, numbers.length))];
    if (chosen === undefined) return bytes.slice();
    const odd = ODD[random.int(ODD.length)]!;
    const changed = text.slice(0, chosen.index) + odd + text.slice(chosen.index + chosen[0].length);
    return new Uint8Array(Buffer.from(changed, 'latin1'));
  },
];

/** Damage bytes in one to three ways. */
export function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  let out = bytes;
  for (let i = 1 + random.int(3); i > 0; i--) {
    out = MUTATIONS[random.int(MUTATIONS.length)]!(out, random);
  }
  return out;
}

function join(...pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces));
}
