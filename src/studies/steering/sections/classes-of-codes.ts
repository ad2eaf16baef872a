// Probabilities of the classes of a head on codes before and after an edit: the codes that were set are what it reads.
import { patchTokens, takeTokens } from '../../../backbones/vision/tokens.ts';
import type { SparseRows } from '../../../compute/sparse-rows.ts';
import { meanOfRows } from '../../classification/whole-examples.ts';
import { changedCodes } from '../changed-codes.ts';
import type { EditHeadAtWork } from '../heads/heads.ts';
import { classesSection, meanRow } from './class-change.ts';
import type { ImageEditContext, ImageReader } from './image-section.ts';
import { softmax } from './probabilities.ts';

/** Read the classes of a head that was trained on codes of the coder that is edited. */
export function readerOfCodes(
  head: EditHeadAtWork,
  { editable: { backbone, coder }, changes, tokens }: ImageEditContext,
): ImageReader {
  const { point, reads = 'cls' } = head;
  const own = reads === 'cls' ? [0] : patchTokens(backbone.config);
  const edited = new Set(tokens);
  const probabilities = async (codes: SparseRows): Promise<Float64Array> => {
    const rows = reads === 'meanpool' ? meanOfRows(codes, own.length) : codes;
    return softmax(meanRow(await head.logits(rows), head.classes.length));
  };
  return {
    record: [point],
    async read(before) {
      const codes = await coder.encode(takeTokens(before.get(point)!, own));
      const after = changedCodes(codes, changes, (row) => edited.has(own[row]!));
      return classesSection(head, await probabilities(codes), await probabilities(after));
    },
  };
}
