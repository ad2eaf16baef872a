// How a text goes on, as it is and with the edit, which goes on with it: the same seed for both.
import type { Intervention } from '../../../backbones/language/types.ts';
import { counted } from '../../../base/text.ts';
import { readableTokens } from '../../../data/texts/readable-tokens.ts';
import type { TextEditContext, TextSectionKind } from './text-section.ts';

/** Two continuations. */
export const continuation: TextSectionKind = {
  kind: 'continuation',
  readers(context) {
    const { editable, tokens, newTokens, seed, temperature, edit } = context;
    const { nCtx } = editable.backbone.config;
    const room = nCtx - tokens.length;
    if (newTokens === 0) return { readers: [], reasons: [] };
    if (room < 1) {
      const reason = `The text fills the model's context of ${nCtx} tokens: it cannot go on.`;
      return { readers: [], reasons: [reason] };
    }
    const maxNewTokens = Math.min(newTokens, room);
    const isShort = maxNewTokens < newTokens;
    return {
      reasons: isShort
        ? [
            `The text goes on by ${counted(maxNewTokens, 'token')} only: the model's context has ${nCtx}.`,
          ]
        : [],
      readers: [
        {
          record: [],
          async read() {
            const before = await goOn(context, [], maxNewTokens);
            const changed = edit();
            const after =
              changed.length === 0 ? before : await goOn(context, changed, maxNewTokens);
            return { kind: 'continuation', before, after, seed, temperature };
          },
        },
      ],
    };
  },
};

async function goOn(
  { editable: { backbone }, tokens, seed, temperature, signal }: TextEditContext,
  interventions: Intervention[],
  maxNewTokens: number,
): Promise<string[]> {
  const [row] = await backbone.generate([tokens], {
    maxNewTokens,
    seed,
    temperature,
    interventions,
    stopTokens: [backbone.tokenizer.eosId],
    ...(signal && { signal }),
  });
  return readableTokens(backbone.tokenizer, row!.slice(tokens.length));
}
