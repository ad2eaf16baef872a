// The contexts that a replacement is measured on: the first that are full, or some of them drawn at random.
import { Random } from '../../base/random.ts';
import type { Context } from '../../data/texts/packing/context.ts';

/** Contexts that a shuffle draws from at least, as many as the walkthrough's buffer holds. */
const SHUFFLED = 10_000;

/** Which contexts are taken. */
export interface ContextChoice {
  readonly nContexts: number;
  /** In one batch. */
  readonly batchContexts: number;
  /** Draw them from the first 10,000 contexts, or ten times as many as are taken; the first ones when undefined. */
  readonly shuffleSeed?: number | undefined;
}

/** Give the tokens of full contexts in batches: padding is nothing to measure on. */
export async function chosenContexts(
  contexts: AsyncIterable<Context>,
  { nContexts, batchContexts, shuffleSeed }: ContextChoice,
): Promise<Int32Array[][]> {
  const most = shuffleSeed === undefined ? nContexts : Math.max(SHUFFLED, 10 * nContexts);
  const whole: Int32Array[] = [];
  for await (const { tokens, length } of contexts) {
    if (length < tokens.length) continue;
    whole.push(tokens);
    if (whole.length === most) break;
  }
  const order =
    shuffleSeed === undefined
      ? whole
      : Array.from(new Random(shuffleSeed, 'contexts').permutation(whole.length), (i) => whole[i]!);
  const taken = order.slice(0, nContexts);
  return Array.from({ length: Math.ceil(taken.length / batchContexts) }, (_, i) =>
    taken.slice(i * batchContexts, (i + 1) * batchContexts),
  );
}
