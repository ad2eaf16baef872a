import { useEffect, useRef, useState } from 'react';
import { type EditablePage, PROPOSE, type ProposalAnswer } from '../../../../src/pages/edit.ts';
import type { ActProgress, PageSource } from '../../../../src/pages/source.ts';
import { LatentGroup } from './latent-group.tsx';

const PLACES = [0, 1, 2] as const;

/** Ask for latents that tell up to three classes, and for random ones to compare with. */
export function Proposals(props: {
  source: PageSource;
  page: EditablePage;
  classes: readonly number[];
  onClasses: (classes: readonly number[]) => void;
  isChosen: (latent: number) => boolean;
  onAdd: (latents: readonly number[]) => void;
  /** Hears the largest values that were seen on the way. */
  onLargest: (largest: ReadonlyMap<number, number>) => void;
}) {
  const { source, page, classes, onClasses, isChosen, onAdd, onLargest } = props;
  const [answer, setAnswer] = useState<ProposalAnswer>();
  const [progress, setProgress] = useState<ActProgress>();
  const [error, setError] = useState<string>();
  const [seed, setSeed] = useState(0);
  const working = useRef<AbortController>(undefined);
  useEffect(() => () => working.current?.abort(), []);

  const propose = async (wanted: readonly number[], nextSeed: number): Promise<void> => {
    working.current?.abort();
    const mine = new AbortController();
    working.current = mine;
    setError(undefined);
    setSeed(nextSeed);
    setProgress({ doing: 'asking' });
    try {
      const input = { model: page.model, classes: wanted, seed: nextSeed };
      const options = { signal: mine.signal, onProgress: setProgress };
      const found = await source.act!(PROPOSE, input, options);
      const all = [...found.classes.flatMap(({ latents }) => latents), ...found.random];
      onLargest(new Map(all.map(({ latent, largest }) => [latent, largest])));
      setAnswer(found);
    } catch (cause) {
      if (mine.signal.aborted) return;
      setError(cause instanceof Error ? cause.message : String(cause));
    } finally {
      if (working.current === mine) setProgress(undefined);
    }
  };
  const names = page.classes ?? [];
  const isBusy = progress !== undefined;
  return (
    <details className="proposals" open={classes.length > 0 || undefined}>
      <summary>Propose latents</summary>
      {names.length > 0 ? (
        <>
          <p className="edit-note">
            Those whose firing tells patches of a class best, on some of the images with maps.
          </p>
          {PLACES.map((place) => (
            <label key={place} className="proposal-class">
              Class {place + 1}
              <select
                value={classes[place] ?? ''}
                onChange={({ target }) => {
                  const next = PLACES.map((i) =>
                    i === place
                      ? target.value === ''
                        ? undefined
                        : Number(target.value)
                      : classes[i],
                  );
                  onClasses([...new Set(next.filter((each) => each !== undefined))]);
                }}
              >
                <option value="">none</option>
                {optionsOf(names).map(({ number, name }) => (
                  <option key={number} value={number}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          ))}
        </>
      ) : (
        <p className="edit-note">
          {page.kind === 'text'
            ? 'Random latents that fire, as a control.'
            : 'No images with segmentation maps were found: random latents only, as a control.'}
        </p>
      )}
      <p className="edit-buttons">
        {names.length > 0 && (
          <button
            type="button"
            disabled={isBusy || classes.length === 0}
            onClick={() => void propose(classes, seed)}
          >
            Propose
          </button>
        )}
        <button
          type="button"
          disabled={isBusy}
          onClick={() => void propose(answer?.classes.length ? classes : [], seed + 1)}
        >
          {answer === undefined ? 'Random latents' : 'Other random ones'}
        </button>
      </p>
      <div aria-live="polite">
        {progress && (
          <p className="edit-note">
            {progress.doing}
            {progress.total !== undefined && ` ${progress.done ?? 0} of ${progress.total}`}…
          </p>
        )}
        {error !== undefined && <p className="edit-error">{error}</p>}
      </div>
      {answer && (
        <div className="proposed">
          {answer.classes.map(({ class: number, name, latents }) => (
            <LatentGroup
              key={number}
              title={`Latents for ${name}`}
              {...{ latents, isChosen, onAdd }}
            />
          ))}
          {answer.random.length > 0 && (
            <LatentGroup
              title="Random, as a control"
              latents={answer.random}
              {...{ isChosen, onAdd }}
            />
          )}
          {answer.reasons.map((reason) => (
            <p key={reason} className="edit-note">
              {reason}
            </p>
          ))}
        </div>
      )}
    </details>
  );
}

/** Classes as people look for them: the first two names of each, sorted. */
function optionsOf(names: readonly string[]): { number: number; name: string }[] {
  return names
    .map((name, number) => ({
      number,
      name: name
        .split(/[,;]/)
        .slice(0, 2)
        .map((each) => each.trim())
        .join(', '),
    }))
    .slice(1)
    .sort((a, b) => a.name.localeCompare(b.name, 'en'));
}
