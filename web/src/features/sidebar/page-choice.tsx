import { useEffect, useState } from 'react';
import { type NearPage, useSource } from '../feature-source.ts';
import './page-choice.css';

/** The pages of other autoencoders, or of another order of examples, that can be shown in place of this one. */
export function PageChoice() {
  const { siblings } = useSource();
  const [pages, setPages] = useState<readonly NearPage[]>([]);
  useEffect(() => {
    let isCurrent = true;
    void siblings?.().then((found) => isCurrent && setPages(found));
    return () => {
      isCurrent = false;
    };
  }, [siblings]);
  const here = pages.find(({ isHere }) => isHere);
  if (pages.length < 2 || here === undefined) return null;
  return (
    <select
      className="page-choice"
      aria-label="Page of features"
      value={here.address}
      onChange={({ target }) => location.assign(target.value)}
    >
      {pages.map(({ address, name }) => (
        <option key={address} value={address}>
          {name}
        </option>
      ))}
    </select>
  );
}
