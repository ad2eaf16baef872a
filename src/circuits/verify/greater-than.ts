// "The war lasted from 17YY to 17": how surely a model goes on with a later year, with an MLP replaced or not.
// Hanna, Liu and Variengien, "How does GPT-2 compute greater-than?" (2023), as transcoder-circuits measures it.
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import { withReplacement } from '../replacement/replacement.ts';
import type { CheckBench } from './bench.ts';
import { type Comparison, compareNamed } from './comparison.ts';
import type { Published } from './values.ts';

/** The last MLP that the published measurement replaces. */
const LAYER = 10;

/** Compare the model's and the replaced model's mean of `P(later) − P(not later)`. */
export async function* greaterThanChecks(
  { greaterThan }: Published,
  bench: CheckBench,
): AsyncGenerator<Comparison> {
  if (greaterThan === undefined) return;
  const { prompt, original, replaced10 } = greaterThan;
  const { backbone, transcoders } = bench;
  const replaced = withReplacement(backbone, { transcoders: transcoders.only([LAYER]) });
  for (const [what, model, published] of [
    ['model', backbone, original],
    [`MLP ${LAYER} replaced`, replaced, replaced10],
  ] as const) {
    const name = 'P(later) − P(not later)';
    const ours = await laterYears(model, prompt, bench);
    yield compareNamed(`greater-than, ${what}`, [[name, published]], [[name, ours]], 1e-3);
  }
}

/** Mean over the years YY = 1 … 98 of `P(> YY) − P(≤ YY)` among the hundred tokens of two digits. */
async function laterYears(
  model: LanguageBackbone,
  prompt: string,
  { tokenizer, signal }: CheckBench,
): Promise<number> {
  const digits = Array.from({ length: 100 }, (_, year) => String(year).padStart(2, '0'));
  const ids = digits.map((text) => tokenizer.singleToken(text));
  let sum = 0;
  for (let year = 1; year < 99; year++) {
    const tokens = tokenizer.encode(prompt.replace('YY', digits[year]!));
    const { data, shape } = await model.logits([tokens], { signal });
    const last = data.subarray(data.length - shape[2]!);
    const weights = ids.map((id) => Math.exp(last[id]! - last[ids[0]!]!));
    const total = weights.reduce((a, b) => a + b, 0);
    weights.forEach((weight, other) => {
      sum += (other > year ? weight : -weight) / total;
    });
  }
  return sum / 98;
}
