// What comes after the last token: the most likely ones before and after an edit.
import { LAST_LOGITS } from '../../../backbones/language/graph/language.ts';
import { readableTokens } from '../../../data/texts/readable-tokens.ts';
import { largestOfBoth, softmax } from './probabilities.ts';
import type { TextSectionKind } from './text-section.ts';

const SHOWN = 10;

/** The table of next tokens. */
export const nextTokens: TextSectionKind = {
  kind: 'next-tokens',
  readers: ({ editable: { backbone } }) => ({
    reasons: [],
    readers: [
      {
        record: [LAST_LOGITS],
        async read(before, after) {
          const was = softmax(before.get(LAST_LOGITS)!.data);
          const is = softmax(after.get(LAST_LOGITS)!.data);
          const shown = largestOfBoth(was, is, SHOWN);
          const names = readableTokens(backbone.tokenizer, shown);
          return {
            kind: 'next-tokens',
            tokens: shown.map((token, i) => ({
              token,
              name: names[i]!,
              before: was[token]!,
              after: is[token]!,
            })),
          };
        },
      },
    ],
  }),
};
