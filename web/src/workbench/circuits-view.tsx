import { useMemo } from 'react';
import { CATALOGUE, type CircuitEntry } from '../../../src/pages/catalogue.ts';
import {
  CIRCUIT_ROUTES,
  type CircuitData,
  SAVE_MARKS,
  TRACE,
} from '../../../src/pages/circuits/routes.ts';
import type { PageSource } from '../../../src/pages/source.ts';
import { App } from '../circuits/app.tsx';
import { suppliedSource } from '../circuits/supplied-source.ts';
import { TraceForm } from '../circuits/trace/trace-form.tsx';
import { PageError } from '../shared/controls/page-error.tsx';
import { formatCount, formatShare } from '../shared/format.ts';
import { useLoaded } from '../shared/use-loaded.ts';
import { hashOf } from './address.ts';
import { Choice } from './lists/choice.tsx';
import type { ViewProps } from './view.ts';

/** The circuit that the address names; without one, those there are and the way to one more. */
export function CircuitsView({ source, catalogue, id }: ViewProps) {
  const { abilities, circuits } = catalogue;
  if (id === undefined) {
    const ability = abilities[TRACE] ?? '';
    const whyNot = ability === true ? undefined : ability;
    return <All source={source} before={circuits} whyNot={whyNot} />;
  }
  const canSave = abilities[SAVE_MARKS] === true;
  return <Loading key={id} source={source} id={id} canSave={canSave} />;
}

/** What was traced since the page was opened is there, too. */
function All(props: {
  source: PageSource;
  before: readonly CircuitEntry[];
  /** Why nothing can be traced here. */
  whyNot: string | undefined;
}) {
  const { source, before, whyNot } = props;
  const loaded = useLoaded('circuits', () => source.get(CATALOGUE));
  return (
    <Choice
      view="circuits"
      title="Circuits"
      entries={loaded?.value?.circuits ?? before}
      about={aboutOf}
      empty={
        <>
          No circuit was traced yet. Trace one below, or with <code>saev circuits PROMPT</code>: it
          shows which features, attention heads and tokens make a model say what it says.
        </>
      }
      after={
        <TraceForm
          source={source}
          whyNot={whyNot}
          onTraced={(circuit) => {
            location.hash = hashOf('circuits', circuit);
          }}
        />
      }
    />
  );
}

function aboutOf(entry: CircuitEntry) {
  const { prompt, model, root, nodes, replacement, completeness } = entry;
  return (
    <>
      “{prompt}” · {model}
      {root !== undefined && ` · ${root}`} · {formatCount(nodes)} nodes
      {replacement !== undefined && ` · replacement ${formatShare(replacement)}`}
      {completeness !== undefined && ` · completeness ${formatShare(completeness)}`}
    </>
  );
}

interface OneProps {
  source: PageSource;
  id: string;
  /** Whether marks can be saved into its file. */
  canSave: boolean;
}

function Loading({ source, id, canSave }: OneProps) {
  const loaded = useLoaded(id, () => source.get(CIRCUIT_ROUTES.graph(id)));
  if (loaded === undefined) {
    return (
      <p className="waiting" role="status">
        Loading the circuit…
      </p>
    );
  }
  if (loaded.error !== undefined) {
    return (
      <PageError title="This circuit cannot be shown">
        <p>{loaded.error}</p>
        <p>
          <a href={hashOf('circuits')}>All circuits</a>
        </p>
      </PageError>
    );
  }
  return <Loaded source={source} id={id} canSave={canSave} data={loaded.value} />;
}

function Loaded({ source, id, canSave, data }: OneProps & { data: CircuitData }) {
  const circuit = useMemo(() => {
    const addressOf = (page: string, feature: string): string =>
      hashOf('features', page, `f=${feature}`);
    return suppliedSource(source, { id, data, canSave, addressOf });
  }, [source, id, data, canSave]);
  return <App source={circuit} isPart />;
}
