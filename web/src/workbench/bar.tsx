import { useEffect, useRef } from 'react';
import type { Catalogue } from '../../../src/pages/catalogue.ts';
import { Scroller } from '../shared/controls/scroller.tsx';
import { ThemeButton } from '../shared/controls/theme-button.tsx';
import { hashOf } from './address.ts';
import { VIEWS } from './views.ts';
import './bar.css';

/** The bar on top: the product, the views, the theme. */
export function Bar({ catalogue, view }: { catalogue: Catalogue; view: string }) {
  const views = useRef<HTMLElement>(null);
  // On a narrow page the bar holds more than it shows.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another view is another link
  useEffect(() => {
    const current = views.current?.querySelector('[aria-current]');
    current?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [view]);
  return (
    <header className="top-bar">
      <a className="top-brand" href={hashOf(VIEWS[0]!.name)}>
        saev
      </a>
      <Scroller as="nav" className="top-views" label="Views" boxRef={views}>
        {VIEWS.map(({ name, label, count }) => (
          <a key={name} href={hashOf(name)} aria-current={name === view ? 'page' : undefined}>
            {label}
            {count && <span className="top-count">{count(catalogue)}</span>}
          </a>
        ))}
      </Scroller>
      <ThemeButton />
    </header>
  );
}
