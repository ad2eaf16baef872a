// Probabilities of the classes of a classification head before and after an edit.
import type { Tensor } from '../../../backbones/types.ts';
import { patchTokens, takeTokens } from '../../../backbones/vision/tokens.ts';
import type { EditHeadAtWork } from '../heads.ts';
import type { ImageEditContext, ImageReader, ImageSectionKind } from './image-section.ts';
import { largestOfBoth, softmax } from './probabilities.ts';

const SHOWN = 8;

/** The most likely classes. */
export const classes: ImageSectionKind = {
  kind: 'classes',
  readers: async (context) => ({
    reasons: [],
    readers: context.heads
      .filter(({ kind }) => kind === 'classes')
      .map((head) => readerOf(head, context)),
  }),
};

function readerOf(head: EditHeadAtWork, { editable: { backbone } }: ImageEditContext): ImageReader {
  const { point, reads = 'cls' } = head;
  const probabilities = async (value: Tensor): Promise<Float64Array> => {
    const tokens = reads === 'cls' ? [0] : patchTokens(backbone.config);
    const rows = takeTokens(value, tokens);
    const values = reads === 'meanpool' ? meanOfRows(rows, head.dIn) : rows;
    const logits = await head.logits({ columns: head.dIn, values });
    // Of every patch the mean of the logits decides.
    return softmax(meanOfRows(logits, head.classes.length));
  };
  return {
    record: [point],
    async read(before, after) {
      const [was, is] = [
        await probabilities(before.get(point)!),
        await probabilities(after.get(point)!),
      ];
      return {
        kind: 'classes',
        head: head.id,
        nClasses: head.classes.length,
        classes: largestOfBoth(was, is, SHOWN).map((number) => ({
          name: head.classes[number]!,
          before: was[number]!,
          after: is[number]!,
        })),
      };
    },
  };
}

function meanOfRows(rows: Float32Array, width: number): Float32Array {
  const n = rows.length / width;
  if (n === 1) return rows;
  const sums = new Float64Array(width);
  for (const [i, x] of rows.entries()) sums[i % width]! += x;
  return Float32Array.from(sums, (sum) => sum / n);
}
