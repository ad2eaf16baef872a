// Ask: what fires on my picture, or on my text?
import { useEffect, useMemo, useState } from 'react';
import { ASK } from '../../../src/pages/ask.ts';
import type { Catalogue, ModelEntry } from '../../../src/pages/catalogue.ts';
import type { PageSource } from '../../../src/pages/source.ts';
import { Segments } from '../shared/controls/segments.tsx';
import { Switch } from '../shared/controls/switch.tsx';
import { AnswerColumn } from './answer-column.tsx';
import { type AskState, type ChangeAsk, opacityOf, useAskState } from './ask-state.ts';
import { ModelChoice } from './question/model-choice.tsx';
import { PictureField } from './question/picture-field.tsx';
import { TextField } from './question/text-field.tsx';
import { imageIn, readUpload, type Upload } from './question/uploads.ts';
import type { KeyedExample } from './use-answer.ts';
import './ask.css';

/** The view. */
export function Ask(props: { source: PageSource; catalogue: Catalogue; id: string | undefined }) {
  const { source, catalogue, id } = props;
  const ability = catalogue.abilities[ASK];
  if (source.act === undefined || ability !== true) {
    return (
      <main className="ask-empty">
        <h1>Ask</h1>
        <p className="empty">
          {typeof ability === 'string'
            ? ability
            : 'Nothing can be asked here: a model must run, which these files alone cannot do. Open the folder with saev serve.'}
        </p>
      </main>
    );
  }
  if (catalogue.models.length === 0) {
    return (
      <main className="ask-empty">
        <h1>Ask</h1>
        <p className="empty">
          There is no trained autoencoder to ask yet. Train one with <code>saev train</code>, or run{' '}
          <code>saev demo</code> and open its folder with <code>saev serve demo-out</code>.
        </p>
      </main>
    );
  }
  return <Asking source={source} catalogue={catalogue} id={id} />;
}

function Asking(props: { source: PageSource; catalogue: Catalogue; id: string | undefined }) {
  const { source, catalogue, id } = props;
  const [state, change] = useAskState();
  const [upload, setUpload] = useState<Upload>();
  const [fault, setFault] = useState<string>();
  const kind = kindOf(state, catalogue, id);
  const models = catalogue.models.filter(({ modality }) => modality === kind);
  const chosen = chosenModels(state, models, id);
  const example = useMemo(() => exampleOf(state, kind, upload), [state, kind, upload]);

  const takeFile = async (file: File): Promise<void> => {
    try {
      const read = await readUpload(file);
      setFault(undefined);
      setUpload(read);
      change({ kind: 'image', page: undefined, example: undefined, token: undefined });
    } catch (error) {
      setFault((error as Error).message);
    }
  };
  usePastedImage(takeFile);
  const hasBoth = ['image', 'text'].every((each) =>
    catalogue.models.some(({ modality }) => modality === each),
  );
  const pages = catalogue.features.filter(
    ({ fault: why, modality }) => why === undefined && modality === kind,
  );
  return (
    <main
      className="ask"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        const file = imageIn(event.dataTransfer);
        event.preventDefault();
        if (file !== undefined) takeFile(file);
      }}
    >
      <aside className="ask-question" aria-label="The question">
        <h1>What fires on it?</h1>
        {hasBoth && (
          <Segments name="Kind of example">
            {(['image', 'text'] as const).map((each) => (
              <button
                key={each}
                type="button"
                aria-pressed={each === kind}
                onClick={() => change({ kind: each, models: [], latents: [], token: undefined })}
              >
                {each === 'image' ? 'Picture' : 'Text'}
              </button>
            ))}
          </Segments>
        )}
        {kind === 'image' ? (
          <PictureField
            source={source}
            pages={pages}
            page={state.page}
            example={state.example}
            upload={state.page === undefined ? upload : undefined}
            fault={fault}
            onFile={takeFile}
            onExample={(page, number) => {
              setUpload(undefined);
              setFault(undefined);
              change({ kind, page, example: number, token: undefined });
            }}
          />
        ) : (
          <TextField
            source={source}
            pages={pages}
            text={state.text}
            onText={(text) => change({ kind, text, token: undefined })}
          />
        )}
        <ModelChoice
          models={models}
          chosen={chosen.map((model) => model.id)}
          onChoose={(ids) => change({ models: ids, latents: latentsFor(ids, chosen, state) })}
        />
        <Drawing state={state} change={change} isText={kind === 'text'} />
      </aside>
      <section className="ask-answers" aria-label="Answers">
        {example === undefined ? (
          <Invitation kind={kind} />
        ) : (
          chosen.map((model, i) => (
            <AnswerColumn
              key={model.id}
              source={source}
              model={model}
              example={example}
              latent={state.latents[i]}
              held={state.token}
              opacity={opacityOf(state)}
              countsSigns={state.signs}
              onChoose={(latent) =>
                change({
                  models: chosen.map((each) => each.id),
                  latents: chosen.map((_, j) => (j === i ? latent : state.latents[j])),
                })
              }
              onHold={(token) => change({ token })}
            />
          ))
        )}
        {example !== undefined && chosen.length === 0 && (
          <p className="ask-hint">Choose a model to ask.</p>
        )}
      </section>
    </main>
  );
}

