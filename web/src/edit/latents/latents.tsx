import type { EditablePage } from '../../../../src/pages/edit.ts';
import type { PageSource } from '../../../../src/pages/source.ts';
import type { ChangeState } from '../../shared/hash-state.ts';
import type { EditState, LatentChoice } from '../edit-state.ts';
import type { KnownLatents } from './known-latents.ts';
import { LatentGroup } from './latent-group.tsx';
import { LatentRow } from './latent-row.tsx';
import { LatentSearch } from './latent-search.tsx';
import { Proposals } from './proposals.tsx';

/** The latents with their sliders, and the ways to find more. */
export function Latents(props: {
  source: PageSource;
  page: EditablePage;
  state: EditState;
  change: ChangeState<EditState>;
  /** Those in the list: the person's own, or else the strongest on the example. */
  latents: readonly LatentChoice[];
  /** Whether the list is the person's own. */
  isOwn: boolean;
  onLatents: (latents: readonly LatentChoice[]) => void;
  /** The strongest on the example. */
  strongest: readonly number[];
  known: KnownLatents;
  largestOf: (latent: number) => number | undefined;
  latentAddress: (latent: number) => string | undefined;
  canAct: boolean;
  onLargest: (largest: ReadonlyMap<number, number>) => void;
}) {
  const { source, page, state, change, latents, isOwn, onLatents, strongest } = props;
  const { known, largestOf, latentAddress, canAct, onLargest } = props;
  const isChosen = (latent: number): boolean => latents.some((each) => each.latent === latent);
  const add = (wanted: readonly number[]): void => {
    const fresh = wanted.filter((latent) => !isChosen(latent));
    onLatents([...latents, ...fresh.map((latent) => ({ latent, times: undefined }))]);
  };
  const set = (latent: number, times: number | undefined): void =>
    onLatents(latents.map((each) => (each.latent === latent ? { latent, times } : each)));
  const others = strongest.filter((latent) => !isChosen(latent));
  return (
    <section aria-label="Latents">
      <h2>Latents</h2>
      <LatentSearch
        known={known}
        nLatents={page.nLatents}
        isChosen={isChosen}
        onAdd={(latent) => add([latent])}
      />
      {latents.length === 0 ? (
        <p className="edit-note">
          Add latents to get sliders: they run from −10 to 10 times the largest value seen, and
          leave everything as it is until they are moved.
        </p>
      ) : (
        <>
          {!isOwn && (
            <p className="edit-note">
              The strongest on this example: nothing is changed until a slider is moved.
            </p>
          )}
          <ul className="edit-latents">
            {latents.map(({ latent, times }) => (
              <LatentRow
                key={latent}
                latent={latent}
                name={known.name(latent)}
                times={times}
                largest={largestOf(latent)}
                address={latentAddress(latent)}
                onChange={(next) => set(latent, next)}
                onRemove={() => onLatents(latents.filter((each) => each.latent !== latent))}
              />
            ))}
          </ul>
        </>
      )}
      {latents.some(({ times }) => times !== undefined) && (
        <p className="edit-buttons">
          <button
            type="button"
            onClick={() => onLatents(latents.map(({ latent }) => ({ latent, times: undefined })))}
          >
            Reset all
          </button>
        </p>
      )}
      {others.length > 0 && (
        <LatentGroup
          title={isOwn ? 'Strongest on this example' : 'More that fire strongly on it'}
          latents={others.map((latent) => ({ latent }))}
          isChosen={isChosen}
          onAdd={add}
        />
      )}
      {canAct && (
        <Proposals
          source={source}
          page={page}
          classes={state.classes}
          onClasses={(classes) => change({ classes })}
          isChosen={isChosen}
          onAdd={add}
          onLargest={onLargest}
        />
      )}
    </section>
  );
}
