// Finding the k-th largest number without sorting.

/** The k-th largest of `count` floats; reorders them (Hoare's quickselect, middle pivot). */
export function kthLargest(a: usize, count: i32, k: i32): f32 {
  let lo = 0;
  let hi = count - 1;
  const target = k - 1;
  while (lo < hi) {
    const pivot = load<f32>(a + ((<usize>((lo + hi) >> 1)) << 2));
    let i = lo;
    let j = hi;
    while (i <= j) {
      while (load<f32>(a + ((<usize>i) << 2)) > pivot) i++;
      while (load<f32>(a + ((<usize>j) << 2)) < pivot) j--;
      if (i <= j) {
        const held = load<f32>(a + ((<usize>i) << 2));
        store<f32>(a + ((<usize>i) << 2), load<f32>(a + ((<usize>j) << 2)));
        store<f32>(a + ((<usize>j) << 2), held);
        i++;
        j--;
      }
    }
    if (target <= j) hi = j;
    else if (target >= i) lo = i;
    else break;
  }
  return load<f32>(a + ((<usize>target) << 2));
}