function Invitation({ kind }: { kind: ModelEntry['modality'] }) {
  return (
    <div className="ask-invitation">
      <p>
        {kind === 'image'
          ? 'Drop a picture here, paste one, choose a file, or take an example of a page of features.'
          : 'Write a text and ask.'}
      </p>
      <p>
        Then point at a {kind === 'image' ? 'patch' : 'token'} to see which latents fire on it, and
        choose a latent to see where else it fires.
      </p>
    </div>
  );
}

/** How heat maps and tints are drawn. */
function Drawing(props: { state: AskState; change: ChangeAsk; isText: boolean }) {
  const { state, change, isText } = props;
  return (
    <fieldset className="ask-drawing">
      <legend>{isText ? 'Tint' : 'Heat map'}</legend>
      <Switch
        isOn={state.heat}
        title={isText ? 'With the tint of the latent, or without' : 'With the heat map, or without'}
        onSwitch={(heat) => change({ heat })}
      >
        Show it
      </Switch>
      <label>
        Opacity
        <input
          type="range"
          min={0}
          max={1}
          step={0.05}
          value={state.opacity}
          disabled={!state.heat}
          onChange={(event) => change({ opacity: event.target.valueAsNumber })}
        />
      </label>
      {isText && (
        <Switch
          isOn={state.signs}
          title="Latents of the token that begins a text are left out of the strongest unless this is on"
          onSwitch={(signs) => change({ signs })}
        >
          Count signs such as the beginning
        </Switch>
      )}
    </fieldset>
  );
}

/** Hear images that are pasted. */
function usePastedImage(take: (file: File) => void): void {
  useEffect(() => {
    const onPaste = ({ clipboardData }: ClipboardEvent): void => {
      const file = imageIn(clipboardData);
      if (file !== undefined) take(file);
    };
    window.addEventListener('paste', onPaste);
    return () => window.removeEventListener('paste', onPaste);
  });
}

function kindOf(
  { kind }: AskState,
  { models }: Catalogue,
  id: string | undefined,
): ModelEntry['modality'] {
  const named = models.find((model) => model.id === id)?.modality;
  return kind ?? named ?? models[0]!.modality;
}

/** The models in the address; without any, the one that is opened, or the first. */
function chosenModels(
  state: AskState,
  models: readonly ModelEntry[],
  id: string | undefined,
): ModelEntry[] {
  const whole = models.filter(({ fault }) => fault === undefined);
  const named = state.models.flatMap((each) => whole.filter((model) => model.id === each));
  if (named.length > 0) return named;
  const opened = whole.find((model) => model.id === id);
  return [opened ?? whole.find(({ features }) => features !== undefined) ?? whole[0]].filter(
    (model) => model !== undefined,
  );
}

/** The latents of models that stay keep their places. */
function latentsFor(
  ids: readonly string[],
  before: readonly ModelEntry[],
  { latents }: AskState,
): (number | undefined)[] {
  return ids.map((each) => latents[before.findIndex(({ id }) => id === each)]);
}

function exampleOf(
  { page, example, text }: AskState,
  kind: ModelEntry['modality'],
  upload: Upload | undefined,
): KeyedExample | undefined {
  if (kind === 'text')
    return text.trim() === '' ? undefined : { key: `text ${text}`, example: { text } };
  if (page !== undefined && example !== undefined) {
    const image = { features: page, example };
    return { key: `page ${page} ${example}`, example: { image } };
  }
  if (upload === undefined) return undefined;
  const { key, name, upload: bytes } = upload;
  return { key, example: { image: { upload: bytes, name } } };
}
