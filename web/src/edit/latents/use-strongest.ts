// The latents that fire most strongly on the example, asked for when it changes.
import { useEffect, useState } from 'react';
import { ASK, type Example } from '../../../../src/pages/ask.ts';
import type { PageSource } from '../../../../src/pages/source.ts';

/** How many are asked for, and how many of them stand in the list from the beginning. */
export const STRONGEST = { asked: 10, listed: 3 } as const;

/** Milliseconds that a text rests before it is asked about. */
const REST = 300;

const NONE: readonly number[] = [];

/**
 * The strongest latents on an example, strongest first: those of the one before while it is asked for, and none where
 * nobody can say.
 */
export function useStrongest(
  source: PageSource,
  model: string,
  example: Example | undefined,
): readonly number[] {
  const [found, setFound] = useState<readonly number[]>(NONE);
  const key = example === undefined ? '' : JSON.stringify([model, example]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says what is asked
  useEffect(() => {
    if (example === undefined || source.act === undefined) return;
    const giveUp = new AbortController();
    const ask = async (): Promise<void> => {
      const request = { models: [model], example, top: STRONGEST.asked };
      const { answers } = await source.act!(ASK, request, { signal: giveUp.signal });
      const latents = answers[0]?.error === undefined ? (answers[0]?.strongest ?? []) : [];
      if (!giveUp.signal.aborted) setFound(latents.map(({ latent }) => latent));
    };
    // Without an answer there is nothing to begin with, and nothing wrong: what cannot be run is said beside.
    const wait = setTimeout(() => void ask().catch(() => undefined), 'text' in example ? REST : 0);
    return () => {
      clearTimeout(wait);
      giveUp.abort();
    };
  }, [source, key]);
  return found;
}
