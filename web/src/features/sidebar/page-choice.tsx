import { useEffect, useState } from 'react';
import type { SiblingPage } from '../../../../src/pages/feature-page.ts';
import { useSource } from '../feature-source.ts';
import './page-choice.css';

/** The pages of other autoencoders, or of another order of examples, that stand near this one. */
export function PageChoice() {
  const { siblings } = useSource();
  const [pages, setPages] = useState<readonly SiblingPage[]>([]);
  useEffect(() => {
    let isCurrent = true;
    void siblings?.().then((found) => isCurrent && setPages(found));
    return () => {
      isCurrent = false;
    };
  }, [siblings]);
  const here = decodeURIComponent(location.pathname).split('/').slice(-3, -1).join('/');
  if (pages.length < 2 || !pages.some(({ path }) => path === here)) return null;
  return (
    <select
      className="page-choice"
      aria-label="Page of features"
      value={here}
      onChange={({ target }) => location.assign(`../../${encodePath(target.value)}/index.html`)}
    >
      {pages.map(({ path, title, about }) => (
        <option key={path} value={path}>
          {path.split('/')[0]}: {title} ({about})
        </option>
      ))}
    </select>
  );
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
