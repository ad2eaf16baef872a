// "The war lasted from 17YY to 17": how surely a model goes on with a later year, with an MLP replaced or not.
// Hanna, Liu and Variengien, "How does GPT-2 compute greater-than?" (2023), as transcoder-circuits measures it.
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import { withReplacement } from '../replacement/replacement.ts';
import type { Transcoder, TranscoderSet } from '../transcoders.ts';
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
  const { prompt, original, replaced10, without } = greaterThan;
  const { backbone, transcoders } = bench;
  const of10 = transcoders.only([LAYER]);
  const replaced = withReplacement(backbone, { transcoders: of10 });
  const measured: [what: string, model: LanguageBackbone, published: number][] = [
    ['model', backbone, original],
    [`MLP ${LAYER} replaced`, replaced, replaced10],
  ];
  if (without !== undefined) {
    const { feature, value } = without;
    const lacking = withReplacement(backbone, { transcoders: setWithout(of10, feature) });
    measured.push([`MLP ${LAYER} replaced, without feature ${feature}`, lacking, value]);
  }
  for (const [what, model, published] of measured) {
    const name = 'P(later) − P(not later)';
    const ours = await laterYears(model, prompt, bench);
    yield compareNamed(`greater-than, ${what}`, [[name, published]], [[name, ours]], 1e-3);
  }
}

/** The same transcoders with one feature silent. Closing the result closes nothing. */
export function setWithout(transcoders: TranscoderSet, feature: number): TranscoderSet {
  const silenced = (transcoder: Transcoder): Transcoder => ({
    ...transcoder,
    async reconstruct(acts) {
      const codes = await transcoder.encode(acts);
      const value = codes.value.map((code, i) => (codes.index[i] === feature ? 0 : code));
      return transcoder.decode({ ...codes, value }, acts);
    },
  });
  return { ...transcoders, at: async (layer) => silenced(await transcoders.at(layer)) };
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
