// A skip connection `W_skip [dOut, dIn]` from inputs to outputs: what it gives is taken off the targets, so that all else
// reconstructs what is left, and it learns from the errors that remain.
import type { Engine } from '../engine.ts';
import { DENSE_BLOCK_ROWS, SKIP_ROWS } from '../memory/block-sizes.ts';

/** Targets of a block of rows without what the skip connection gives. */
export async function skipTargets(
  { wasm, layout, gemm }: Engine,
  block: number,
  { rows, target }: { readonly rows: number; readonly target: number },
): Promise<void> {
  const { at, bytesIn, bytesOut } = layout;
  const first = block * DENSE_BLOCK_ROWS;
  const n = Math.min(DENSE_BLOCK_ROWS, rows - first);
  const left = at.skipTarget + first * bytesOut;
  await gemm(
    [n, layout.shape.dOut, bytesIn / 4],
    { at: at.x + first * bytesIn, stride: bytesIn / 4 },
    { at: at.wSkip, stride: bytesIn / 4, transposed: true },
    { at: left, stride: bytesOut / 4 },
  );
  wasm.centre(target + first * bytesOut, left, left, 1, n * bytesOut);
}

/** Gradient of a block of rows of W_skip, from the errors of all prefixes, and of gates where these train the decoder. */
export async function skipGradient(
  { layout, gemm }: Engine,
  block: number,
  { rows, byGates }: { readonly rows: number; readonly byGates: boolean },
): Promise<void> {
  const { at, bytesIn, bytesOut } = layout;
  const first = block * SKIP_ROWS;
  const n = Math.min(SKIP_ROWS, layout.shape.dOut - first);
  const x = { at: at.x, stride: bytesIn / 4 };
  const out = { at: at.gWSkip + first * bytesIn, stride: bytesIn / 4 };
  const columns = (errors: number): { at: number; stride: number; transposed: true } => ({
    at: errors + first * 4,
    stride: bytesOut / 4,
    transposed: true,
  });
  await gemm([n, bytesIn / 4, rows], columns(at.errors), x, out);
  if (byGates) await gemm([n, bytesIn / 4, rows], columns(at.gateErrors), x, { ...out, add: true });
}
