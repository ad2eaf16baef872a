// The two 16-bit float formats and float32. Conversions to 16 bits round to nearest, ties to even, as IEEE 754 does.

/** Float32 value of every float16 bit pattern, made at the first use (256 KiB). */
let float16Values: Float32Array | undefined;

/** Widen float16 bit patterns to float32, exactly. */
export function float16ToFloat32(
  bits: Uint16Array,
  out: Float32Array = new Float32Array(bits.length),
): Float32Array {
  float16Values ??= Float32Array.from({ length: 65_536 }, (_, pattern) => float16Value(pattern));
  const values = float16Values;
  for (let i = 0; i < bits.length; i++) out[i] = values[bits[i]!]!;
  return out;
}

/** Widen bfloat16 bit patterns to float32, exactly: a bfloat16 is the upper half of a float32. */
export function bfloat16ToFloat32(
  bits: Uint16Array,
  out: Float32Array = new Float32Array(bits.length),
): Float32Array {
  const words = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
  return out;
}

/** Round float32 to float16 bit patterns; what exceeds 65,504 becomes infinite. */
export function float32ToFloat16(
  values: Float32Array,
  out: Uint16Array = new Uint16Array(values.length),
): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < words.length; i++) out[i] = float16Bits(words[i]!);
  return out;
}

/** Round float32 to bfloat16 bit patterns. */
export function float32ToBfloat16(
  values: Float32Array,
  out: Uint16Array = new Uint16Array(values.length),
): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const isNan = (word & 0x7fffffff) >>> 0 > 0x7f800000;
    // Adding half of the last kept bit, less one when that bit is even, rounds ties to even.
    out[i] = isNan ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return out;
}

function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** Float16 bits of the float32 whose bits are `word`. */
function float16Bits(word: number): number {
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Subnormal in float16: the significand moves right until its unit is 2^-24.
    const shift = 126 - (magnitude >>> 23);
    if (shift > 24) return sign;
    return sign | roundShift((magnitude & 0x7fffff) | 0x800000, shift);
  }
  // A carry out of the fraction rightly moves into the exponent, up to infinity.
  return sign | roundShift(magnitude - 0x38000000, 13);
}

/** `value / 2^shift`, rounded to nearest, ties to even. */
function roundShift(value: number, shift: number): number {
  const kept = value >>> shift;
  const lost = value & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return lost > half || (lost === half && (kept & 1) === 1) ? kept + 1 : kept;
}
