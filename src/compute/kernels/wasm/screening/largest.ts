// Screening for the largest of each row: entries are listed with bounds from both sides, which leave out more and more, and what is
// left in the end is computed.
import { kthLargest } from '../largest';
import { dot } from '../simd';
import { possible } from './screen';

/**
 * List what `screenTile` would compute, and compute nothing yet: `listValue` is what an entry is at most, `listLower` what it
 * is at least, −∞ where it may be no entry.
 */
export function boundTile(
  products: usize,
  rows: i32,
  width: i32,
  firstLatent: i32,
  scaleX: usize,
  nearX: usize,
  farX: usize,
  scaleW: usize,
  nearW: usize,
  farW: usize,
  bias: usize,
  floor: usize,
  listIndex: usize,
  listValue: usize,
  listLower: usize,
  listCount: usize,
  capacity: i32,
  bounds: usize,
): void {
  const first = (<usize>firstLatent) << 2;
  for (let r = 0; r < rows; r++) {
    const ro = (<usize>r) << 2;
    const row = products + ((<usize>r * <usize>width) << 2);
    const base = (<usize>r * <usize>capacity) << 2;
    const scale = load<f32>(scaleX + ro),
      near = load<f32>(nearX + ro),
      far = load<f32>(farX + ro);
    const A = f32x4.splat(scale),
      N = f32x4.splat(near),
      F = f32x4.splat(far),
      B = v128.load32_splat(bounds + ro);
    let at = base + ((<usize>load<i32>(listCount + ro)) << 2);
    for (let c = 0; c < width; c += 16) {
      const o = first + ((<usize>c) << 2);
      const q = row + ((<usize>c) << 2);
      let mask = possible(q, o, A, N, F, B, scaleW, nearW, farW, bias, floor);
      while (mask) {
        const k = ctz(mask);
        const so = o + ((<usize>k) << 2);
        const estimate = <f32>load<i32>(q + ((<usize>k) << 2)) * (scale * load<f32>(scaleW + so));
        const off = near * load<f32>(nearW + so) + far * load<f32>(farW + so);
        const b = load<f32>(bias + so);
        const lower = estimate - off + b;
        store<i32>(listIndex + at, firstLatent + c + k);
        store<f32>(listValue + at, estimate + off + b);
        store<f32>(listLower + at, lower > load<f32>(floor + so) ? lower : -Infinity);
        at += 4;
        mask &= mask - 1;
      }
    }
    store<i32>(listCount + ro, <i32>((at - base) >> 2));
  }
}

/**
 * Leave out of each row's list that is longer than `longest` what cannot be among its `k` largest: at most what it is, it is
 * below the k-th largest of what all are at least. That goes to `bounds [rows]`; `scratch` holds one row of values. Where `next
 * [rows]` is not 0, a list is looked at again when it has doubled.
 */
export function narrowLists(
  rows: i32,
  k: i32,
  longest: i32,
  listIndex: usize,
  listValue: usize,
  listLower: usize,
  listCount: usize,
  capacity: i32,
  bounds: usize,
  scratch: usize,
  next: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const ro = (<usize>r) << 2;
    const count = load<i32>(listCount + ro);
    if (count <= longest || (next && count <= load<i32>(next + ro))) continue;
    const base = (<usize>r * <usize>capacity) << 2;
    memory.copy(scratch, listLower + base, (<usize>count) << 2);
    const bound = kthLargest(scratch, count, k);
    let n = base;
    for (let i = base; i < base + ((<usize>count) << 2); i += 4) {
      const most = load<f32>(listValue + i);
      store<i32>(listIndex + n, load<i32>(listIndex + i));
      store<f32>(listLower + n, load<f32>(listLower + i));
      store<f32>(listValue + n, most);
      // What is no number stays.
      if (!(most < bound)) n += 4;
    }
    const left = <i32>((n - base) >> 2);
    store<i32>(listCount + ro, left);
    if (next) store<i32>(next + ro, 2 * left);
    store<f32>(bounds + ro, bound);
  }
}

/**
 * Compute in float32 what lists hold of the latents before `endLatent`, from `listRead [rows]` on, and keep what is above its
 * floor; `listKept [rows]` counts it. Both begin at 0, and latents are asked for in their order.
 */
export function computeListed(
  rows: i32,
  endLatent: i32,
  x: usize,
  wEnc: usize,
  bytes: usize,
  bias: usize,
  floor: usize,
  listIndex: usize,
  listValue: usize,
  listCount: usize,
  listRead: usize,
  listKept: usize,
  capacity: i32,
): void {
  for (let r = 0; r < rows; r++) {
    const ro = (<usize>r) << 2;
    const base = (<usize>r * <usize>capacity) << 2;
    const end = base + ((<usize>load<i32>(listCount + ro)) << 2);
    let from = base + ((<usize>load<i32>(listRead + ro)) << 2);
    let to = base + ((<usize>load<i32>(listKept + ro)) << 2);
    for (; from < end; from += 4) {
      const s = load<i32>(listIndex + from);
      if (s >= endLatent) break;
      const so = (<usize>s) << 2;
      const value =
        dot(x + <usize>r * bytes, wEnc + <usize>s * bytes, bytes) + load<f32>(bias + so);
      store<i32>(listIndex + to, s);
      store<f32>(listValue + to, value);
      if (value > load<f32>(floor + so)) to += 4;
    }
    store<i32>(listRead + ro, <i32>((from - base) >> 2));
    store<i32>(listKept + ro, <i32>((to - base) >> 2));
  }
}
