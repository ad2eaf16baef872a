// The answer to an edit, asked for again a moment after it changes: the latest one wins, and the former is given up.
import { useEffect, useRef, useState } from 'react';
import { EDIT, type EditAnswer, type EditRequest } from '../../../src/pages/edit.ts';
import type { PageSource } from '../../../src/pages/source.ts';

/** How long a slider rests before it is asked about, in milliseconds. */
const REST = 200;

/** What is known of an edit. */
export interface EditOutcome {
  /** The last answer, of an earlier edit while `isBusy`. */
  readonly answer: EditAnswer | undefined;
  readonly error: string | undefined;
  readonly isBusy: boolean;
}

/** Ask for an edit whenever it changes; `request` undefined asks for nothing. */
export function useEdit(source: PageSource, request: EditRequest | undefined): EditOutcome {
  const [outcome, setOutcome] = useState<EditOutcome>(NOTHING);
  const first = useRef(true);
  const key = request === undefined ? '' : JSON.stringify(request);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says what is asked
  useEffect(() => {
    if (request === undefined || source.act === undefined) {
      setOutcome(NOTHING);
      return;
    }
    const giveUp = new AbortController();
    setOutcome(({ answer }) => ({ answer, error: undefined, isBusy: true }));
    const ask = async (): Promise<void> => {
      try {
        const answer = await source.act!(EDIT, request, { signal: giveUp.signal });
        if (!giveUp.signal.aborted) setOutcome({ answer, error: undefined, isBusy: false });
      } catch (error) {
        if (giveUp.signal.aborted) return;
        const sentence = error instanceof Error ? error.message : String(error);
        setOutcome(({ answer }) => ({ answer, error: sentence, isBusy: false }));
      }
    };
    const wait = setTimeout(() => void ask(), first.current ? 0 : REST);
    first.current = false;
    return () => {
      clearTimeout(wait);
      giveUp.abort();
    };
  }, [source, key]);
  return outcome;
}

const NOTHING: EditOutcome = { answer: undefined, error: undefined, isBusy: false };
