import { type FormEvent, useRef, useState } from 'react';
import {
  CIRCUIT_ROUTES,
  type TraceForm as Form,
  TRACE,
  type TraceRequest,
} from '../../../../src/pages/circuits/routes.ts';
import type { ActProgress, PageSource } from '../../../../src/pages/source.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { type RootChoice, Roots, rootSettings } from './roots.tsx';
import { Settings, type SettingValues, settingValues } from './settings.tsx';
import { Transcoders } from './transcoders.tsx';
import './trace-form.css';

/** A form that traces a circuit; `onTraced` hears of its id. `whyNot` says why there is none, perhaps in no words. */
export function TraceForm(props: {
  source: PageSource;
  whyNot: string | undefined;
  onTraced: (circuit: string) => void;
}) {
  const { source, whyNot } = props;
  const isOff = source.act === undefined || whyNot !== undefined;
  const loaded = useLoaded('form', () =>
    isOff ? Promise.resolve(undefined) : source.get(CIRCUIT_ROUTES.form),
  );
  return (
    <section className="trace" aria-labelledby="trace-title">
      <h2 id="trace-title">Trace a circuit</h2>
      {isOff ? (
        <p className="trace-note">
          {whyNot !== undefined && whyNot !== '' && `${whyNot} `}
          Tracing needs the models: open the same folders with <code>saev serve</code>, or use{' '}
          <code>saev circuits</code>.
        </p>
      ) : loaded === undefined ? (
        <p className="trace-note" role="status">
          Looking for transcoders…
        </p>
      ) : loaded.error !== undefined ? (
        <p className="trace-note" role="alert">
          {loaded.error}
        </p>
      ) : loaded.value!.transcoders.length === 0 ? (
        <p className="trace-note">
          There are no transcoders of a language model here. Train one a layer with{' '}
          <code>saev train --data.target blocks.0.hook_mlp_out</code>, as docs/circuits.md shows, or
          run <code>npm run demo:language</code>.
        </p>
      ) : (
        <Asking {...props} form={loaded.value!} />
      )}
    </section>
  );
}

function Asking(props: { source: PageSource; form: Form; onTraced: (circuit: string) => void }) {
  const { source, form, onTraced } = props;
  const [model] = form.transcoders.map((each) => each.model);
  const [prompt, setPrompt] = useState('');
  const [root, setRoot] = useState<RootChoice>({ kind: 'salient' });
  const [chosen, setChosen] = useState<readonly string[]>(() =>
    form.transcoders.filter((each) => each.model === model).map(({ id }) => id),
  );
  const [values, setValues] = useState<SettingValues>({});
  const [progress, setProgress] = useState<ActProgress>();
  const [error, setError] = useState<string>();
  const stopping = useRef<AbortController>(undefined);

  const trace = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const stop = new AbortController();
    stopping.current = stop;
    setError(undefined);
    setProgress({ doing: 'beginning' });
    try {
      const request: TraceRequest = {
        ...settingValues(form.fields, values),
        ...rootSettings(root),
        prompt,
        transcoders: chosen,
      };
      const options = { signal: stop.signal, onProgress: setProgress };
      const { circuit } = await source.act!(TRACE, request, options);
      onTraced(circuit);
    } catch (cause) {
      setError(stop.signal.aborted ? 'Stopped: nothing was written.' : (cause as Error).message);
    }
    setProgress(undefined);
  };
  const isAtWork = progress !== undefined;
  return (
    <form className="trace-form" onSubmit={(event) => void trace(event)}>
      <label className="trace-field">
        <span>Prompt</span>
        <textarea
          required
          rows={2}
          maxLength={10_000}
          value={prompt}
          onChange={(event) => setPrompt(event.target.value)}
        />
      </label>
      <Roots root={root} onChange={setRoot} />
      <Transcoders all={form.transcoders} chosen={chosen} onChange={setChosen} />
      <Settings fields={form.fields} values={values} onChange={setValues} />
      <div className="trace-ways">
        <button type="submit" className="trace-go" disabled={isAtWork || chosen.length === 0}>
          Trace
        </button>
        {isAtWork && (
          <button type="button" onClick={() => stopping.current?.abort()}>
            Stop
          </button>
        )}
        {isAtWork && <Progress progress={progress} />}
        {error !== undefined && (
          <p className="trace-error" role="alert">
            {error}
          </p>
        )}
      </div>
    </form>
  );
}

function Progress({ progress: { doing, done, total } }: { progress: ActProgress }) {
  const share =
    done === undefined || total === undefined || total === 0 ? {} : { value: done / total };
  return (
    <p className="trace-progress">
      <progress aria-label="Progress of the trace" max={1} {...share} />{' '}
      <span role="status">
        {doing}
        {done !== undefined && total !== undefined && ` ${done} of ${total}`}
      </span>
    </p>
  );
}
