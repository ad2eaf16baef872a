import { useEffect } from 'react';
import { WORKBENCH_VERSION } from '../../../src/pages/catalogue.ts';
import type { PageSource } from '../../../src/pages/source.ts';
import { PageError } from '../shared/controls/page-error.tsx';
import { Guarded } from '../shared/guarded.tsx';
import { usePlace } from './address.ts';
import { Bar } from './bar.tsx';
import { useLiveCatalogue } from './live-catalogue.ts';
import { VIEWS } from './views.ts';
import './app.css';

/** The whole workbench: the bar, and the view that the address names. */
export function App({ source }: { source: PageSource }) {
  const place = usePlace();
  const loaded = useLiveCatalogue(source);
  const view = VIEWS.find(({ name }) => name === place.view) ?? VIEWS[0]!;
  const title = loaded?.value?.title;
  useEffect(() => {
    document.title = `${title === undefined ? 'saev' : title} – ${view.label.toLowerCase()}`;
  }, [title, view]);
  if (loaded === undefined) return <p className="waiting">Looking what is there…</p>;
  if (loaded.error !== undefined) {
    return (
      <PageError title="Nothing can be shown">
        <p>{loaded.error}</p>
      </PageError>
    );
  }
  const catalogue = loaded.value;
  if (catalogue.version !== WORKBENCH_VERSION) {
    return (
      <PageError title="Nothing can be shown">
        <p>
          This page reads data of version {WORKBENCH_VERSION}, not {catalogue.version}: load it
          again.
        </p>
      </PageError>
    );
  }
  return (
    <div className="workbench">
      <Bar catalogue={catalogue} view={view.name} />
      <Guarded key={`${view.name}/${place.id}`}>
        <view.View source={source} catalogue={catalogue} id={place.id} />
      </Guarded>
    </div>
  );
}
