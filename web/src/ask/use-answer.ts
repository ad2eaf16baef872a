// The answer of one model about the example, asked for when either changes; what was asked before is given up.
import { useEffect, useState } from 'react';
import {
  ASK,
  type Example,
  type LatentAnswer,
  type LatentsAnswer,
} from '../../../src/pages/ask.ts';
import type { PageSource } from '../../../src/pages/source.ts';

/** Strongest latents that are asked for. */
const TOP = 40;

/** What has become of a question. */
export type Answered =
  | { readonly answer: LatentsAnswer; readonly error?: undefined }
  | { readonly answer?: undefined; readonly error: string }
  | undefined;

/** An example with a name that tells it from others. */
export interface KeyedExample {
  readonly key: string;
  readonly example: Example;
}

/** Ask a model about an example. A latent that is not among the strongest is asked for besides. */
export function useAnswer(
  source: PageSource,
  model: string,
  { key, example }: KeyedExample,
  { latent, signs }: { readonly latent: number | undefined; readonly signs: boolean },
): Answered {
  const [state, setState] = useState<{ key: string; answered: Answered }>();
  const whole = `${model}\n${key}\n${'text' in example && signs}`;
  const answered = state?.key === whole ? state.answered : undefined;
  const { answer } = answered ?? {};
  const isMissing = answer !== undefined && latent !== undefined && !mapOf(answer, latent);
  const wanted = isMissing && latent < answer.dSae ? latent : undefined;
  const isAsked = answered !== undefined && wanted === undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the keys say what is asked
  useEffect(() => {
    if (isAsked) return;
    const giveUp = new AbortController();
    const ask = async (): Promise<Answered> => {
      if (source.act === undefined) throw new Error('Nothing can be asked here.');
      const latents = wanted === undefined ? [] : [wanted];
      const { signal } = giveUp;
      const request = { models: [model], example, top: TOP, latents, signs };
      const [first] = (await source.act(ASK, request, { signal })).answers;
      if (first === undefined) throw new Error('There was no answer.');
      return first.error === undefined ? { answer: first } : { error: first.error };
    };
    ask().then(
      (found) => giveUp.signal.aborted || setState({ key: whole, answered: found }),
      (error: Error) =>
        giveUp.signal.aborted || setState({ key: whole, answered: { error: error.message } }),
    );
    return () => giveUp.abort();
  }, [whole, wanted, isAsked]);
  return answered;
}

/** The map of a latent in an answer; undefined where it was not asked for and is not among the strongest. */
export function mapOf(
  { strongest, asked }: LatentsAnswer,
  latent: number,
): LatentAnswer | undefined {
  const isIt = (each: LatentAnswer): boolean => each.latent === latent;
  return strongest.find(isIt) ?? asked.find(isIt);
}
