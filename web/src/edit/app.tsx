import { useState } from 'react';
import { EDIT_ROUTES, type EditablePage, type EditRequest } from '../../../src/pages/edit.ts';
import type { PageSource } from '../../../src/pages/source.ts';
import { PageError } from '../shared/controls/page-error.tsx';
import { useHashState } from '../shared/hash-state.ts';
import { useLoaded } from '../shared/use-loaded.ts';
import { type EditState, editState } from './edit-state.ts';
import { ImageChoice, type Upload } from './example/example-choice.tsx';
import { textOfPage } from './example/page-text.ts';
import { PromptsChoice } from './example/prompts-choice.tsx';
import { TextChoice } from './example/text-choice.tsx';
import { useStart } from './example/use-start.ts';
import { useKnownLatents } from './latents/known-latents.ts';
import { Latents } from './latents/latents.tsx';
import { STRONGEST, useStrongest } from './latents/use-strongest.ts';
import { exampleOf, requestOf } from './request-of.ts';
import { Results } from './results.tsx';
import { useEdit } from './use-edit.ts';
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
  const [hasTyped, setTyped] = useState(false);
  const [isOwn, setOwn] = useState(state.latents.length > 0);
  const [more, setMore] = useState<ReadonlyMap<number, number>>(new Map());
  const known = useKnownLatents(source, { model, nLatents: page.nLatents, features });
  const largestOf = (latent: number): number | undefined =>
    known.largest(latent) ?? more.get(latent);
  const canAct = source.act !== undefined && ability === true;
  // Where the address names nothing, an example is shown all the same, with what fires on it.
  const start = useStart(source, page, features);
  const example = upload === undefined ? (state.example ?? start?.example) : undefined;
  const text = state.text === '' && !hasTyped ? (start?.text ?? '') : state.text;
  const about = { page, upload, features, largestOf };
  const named = exampleOf({ example, text }, about);
  const strongest = useStrongest(source, model, canAct ? named : undefined);
  const hasOwn = isOwn || state.latents.length > 0;
  const latents = hasOwn
    ? state.latents
    : strongest.slice(0, STRONGEST.listed).map((latent) => ({ latent, times: undefined }));
  const shown: EditState = { ...state, example, text, latents };
  const request = canAct ? requestOf(shown, about) : undefined;
  const outcome = useEdit(source, request);
  const onText = (next: Partial<EditState>): void => {
    setTyped(true);
    change(next);
  };
  return (
    <main className="edit-app">
      <div className="edit-controls">
        <h1>
          Edit <span className="edit-note">{title}</span>
        </h1>
        {page.kind === 'image' ? (
          <ImageChoice
            nExamples={page.nExamples}
            pictures={start?.pictures}
            example={example}
            upload={upload}
            onExample={(chosen) => {
              setUpload(undefined);
              change({ example: chosen });
            }}
            onUpload={(chosen) => {
              setUpload(chosen);
              change({ example: undefined });
            }}
          />
        ) : (
          <TextChoice
            state={shown}
            onChange={onText}
            onTake={
              features === undefined
                ? undefined
                : () =>
                    void textOfPage(source, features).then((taken) =>
                      onText({ text: taken, where: undefined }),
                    )
            }
          />
        )}
        {page.kind === 'image' && page.noPrompts === undefined && (
          <PromptsChoice state={state} onChange={change} refused={whyNoPrompts(source)} />
        )}
        <Latents
          {...{ source, page, state, change, known, largestOf, latentAddress, canAct }}
          {...{ latents, strongest, isOwn: hasOwn }}
          onLatents={(next) => {
            setOwn(true);
            change({ latents: next });
          }}
          onLargest={(found) => setMore((before) => new Map([...before, ...found]))}
        />
      </div>
      <Results
        {...{ state: shown, change, page, outcome, upload }}
        why={start === undefined && canAct ? '' : whyNothing(source, ability, page, request)}
      />
    </main>
  );
}

/** Why this page cannot compare prompts: what computes in a browser has image towers alone. */
function whyNoPrompts({ kind }: PageSource): string | undefined {
  return kind === 'server'
    ? undefined
    : 'Prompts are compared where a server runs the model: open the run with saev serve.';
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
