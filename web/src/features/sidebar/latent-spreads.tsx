import type { PageIndex } from '../../../../src/pages/feature-page.ts';
import { Histogram } from '../../shared/histogram.tsx';
import { paddedDomain } from '../../shared/plot-scale.ts';
import './latent-spreads.css';

const BINS = 100;

/** How often all latents fire, and how strongly: two histograms, the listed ones in front. */
export function LatentSpreads({ index, listed }: { index: PageIndex; listed: readonly number[] }) {
  const { features, others } = index;
  return (
    <details className="latent-spreads" open>
      <summary>All latents that fire</summary>
      <LatentSpread
        name="frequency"
        of={features.logFrequency}
        beside={others.logFrequency}
        listed={listed}
      />
      <LatentSpread
        name="mean value"
        of={features.logValue}
        beside={others.logValue}
        listed={listed}
      />
    </details>
  );
}

function LatentSpread(props: {
  name: string;
  /** log10 of the features of the page, and of the other latents. */
  of: readonly (number | null)[];
  beside: readonly number[];
  listed: readonly number[];
}) {
  const { name, of, beside, listed } = props;
  const [low, high] = paddedDomain([...of, ...beside]);
  const count = (values: Iterable<number | null | undefined>): number[] => {
    const counts = new Array<number>(BINS).fill(0);
    for (const value of values) {
      if (value == null) continue;
      counts[Math.min(BINS - 1, Math.floor(((value - low) / (high - low)) * BINS))]!++;
    }
    return counts;
  };
  const edges = Array.from({ length: BINS + 1 }, (_, i) => low + ((high - low) * i) / BINS);
  return (
    <figure className="spread">
      <Histogram
        subject={name}
        counts={count([...of, ...beside])}
        front={count(listed.map((i) => of[i]))}
        edges={edges}
      />
      <figcaption>{name}</figcaption>
    </figure>
  );
}
