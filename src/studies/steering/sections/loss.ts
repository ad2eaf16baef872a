// How surprising a text is to the model, before and after an edit.
import { LOSS } from '../../../backbones/language/types.ts';
import type { TextSectionKind } from './text-section.ts';

/** The loss of the text itself. */
export const loss: TextSectionKind = {
  kind: 'loss',
  readers({ tokens }) {
    if (tokens.length < 2)
      return { readers: [], reasons: ['A text of one token has no loss: nothing predicts it.'] };
    // The last position predicts nothing that is there.
    const own = ({ data }: { readonly data: Float32Array }): Float32Array =>
      data.subarray(0, tokens.length - 1);
    return {
      reasons: [],
      readers: [
        {
          record: [LOSS],
          async read(before, after) {
            const perToken = { before: own(before.get(LOSS)!), after: own(after.get(LOSS)!) };
            return {
              kind: 'loss',
              before: mean(perToken.before),
              after: mean(perToken.after),
              perToken: { before: [...perToken.before], after: [...perToken.after] },
            };
          },
        },
      ],
    };
  },
};

function mean(values: Float32Array): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}
