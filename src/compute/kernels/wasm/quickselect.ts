// Finding the k-th largest number without sorting.

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
