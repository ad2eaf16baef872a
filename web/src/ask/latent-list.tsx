// Latents with their values, the strongest first, each as wide as its value.
import type { ReactNode } from 'react';
import { Scroller } from '../shared/controls/scroller.tsx';
import { formatValue } from '../shared/format.ts';
import { type LatentPage, labelOf } from './latent-page.ts';
import './latent-list.css';

/** A list of latents to choose from. */
export function LatentList(props: {
  title: ReactNode;
  latents: readonly { readonly latent: number; readonly value: number }[];
  /** Value of the full width. */
  upper: number;
  page: LatentPage | undefined;
  chosen: number | undefined;
  onChoose: (latent: number) => void;
}) {
  const { title, latents, upper, page, chosen, onChoose } = props;
  return (
    <section className="latent-list">
      <h3>{title}</h3>
      {latents.length === 0 && <p className="latent-none">No latent fires here.</p>}
      <Scroller as="ol" className="latents-strongest">
        {latents.map(({ latent, value }) => (
          <li key={latent}>
            <button type="button" aria-pressed={latent === chosen} onClick={() => onChoose(latent)}>
              <span
                className="latent-bar"
                style={{ width: `${100 * Math.min(1, value / Math.max(upper, 1e-12))}%` }}
              />
              <span className="latent-number">{latent}</span>
              <span className="latent-label">{labelOf(page, latent)}</span>
              <span className="latent-value">{formatValue(value)}</span>
            </button>
          </li>
        ))}
      </Scroller>
    </section>
  );
}
