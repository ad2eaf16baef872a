// What a classification head says before and after an edit, as it is shown.
import type { ClassesSection } from '../../../pages/edit.ts';
import type { EditHeadAtWork } from '../heads/heads.ts';
import { largestOfBoth } from './probabilities.ts';

/** Classes that are shown of before and of after. */
const SHOWN = 8;

/** The most likely classes of a head, before or after. */
export function classesSection(
  { id, classes: names }: EditHeadAtWork,
  was: Float64Array,
  is: Float64Array,
): ClassesSection {
  return {
    kind: 'classes',
    head: id,
    nClasses: names.length,
    classes: largestOfBoth(was, is, SHOWN).map((number) => ({
      name: names[number]!,
      before: was[number]!,
      after: is[number]!,
    })),
  };
}

/** Average rows of numbers: logits of patches, or patches themselves. */
export function meanRow(rows: Float32Array, width: number): Float32Array {
  const n = rows.length / width;
  if (n === 1) return rows;
  const sums = new Float64Array(width);
  for (const [i, x] of rows.entries()) sums[i % width]! += x;
  return Float32Array.from(sums, (sum) => sum / n);
}
