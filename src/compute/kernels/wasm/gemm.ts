// A portable matrix product for machines without a system BLAS: packed panels, a 4×12 tile in registers
// (Goto and van de Geijn 2008).
import { fma4 } from './simd';

const MR = 4;
const NR = 12;
const KC = 256;
const MC = 128;
const NC = 1020;

/** Floats of scratch that `gemm` needs. */
export const GEMM_SCRATCH: i32 = MC * KC + NC * KC + MR * NR;

/** Copy `rows × depth` of a strided matrix into panels of `width` rows, `[panel][depth][width]`, zero beyond the edge. */
function pack(
  a: usize,
  rowStride: usize,
  depthStride: usize,
  rows: i32,
  depth: i32,
  width: i32,
  out: usize,
): void {
  for (let i = 0; i < rows; i += width) {
    const n = min(width, rows - i);
    const base = a + <usize>i * rowStride;
    for (let k = 0; k < depth; k++) {
      let q = base + <usize>k * depthStride;
      for (let j = 0; j < n; j++) {
        store<f32>(out, load<f32>(q));
        out += 4;
        q += rowStride;
      }
      for (let j = n; j < width; j++) {
        store<f32>(out, 0);
        out += 4;
      }
    }
  }
}

/** The 4×12 tile of `A panel × B panel`, added to C at row stride `ldc` bytes. */
function tile(a: usize, b: usize, depth: i32, c: usize, ldc: usize): void {
  const r0 = c,
    r1 = c + ldc,
    r2 = r1 + ldc,
    r3 = r2 + ldc;
  let c00 = v128.load(r0),
    c01 = v128.load(r0, 16),
    c02 = v128.load(r0, 32);
  let c10 = v128.load(r1),
    c11 = v128.load(r1, 16),
    c12 = v128.load(r1, 32);
  let c20 = v128.load(r2),
    c21 = v128.load(r2, 16),
    c22 = v128.load(r2, 32);
  let c30 = v128.load(r3),
    c31 = v128.load(r3, 16),
    c32 = v128.load(r3, 32);
  for (let k = 0; k < depth; k++) {
    const b0 = v128.load(b),
      b1 = v128.load(b, 16),
      b2 = v128.load(b, 32);
    let s = v128.load32_splat(a);
    c00 = fma4(s, b0, c00);
    c01 = fma4(s, b1, c01);
    c02 = fma4(s, b2, c02);
    s = v128.load32_splat(a, 4);
    c10 = fma4(s, b0, c10);
    c11 = fma4(s, b1, c11);
    c12 = fma4(s, b2, c12);
    s = v128.load32_splat(a, 8);
    c20 = fma4(s, b0, c20);
    c21 = fma4(s, b1, c21);
    c22 = fma4(s, b2, c22);
    s = v128.load32_splat(a, 12);
    c30 = fma4(s, b0, c30);
    c31 = fma4(s, b1, c31);
    c32 = fma4(s, b2, c32);
    a += 16;
    b += 48;
  }
  v128.store(r0, c00);
  v128.store(r0, c01, 16);
  v128.store(r0, c02, 32);
  v128.store(r1, c10);
  v128.store(r1, c11, 16);
  v128.store(r1, c12, 32);
  v128.store(r2, c20);
  v128.store(r2, c21, 16);
  v128.store(r2, c22, 32);
  v128.store(r3, c30);
  v128.store(r3, c31, 16);
  v128.store(r3, c32, 32);
}

/**
 * `C [m, n] = A·B (+ C when accumulate)`; every stride in bytes: `a(i, k) = a + i·aRow + k·aCol`,
 * `b(k, j) = b + k·bRow + j·bCol`, rows of C at `ldc`.
 */
export function gemm(
  m: i32,
  n: i32,
  depth: i32,
  a: usize,
  aRow: usize,
  aCol: usize,
  b: usize,
  bRow: usize,
  bCol: usize,
  c: usize,
  ldc: usize,
  accumulate: i32,
  scratch: usize,
): void {
  if (!accumulate) for (let i = 0; i < m; i++) memory.fill(c + <usize>i * ldc, 0, (<usize>n) << 2);
  const packedA = scratch;
  const packedB = packedA + ((MC * KC) << 2);
  const edge = packedB + ((NC * KC) << 2);
  for (let j0 = 0; j0 < n; j0 += NC) {
    const nj = min(NC, n - j0);
    for (let k0 = 0; k0 < depth; k0 += KC) {
      const nk = min(KC, depth - k0);
      pack(b + <usize>j0 * bCol + <usize>k0 * bRow, bCol, bRow, nj, nk, NR, packedB);
      for (let i0 = 0; i0 < m; i0 += MC) {
        const ni = min(MC, m - i0);
        pack(a + <usize>i0 * aRow + <usize>k0 * aCol, aRow, aCol, ni, nk, MR, packedA);
        for (let j = 0; j < nj; j += NR) {
          const pb = packedB + ((<usize>(j * nk)) << 2);
          for (let i = 0; i < ni; i += MR) {
            const pa = packedA + ((<usize>(i * nk)) << 2);
            const to = c + <usize>(i0 + i) * ldc + ((<usize>(j0 + j)) << 2);
            if (i + MR <= ni && j + NR <= nj) {
              tile(pa, pb, nk, to, ldc);
            } else {
              memory.fill(edge, 0, (MR * NR) << 2);
              tile(pa, pb, nk, edge, NR << 2);
              for (let y = 0; y < min(MR, ni - i); y++) {
                for (let x = 0; x < min(NR, nj - j); x++) {
                  const q = to + <usize>y * ldc + ((<usize>x) << 2);
                  store<f32>(q, load<f32>(q) + load<f32>(edge + ((<usize>(y * NR + x)) << 2)));
                }
              }
            }
          }
        }
      }
    }
  }
}
