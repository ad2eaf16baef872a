import { useId, useState } from 'react';
import type { KnownLatents } from './known-latents.ts';

const SHOWN = 8;

/** Find latents by their numbers or names, and add them to the list. */
export function LatentSearch(props: {
  known: KnownLatents;
  nLatents: number;
  isChosen: (latent: number) => boolean;
  onAdd: (latent: number) => void;
}) {
  const { known, nLatents, isChosen, onAdd } = props;
  const [words, setWords] = useState('');
  const found = known.find(words, SHOWN);
  const list = useId();
  const add = (latent: number): void => {
    onAdd(latent);
    setWords('');
  };
  return (
    <search className="latent-search">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const next = found.find((latent) => !isChosen(latent));
          if (next !== undefined) add(next);
        }}
      >
        <input
          type="search"
          aria-label="Add a latent by number or label"
          aria-describedby={list}
          placeholder={`Number, 0 to ${nLatents - 1}, or label`}
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
        <button type="submit" disabled={found.every(isChosen)}>
          Add
        </button>
      </form>
      <div id={list} aria-live="polite">
        {words.trim() !== '' && found.length === 0 && (
          <p className="edit-note">
            No latent is called so. Try a number from 0 to {nLatents - 1}.
          </p>
        )}
        {found.length > 0 && (
          <ul className="latent-found">
            {found.map((latent) => (
              <li key={latent}>
                <button type="button" disabled={isChosen(latent)} onClick={() => add(latent)}>
                  {latent} {known.name(latent)}
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
    </search>
  );
}
