// Random numbers as PyTorch's generator on a CPU draws them: MT19937 seeded by one word, 24 bits to a uniform float, and
// Box–Muller over blocks of sixteen (aten/src/ATen/native/cpu/DistributionTemplates.h).
import { mersenneTwister, stateOfWord } from './mersenne-twister.ts';

/** Arrays of random float32 numbers, one after the other. */
export interface TorchRandom {
  /** `torch.rand(count)` */
  uniform(count: number): Float32Array;
  /** `torch.randn(count)`, up to the last bits of logarithm, sine and cosine. */
  normal(count: number): Float32Array;
  /** `torch.randperm(count)`, for counts below 2·10⁸ */
  permutation(count: number): Uint32Array;
}

const BLOCK = 16;
const HALF = BLOCK / 2;

/** Start `torch.Generator().manual_seed(seed)`. */
export function torchRandom(seed: number): TorchRandom {
  const word = mersenneTwister(stateOfWord(seed >>> 0));
  const uniform24 = (): number => (word() & 0xffffff) / 2 ** 24;
  const uniform53 = (): number => {
    const high = word();
    const low = word();
    return ((high & 0x1fffff) * 2 ** 32 + low) / 2 ** 53;
  };
  let spare: number | undefined;
  /** Few numbers are drawn one by one, in float64, in pairs. */
  const normalByPairs = (): number => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const angle = 2 * Math.PI * uniform53();
    const radius = Math.sqrt(-2 * Math.log1p(-uniform53()));
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  return {
    uniform: (count) => filled(count, uniform24),
    normal(count) {
      if (count < BLOCK) return Float32Array.from({ length: count }, normalByPairs);
      const out = filled(count, uniform24);
      for (let at = 0; at + BLOCK <= count; at += BLOCK) normalBlock(out, at);
      // What is left over becomes the end of a block drawn anew.
      if (count % BLOCK !== 0) {
        const last = count - BLOCK;
        for (let i = last; i < count; i++) out[i] = uniform24();
        normalBlock(out, last);
      }
      return out;
    },
    permutation(count) {
      const order = Uint32Array.from({ length: count }, (_, i) => i);
      for (let i = 0; i < count - 1; i++) {
        const j = i + (word() % (count - i));
        const held = order[i]!;
        order[i] = order[j]!;
        order[j] = held;
      }
      return order;
    },
  };
}

/** Turn sixteen uniform numbers into normal ones: the first eight give the lengths, the others the angles. */
function normalBlock(values: Float32Array, at: number): void {
  for (let i = at; i < at + HALF; i++) {
    const radius = Math.sqrt(-2 * Math.log(Math.fround(1 - values[i]!)));
    const angle = 2 * Math.PI * values[i + HALF]!;
    values[i] = radius * Math.cos(angle);
    values[i + HALF] = radius * Math.sin(angle);
  }
}

function filled(count: number, next: () => number): Float32Array {
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) out[i] = next();
  return out;
}
