// From dense pre-activations to sparse entries.
import { kthLargest } from './largest';

/** `out = x − bias` for rows of `bytes` bytes. */
export function centre(x: usize, bias: usize, out: usize, rows: i32, bytes: usize): void {
  for (let r = 0; r < rows; r++) {
    for (let o: usize = 0; o < bytes; o += 16) {
      v128.store(out + o, f32x4.sub(v128.load(x + o), v128.load(bias + o)));
    }
    x += bytes;
    out += bytes;
  }
}

/**
 * Append the entries of a tile of products `h [rows, width]` whose pre-activation `h + bias` exceeds `floor` to the
 * lists of their rows: `listIndex`, `listValue [rows, capacity]`, `listCount [rows]`. `width` is a multiple of 16;
 * latents beyond the last have an infinite floor. What is not above its row's number in `bounds [rows]` is left out, too.
 */
export function compactTile(
  h: usize,
  rows: i32,
  width: i32,
  firstLatent: i32,
  bias: usize,
  floor: usize,
  listIndex: usize,
  listValue: usize,
  listCount: usize,
  capacity: i32,
  bounds: usize,
): void {
  const b = bias + ((<usize>firstLatent) << 2);
  const t = floor + ((<usize>firstLatent) << 2);
  for (let r = 0; r < rows; r++) {
    const row = h + ((<usize>r * <usize>width) << 2);
    const base = <usize>r * <usize>capacity;
    const B = v128.load32_splat(bounds + ((<usize>r) << 2));
    let n = load<i32>(listCount + ((<usize>r) << 2));
    let oi = listIndex + ((base + <usize>n) << 2);
    let ov = listValue + ((base + <usize>n) << 2);
    for (let c = 0; c < width; c += 16) {
      const o = (<usize>c) << 2;
      const q = row + o;
      const p0 = f32x4.add(v128.load(q), v128.load(b + o));
      const p1 = f32x4.add(v128.load(q, 16), v128.load(b + o, 16));
      const p2 = f32x4.add(v128.load(q, 32), v128.load(b + o, 32));
      const p3 = f32x4.add(v128.load(q, 48), v128.load(b + o, 48));
      // A floor that is no number stays one, and nothing is above it.
      let mask =
        i32x4.bitmask(f32x4.gt(p0, f32x4.pmax(v128.load(t + o), B))) |
        (i32x4.bitmask(f32x4.gt(p1, f32x4.pmax(v128.load(t + o, 16), B))) << 4) |
        (i32x4.bitmask(f32x4.gt(p2, f32x4.pmax(v128.load(t + o, 32), B))) << 8) |
        (i32x4.bitmask(f32x4.gt(p3, f32x4.pmax(v128.load(t + o, 48), B))) << 12);
      if (mask) {
        v128.store(q, p0);
        v128.store(q, p1, 16);
        v128.store(q, p2, 32);
        v128.store(q, p3, 48);
        do {
          const k = ctz(mask);
          store<i32>(oi, firstLatent + c + k);
          store<f32>(ov, load<f32>(q + ((<usize>k) << 2)));
          oi += 4;
          ov += 4;
          n++;
          mask &= mask - 1;
        } while (mask);
      }
    }
    store<i32>(listCount + ((<usize>r) << 2), n);
  }
}

/**
 * Keep only the `k` largest entries of each row's list that is longer than `longest`, in place, indices still ascending;
 * among equal values the lower latents stay. The smallest that is kept goes to `bounds [rows]`: of later latents only what
 * is above it can be among the largest. `scratch` holds one row of values.
 */
export function keepTopK(
  rows: i32,
  k: i32,
  longest: i32,
  listIndex: usize,
  listValue: usize,
  listCount: usize,
  capacity: i32,
  bounds: usize,
  scratch: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const count = load<i32>(listCount + ((<usize>r) << 2));
    if (count <= longest) continue;
    const base = (<usize>r * <usize>capacity) << 2;
    const idx = listIndex + base;
    const val = listValue + base;
    memory.copy(scratch, val, (<usize>count) << 2);
    const limit = kthLargest(scratch, count, k);
    let above = 0;
    for (let i = 0; i < count; i++) above += i32(load<f32>(val + ((<usize>i) << 2)) > limit);
    let ties = k - above;
    let n = 0;
    for (let i = 0; i < count; i++) {
      // Written in any case, and kept by counting: what is kept cannot be foretold.
      const v = load<f32>(val + ((<usize>i) << 2));
      store<i32>(idx + ((<usize>n) << 2), load<i32>(idx + ((<usize>i) << 2)));
      store<f32>(val + ((<usize>n) << 2), v);
      const isTie = i32(v === limit) & i32(ties > 0);
      ties -= isTie;
      n += i32(v > limit) | isTie;
    }
    store<i32>(listCount + ((<usize>r) << 2), n);
    store<f32>(bounds + ((<usize>r) << 2), limit);
  }
}

/**
 * Move the lists of a block of rows into the packed codes: reserves space by an atomic add on `cursor` and writes
 * `rowStart`, `rowCount` for rows from `firstRow`. Returns 0 when the codes are full: nothing is written then.
 */
export function packLists(
  rows: i32,
  firstRow: i32,
  listIndex: usize,
  listValue: usize,
  listCount: usize,
  capacity: i32,
  cursor: usize,
  codesCapacity: i32,
  rowStart: usize,
  rowCount: usize,
  index: usize,
  pre: usize,
): i32 {
  let total = 0;
  for (let r = 0; r < rows; r++) total += load<i32>(listCount + ((<usize>r) << 2));
  let at = atomic.add<i32>(cursor, total);
  if (at < 0 || at + total > codesCapacity) return 0;
  for (let r = 0; r < rows; r++) {
    const n = load<i32>(listCount + ((<usize>r) << 2));
    const base = (<usize>r * <usize>capacity) << 2;
    const o = (<usize>(firstRow + r)) << 2;
    store<i32>(rowStart + o, at);
    store<i32>(rowCount + o, n);
    memory.copy(index + ((<usize>at) << 2), listIndex + base, (<usize>n) << 2);
    memory.copy(pre + ((<usize>at) << 2), listValue + base, (<usize>n) << 2);
    at += n;
  }
  return 1;
}
