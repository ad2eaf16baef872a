import { useState } from 'react';
import { EDIT_ROUTES, type EditablePage, type EditRequest } from '../../../src/pages/edit.ts';
import { FEATURE_ROUTES } from '../../../src/pages/feature-page.ts';
import { unpackIndex } from '../../../src/pages/features/packed-index.ts';
import type { PageSource } from '../../../src/pages/source.ts';
import { PageError } from '../shared/controls/page-error.tsx';
import { type ChangeState, useHashState } from '../shared/hash-state.ts';
import { useLoaded } from '../shared/use-loaded.ts';
import { type EditState, editState } from './edit-state.ts';
import { ImageChoice, type Upload } from './example-choice.tsx';
import { type KnownLatents, useKnownLatents } from './known-latents.ts';
import { LatentRow } from './latent-row.tsx';
import { LatentSearch } from './latent-search.tsx';
import { Proposals } from './proposals.tsx';
import { Repeat } from './repeat.tsx';
import { Sections } from './sections/sections.tsx';
import { SeenImage } from './seen-image.tsx';
import { SeenText } from './seen-text.tsx';
import { TextChoice } from './text-choice.tsx';
import { type EditOutcome, useEdit } from './use-edit.ts';
import './app.css';

/** What the workbench tells the view of edits. */
export interface EditAppProps {
  readonly source: PageSource;
  /** Id of the model, and what people call it. */
  readonly model: string;
  readonly title: string;
  /** Id of the page that shows its features. */
  readonly features: string | undefined;
  /** Whether edits can be asked for here, or why not. */
  readonly ability: true | string | undefined;
  /** Address of a latent on that page. */
  readonly latentAddress: (latent: number) => string | undefined;
}

/** Edit the features of one example, and see what changes behind them. */
export function App(props: EditAppProps) {
  const { source, model } = props;
  const loaded = useLoaded(model, () => source.get(EDIT_ROUTES.model(model)));
  if (loaded === undefined) {
    return (
      <p className="waiting" role="status">
        Looking what can be edited…
      </p>
    );
  }
  if (loaded.error !== undefined) {
    return (
      <PageError title="This model cannot be edited">
        <p>{loaded.error}</p>
      </PageError>
    );
  }
  const page = loaded.value;
  if (page.refused !== undefined) {
    return (
      <PageError title={`${props.title} cannot be edited`}>
        <p>{page.refused}</p>
      </PageError>
    );
  }
  return <Editor {...props} page={page} />;
}

function Editor(props: EditAppProps & { page: EditablePage }) {
  const { source, model, title, features, ability, page, latentAddress } = props;
  const [state, change] = useHashState(editState);
  const [upload, setUpload] = useState<Upload>();
  const [more, setMore] = useState<ReadonlyMap<number, number>>(new Map());
  const known = useKnownLatents(source, { model, nLatents: page.nLatents, features });
  const largestOf = (latent: number): number | undefined =>
    known.largest(latent) ?? more.get(latent);
  const canAct = source.act !== undefined && ability === true;
  const request = canAct ? requestOf(state, { page, upload, features, largestOf }) : undefined;
  const outcome = useEdit(source, request);
  return (
    <main className="edit-app">
      <div className="edit-controls">
        <h1>
          Edit <span className="edit-note">{title}</span>
        </h1>
        {page.kind === 'image' ? (
          <ImageChoice
            nExamples={page.nExamples}
            example={upload === undefined ? state.example : undefined}
            upload={upload}
            onExample={(example) => {
              setUpload(undefined);
              change({ example });
            }}
            onUpload={(chosen) => {
              setUpload(chosen);
              change({ example: undefined });
            }}
          />
        ) : (
          <TextChoice
            state={state}
            onChange={change}
            onTake={
              features === undefined
                ? undefined
                : () =>
                    void textOfPage(source, features).then((text) =>
                      change({ text, where: undefined }),
                    )
            }
          />
        )}
        <Latents
          {...{ source, page, state, change, known, largestOf, latentAddress, canAct }}
          onLargest={(found) => setMore((before) => new Map([...before, ...found]))}
        />
      </div>
      <Results
        {...{ state, change, page, outcome }}
        why={whyNothing(source, ability, page, request)}
      />
    </main>
  );
}

