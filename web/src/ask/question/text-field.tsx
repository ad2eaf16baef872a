// The text that is asked about: typed, or one of a page of features.
import { useEffect, useState } from 'react';
import { ASK_LIMITS } from '../../../../src/pages/ask.ts';
import type { FeaturesEntry } from '../../../../src/pages/catalogue.ts';
import type { PageSource } from '../../../../src/pages/source.ts';
import { formatCount } from '../../shared/format.ts';
import { randomText } from './random-example.ts';

/** Write a text and ask about it. */
export function TextField(props: {
  source: PageSource;
  /** Pages of text features. */
  pages: readonly FeaturesEntry[];
  text: string;
  onText: (text: string) => void;
}) {
  const { source, pages, text, onText } = props;
  const [draft, write] = useState(text);
  const [trouble, setTrouble] = useState<string>();
  useEffect(() => write(text), [text]);
  const isTooLong = draft.length > ASK_LIMITS.characters;
  const canAsk = draft.trim() !== '' && !isTooLong;
  const ask = (): void => {
    if (canAsk) onText(draft);
  };
  const draw = async (id: string): Promise<void> => {
    try {
      setTrouble(undefined);
      onText(await randomText(source, id));
    } catch (error) {
      setTrouble((error as Error).message);
    }
  };
  return (
    <form
      className="text-field"
      onSubmit={(event) => {
        event.preventDefault();
        ask();
      }}
    >
      <label>
        Text
        <textarea
          rows={6}
          value={draft}
          placeholder="Write or paste a text"
          onChange={(event) => write(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) ask();
          }}
        />
      </label>
      <div className="text-steps">
        <button type="submit" className="primary" disabled={!canAsk}>
          Ask
        </button>
        {pages[0] !== undefined && (
          <button type="button" onClick={() => draw(pages[0]!.id)}>
            Random text
          </button>
        )}
      </div>
      {isTooLong && (
        <p className="answer-error" role="alert">
          {formatCount(draft.length)} characters: no more than {formatCount(ASK_LIMITS.characters)}{' '}
          are read.
        </p>
      )}
      {trouble !== undefined && (
        <p className="answer-error" role="alert">
          {trouble}
        </p>
      )}
    </form>
  );
}
