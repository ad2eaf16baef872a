// The k-th largest number without sorting, and the largest entries of a whole batch, found while it is encoded in blocks by many threads: a histogram of what they
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

/** Numbers among which the search goes on one by one. */
const FEW: i32 = 16;

/**
 * The k-th largest of `count` floats, which are no NaN; reorders them. Quickselect that parts numbers without branches
 * (Lomuto's way): which side a number goes to cannot be foretold.
 */
export function kthLargest(a: usize, count: i32, k: i32): f32 {
  let lo = 0;
  let hi = count;
  let left = k;
  while (hi - lo > FEW) {
    const first = load<f32>(a + ((<usize>lo) << 2));
    const middle = load<f32>(a + ((<usize>((lo + hi) >> 1)) << 2));
    const last = load<f32>(a + ((<usize>(hi - 1)) << 2));
    const pivot = max<f32>(min<f32>(first, middle), min<f32>(max<f32>(first, middle), last));
    // Larger ones to the front, then those that are equal.
    const larger = part(a, lo, hi, pivot, false);
    if (left <= larger - lo) {
      hi = larger;
      continue;
    }
    const atLeast = part(a, larger, hi, pivot, true);
    if (left <= atLeast - lo) return pivot;
    left -= atLeast - lo;
    lo = atLeast;
  }
  for (let i = lo; i < hi; i++) {
    const value = load<f32>(a + ((<usize>i) << 2));
    let above = 0;
    let notBelow = 0;
    for (let j = lo; j < hi; j++) {
      const other = load<f32>(a + ((<usize>j) << 2));
      above += i32(other > value);
      notBelow += i32(other >= value);
    }
    if (above < left && left <= notBelow) return value;
  }
  return 0;
}

/** Put the numbers above `pivot` (with `equal`, at least it) of a range to its front; returns where the others begin. */
// @inline
function part(a: usize, lo: i32, hi: i32, pivot: f32, equal: bool): i32 {
  let end = lo;
  for (let i = lo; i < hi; i++) {
    const at = a + ((<usize>i) << 2);
    const to = a + ((<usize>end) << 2);
    const value = load<f32>(at);
    store<f32>(at, load<f32>(to));
    store<f32>(to, value);
    end += equal ? i32(value >= pivot) : i32(value > pivot);
  }
  return end;
}
