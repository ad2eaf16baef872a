import { memo, useMemo } from 'react';
import type { PageIndex } from '../../../../src/pages/feature-page.ts';
import { Histogram } from '../../shared/histogram.tsx';
import { paddedDomain, type Range } from '../../shared/plot-scale.ts';
import './latent-spreads.css';

const BINS = 100;

/** How often all latents fire, and how strongly: two histograms, the listed ones in front. */
export const LatentSpreads = memo(function LatentSpreads(props: {
  index: PageIndex;
  listed: Uint32Array;
}) {
  const { features, others } = props.index;
  const { listed } = props;
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
});

function LatentSpread(props: {
  name: string;
  /** log10 of the features of the page, and of the other latents. */
  of: Float32Array;
  beside: Float32Array;
  listed: Uint32Array;
}) {
  const { name, of, beside, listed } = props;
  const { range, edges, all } = useMemo(() => {
    const range = paddedDomain(of, beside);
    const all = new Array<number>(BINS).fill(0);
    for (const values of [of, beside]) {
      for (let i = 0; i < values.length; i++) count(all, range, values[i]!);
    }
    const [low, high] = range;
    const edges = Array.from({ length: BINS + 1 }, (_, i) => low + ((high - low) * i) / BINS);
    return { range, edges, all };
  }, [of, beside]);
  const front = useMemo(() => {
    const counts = new Array<number>(BINS).fill(0);
    for (const i of listed) count(counts, range, of[i]!);
    return counts;
  }, [of, listed, range]);
  return (
    <figure className="spread">
      <Histogram subject={name} counts={all} front={front} edges={edges} />
      <figcaption>{name}</figcaption>
    </figure>
  );
}

function count(counts: number[], [low, high]: Range, value: number): void {
  if (Number.isNaN(value)) return;
  counts[Math.min(BINS - 1, Math.floor(((value - low) / (high - low)) * BINS))]!++;
}
