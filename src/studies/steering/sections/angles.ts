// How far rows turned: angles between them before and after.
import type { Tensor } from '../../../backbones/types.ts';

/** Give the angle between each two rows of `[1, tokens, d]`, in degrees; 0 where nothing changed. */
export function anglesBetween(before: Tensor, after: Tensor): number[] {
  const d = before.shape.at(-1)!;
  return Array.from({ length: before.data.length / d }, (_, row) =>
    angle(
      before.data.subarray(row * d, (row + 1) * d),
      after.data.subarray(row * d, (row + 1) * d),
    ),
  );
}

/** By the chord between directions: the cosine alone loses small angles. */
function angle(x: Float32Array, y: Float32Array): number {
  const lengths = [Math.hypot(...x), Math.hypot(...y)] as const;
  if (lengths[0] === 0 || lengths[1] === 0) return lengths[0] === lengths[1] ? 0 : 90;
  let [apart, along] = [0, 0];
  for (let j = 0; j < x.length; j++) {
    const [a, b] = [x[j]! / lengths[0], y[j]! / lengths[1]];
    apart += (a - b) ** 2;
    along += (a + b) ** 2;
  }
  return (2 * Math.atan2(Math.sqrt(apart), Math.sqrt(along)) * 180) / Math.PI;
}
