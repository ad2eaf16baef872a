// The largest entries of a whole batch, found while it is encoded in blocks by many threads: a histogram of what they
// have seen so far bounds from below what can be among the largest in the end.

/** Bits of a float that are left out of its bin: a bin spans 1/128 of its value. */
const BIN_SHIFT: u32 = 16;
/** Bins, one after the other in the order of the numbers in them. */
const BINS: i32 = 65536;

/** A number that orders floats, negative ones included, as unsigned integers. */
// @inline
function keyOf(value: f32): u32 {
  const bits = reinterpret<u32>(value);
  return bits & 0x80000000 ? ~bits : bits | 0x80000000;
}

/** Add the entries of lists to the histogram that all threads share. */
export function countValues(
  rows: i32,
  listValue: usize,
  listCount: usize,
  capacity: i32,
  histogram: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const n = load<i32>(listCount + ((<usize>r) << 2));
    const row = listValue + ((<usize>r * <usize>capacity) << 2);
    for (let i = 0; i < n; i++) {
      const bin = keyOf(load<f32>(row + ((<usize>i) << 2))) >> BIN_SHIFT;
      atomic.add<i32>(histogram + ((<usize>bin) << 2), 1);
    }
  }
}

/** A number below which nothing is among the `most` largest of what the histogram has seen; −∞ where it saw fewer. */
export function boundOfLargest(histogram: usize, most: i32): f32 {
  let seen = 0;
  for (let bin = BINS - 1; bin > 0; bin--) {
    seen += load<i32>(histogram + ((<usize>bin) << 2));
    if (seen < most) continue;
    // The number before the first one of the bin.
    const key = ((<u32>bin) << BIN_SHIFT) - 1;
    return reinterpret<f32>(key & 0x80000000 ? key & 0x7fffffff : ~key);
  }
  return -Infinity;
}

/** Keep only the entries of lists that are above `bound`, in their order. */
export function keepAbove(
  rows: i32,
  bound: f32,
  listIndex: usize,
  listValue: usize,
  listCount: usize,
  capacity: i32,
): void {
  for (let r = 0; r < rows; r++) {
    const count = load<i32>(listCount + ((<usize>r) << 2));
    const base = (<usize>r * <usize>capacity) << 2;
    let n: usize = base;
    for (let i: usize = base; i < base + ((<usize>count) << 2); i += 4) {
      const value = load<f32>(listValue + i);
      if (!(value > bound)) continue;
      store<i32>(listIndex + n, load<i32>(listIndex + i));
      store<f32>(listValue + n, value);
      n += 4;
    }
    store<i32>(listCount + ((<usize>r) << 2), <i32>((n - base) >> 2));
  }
}
