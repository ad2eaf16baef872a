// Probabilities of the classes of a classification head before and after an edit.
import type { Tensor } from '../../../backbones/types.ts';
import { patchTokens, takeTokens } from '../../../backbones/vision/tokens.ts';
import type { EditHeadAtWork } from '../heads/heads.ts';
import { classesSection, meanRow } from './class-change.ts';
import { readerOfCodes } from './classes-of-codes.ts';
import type { ImageEditContext, ImageReader, ImageSectionKind } from './image-section.ts';
import { softmax } from './probabilities.ts';

/** The most likely classes. */
export const classes: ImageSectionKind = {
  kind: 'classes',
  readers: async (context) => ({
    reasons: [],
    readers: context.heads
      .filter(({ kind }) => kind === 'classes')
      .map((head) => (head.isOfCodes ? readerOfCodes : readerOf)(head, context)),
  }),
};

function readerOf(head: EditHeadAtWork, { editable: { backbone } }: ImageEditContext): ImageReader {
  const { point, reads = 'cls' } = head;
  const probabilities = async (value: Tensor): Promise<Float64Array> => {
    const tokens = reads === 'cls' ? [0] : patchTokens(backbone.config);
    const rows = takeTokens(value, tokens);
    const values = reads === 'meanpool' ? meanRow(rows, head.dIn) : rows;
    const logits = await head.logits({ columns: head.dIn, values });
    // Of every patch the mean of the logits decides.
    return softmax(meanRow(logits, head.classes.length));
  };
  return {
    record: [point],
    async read(before, after) {
      const [was, is] = [
        await probabilities(before.get(point)!),
        await probabilities(after.get(point)!),
      ];
      return classesSection(head, was, is);
    },
  };
}