function Latents(props: {
  source: PageSource;
  page: EditablePage;
  state: EditState;
  change: ChangeState<EditState>;
  known: KnownLatents;
  largestOf: (latent: number) => number | undefined;
  latentAddress: (latent: number) => string | undefined;
  canAct: boolean;
  onLargest: (largest: ReadonlyMap<number, number>) => void;
}) {
  const { source, page, state, change, known, largestOf, latentAddress, canAct, onLargest } = props;
  const { latents } = state;
  const isChosen = (latent: number): boolean => latents.some((each) => each.latent === latent);
  const add = (wanted: readonly number[]): void => {
    const fresh = wanted.filter((latent) => !isChosen(latent));
    change({ latents: [...latents, ...fresh.map((latent) => ({ latent, times: undefined }))] });
  };
  const isTouched = latents.some(({ times }) => times !== undefined);
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
        <ul className="edit-latents">
          {latents.map(({ latent, times }) => (
            <LatentRow
              key={latent}
              latent={latent}
              name={known.name(latent)}
              times={times}
              largest={largestOf(latent)}
              address={latentAddress(latent)}
              onChange={(next) =>
                change({
                  latents: latents.map((each) =>
                    each.latent === latent ? { latent, times: next } : each,
                  ),
                })
              }
              onRemove={() => change({ latents: latents.filter((each) => each.latent !== latent) })}
            />
          ))}
        </ul>
      )}
      {isTouched && (
        <p className="edit-buttons">
          <button
            type="button"
            onClick={() =>
              change({ latents: latents.map(({ latent }) => ({ latent, times: undefined })) })
            }
          >
            Reset all
          </button>
        </p>
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

function Results(props: {
  state: EditState;
  change: ChangeState<EditState>;
  page: EditablePage;
  outcome: EditOutcome;
  /** Why there is nothing to show. */
  why: string;
}) {
  const { state, change, page, outcome, why } = props;
  const { answer, error, isBusy } = outcome;
  const onWhere = (where: readonly number[] | undefined): void => change({ where });
  const headName = (id: string): string => page.heads.find((head) => head.id === id)?.name ?? id;
  return (
    <div className="edit-results" aria-busy={isBusy}>
      <p className="edit-status" role="status">
        {isBusy ? 'Working…' : answer && error === undefined ? statusOf(answer, state) : ''}
      </p>
      {error !== undefined && (
        <p className="edit-error" role="alert">
          {error}
        </p>
      )}
      {answer === undefined ? (
        !isBusy && error === undefined && <p className="empty">{why}</p>
      ) : (
        <div className="edit-answer" data-kind={page.kind}>
          <section className="edit-section seen" aria-label="Example">
            {answer.seen.kind === 'image' ? (
              <SeenImage seen={answer.seen} where={state.where} onWhere={onWhere} />
            ) : (
              <SeenText seen={answer.seen} where={state.where} onWhere={onWhere} />
            )}
          </section>
          <div className="edit-sections">
            <Sections answer={answer} headName={headName} />
            {page.kind === 'image' && page.heads.length === 0 && (
              <p className="edit-note edit-section">
                No heads of this model were found: train one with <code>saev semseg train</code> or{' '}
                <code>saev classify train</code> and open its folder, too, to see classes change.
              </p>
            )}
            {page.noPrompts !== undefined && (
              <p className="edit-note edit-section">{page.noPrompts}</p>
            )}
            {answer.reasons.map((reason) => (
              <p key={reason} className="edit-note edit-section">
                {reason}
              </p>
            ))}
            <Repeat command={answer.repeat} />
          </div>
        </div>
      )}
    </div>
  );
}

function statusOf(
  { nEdited, nTokens, seen }: NonNullable<EditOutcome['answer']>,
  { latents }: EditState,
): string {
  const what = seen.kind === 'image' ? 'patches' : 'tokens';
  return latents.every(({ times }) => times === undefined)
    ? 'Nothing is changed yet: this is the model as it is.'
    : `${nEdited} of ${nTokens} ${what} are changed.`;
}

/** The edit that the state means; undefined while there is no example. */
function requestOf(
  state: EditState,
  about: {
    page: EditablePage;
    upload: Upload | undefined;
    features: string | undefined;
    largestOf: (latent: number) => number | undefined;
  },
): EditRequest | undefined {
  const { page, upload, features, largestOf } = about;
  const example = exampleOf(state, page, upload, features);
  if (example === undefined) return undefined;
  const changes = state.latents.flatMap(({ latent, times }) => {
    if (times === undefined || latent >= page.nLatents) return [];
    const largest = largestOf(latent);
    return [{ latent, value: times * (largest !== undefined && largest > 0 ? largest : 1) }];
  });
  const { where, prompts, newTokens, seed, temperature } = state;
  return {
    model: page.model,
    example,
    changes,
    ...(where !== undefined && { where }),
    ...(page.kind === 'text' ? { newTokens, seed, temperature } : { prompts }),
  };
}

function exampleOf(
  state: EditState,
  page: EditablePage,
  upload: Upload | undefined,
  features: string | undefined,
): EditRequest['example'] | undefined {
  if (page.kind === 'text') return state.text.trim() === '' ? undefined : { text: state.text };
  if (upload !== undefined) return { image: upload };
  if (state.example === undefined || page.nExamples === undefined) return undefined;
  return { image: { features: features ?? page.model, example: state.example } };
}

function whyNothing(
  source: PageSource,
  ability: true | string | undefined,
  page: EditablePage,
  request: EditRequest | undefined,
): string {
  if (source.act === undefined || ability === undefined)
    return 'Edits run the model, which these files cannot do here: open them with saev serve.';
  if (ability !== true) return `Edits cannot be made here: ${ability}`;
  if (request !== undefined) return '';
  return page.kind === 'text'
    ? 'Type a text to begin.'
    : 'Choose an example or upload an image to begin.';
}

/** The text of a context that the page of features shows, without signs. */
async function textOfPage(source: PageSource, features: string): Promise<string> {
  const index = unpackIndex(await source.get(FEATURE_ROUTES.index(features)));
  const nChunks = Math.ceil(index.features.latent.length / index.chunkSize);
  const chunk = await source.get(
    FEATURE_ROUTES.chunk(features, Math.floor(Math.random() * nChunks)),
  );
  if (!('texts' in chunk) || index.modality !== 'text') return '';
  const contexts = Object.values(chunk.texts);
  const chosen = contexts[Math.floor(Math.random() * contexts.length)];
  if (chosen === undefined) return '';
  const bytes = Uint8Array.from(atob(chosen), (char) => char.charCodeAt(0));
  const Indices = chunk.vocabulary.length <= 2 ** 16 ? Uint16Array : Uint32Array;
  const special = new Set(index.texts.special);
  const words = [...new Indices(bytes.buffer)].map((token) => chunk.vocabulary[token]!);
  return words
    .filter((word) => !special.has(word))
    .join('')
    .trim();
}
