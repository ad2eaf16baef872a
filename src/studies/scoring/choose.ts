// Which latents tell a concept best, on the half of the examples that they are chosen on.
import type { Counts } from './counts.ts';
import { constantLoss, fitProbe, leastLoss, type Probe } from './logistic-probe.ts';
import { averagePrecision, bestDecision, type Decision } from './pair-scores.ts';

/** A latent as it was chosen. */
export interface ChosenLatent {
  readonly latent: number;
  /** Where it says yes, and how good that is on the rows of the choice. */
  readonly decision: Decision;
  readonly threshold: number;
  readonly averagePrecision: number;
  readonly probe: Probe;
  /** `1 − loss / loss of a constant`. */
  readonly r: number;
}

/** The best latent of a concept by each measure. */
export interface BestLatents {
  readonly f1: number;
  readonly averagePrecision: number;
  readonly probe: number;
}

/** What was chosen for a concept: latents, none twice, and which of them is the best by each measure. */
export interface Choice {
  readonly latents: readonly ChosenLatent[];
  readonly best: BestLatents;
}

/**
 * Choose for a concept the `nBest` latents by F1, by average precision and by the loss of their probes; of equal ones those
 * of smaller number. Undefined where no row has the concept, or none lacks it, or nothing fires.
 */
export function chooseLatents(
  counts: Counts,
  concept: number,
  { dSae, nBest }: { dSae: number; nBest: number },
): Choice | undefined {
  const { rows, positives } = counts.totals(concept);
  if (positives === 0 || positives === rows) return undefined;
  const byF1 = best(nBest);
  const byPrecision = best(nBest);
  const bounds: { latent: number; score: number }[] = [];
  for (let latent = 0; latent < dSae; latent++) {
    const pair = counts.pair(concept, latent)!;
    let [fired, hit] = [0, 0];
    for (let bin = 0; bin < pair.all.length; bin++) {
      fired += pair.all[bin]!;
      hit += pair.hits[bin]!;
    }
    if (fired === 0) continue;
    bounds.push({ latent, score: leastLoss(pair) });
    if (hit === 0) continue;
    byF1.offer(latent, bestDecision(pair).f1);
    byPrecision.offer(latent, averagePrecision(pair).ap);
  }
  if (bounds.length === 0) return undefined;
  const byProbe = bestProbes(counts, concept, bounds, nBest);
  const order = [byProbe.list(), byPrecision.list(), byF1.list()] as const;
  const latents = [...new Set(order.flat())].map((latent): ChosenLatent => {
    const pair = counts.pair(concept, latent)!;
    const decision = bestDecision(pair);
    const probe = fitProbe(pair);
    return {
      latent,
      decision,
      threshold: counts.edge(latent, decision.bin),
      averagePrecision: averagePrecision(pair).ap,
      probe,
      r: 1 - probe.loss / constantLoss(pair),
    };
  });
  const [probe] = order[0];
  const fallback = probe!;
  return {
    latents,
    best: {
      probe: fallback,
      averagePrecision: order[1][0] ?? fallback,
      f1: order[2][0] ?? fallback,
    },
  };
}

/** Fit probes in the order of what they could reach at best, until none that is left can be among the best. */
function bestProbes(
  counts: Counts,
  concept: number,
  bounds: { latent: number; score: number }[],
  nBest: number,
): Best {
  const chosen = best(nBest);
  bounds.sort((a, b) => a.score - b.score || a.latent - b.latent);
  for (const { latent, score } of bounds) {
    if (-score < chosen.least()) break;
    chosen.offer(latent, -fitProbe(counts.pair(concept, latent)!).loss);
  }
  return chosen;
}

interface Best {
  offer(latent: number, score: number): void;
  /** What a latent must reach at least. */
  least(): number;
  /** Latents, best first. */
  list(): number[];
}

function best(n: number): Best {
  const held: { latent: number; score: number }[] = [];
  return {
    offer(latent, score) {
      if (held.length === n && score < held[n - 1]!.score) return;
      const at = held.findIndex(
        (each) => score > each.score || (score === each.score && latent < each.latent),
      );
      held.splice(at < 0 ? held.length : at, 0, { latent, score });
      if (held.length > n) held.pop();
    },
    least: () => (held.length < n ? Number.NEGATIVE_INFINITY : held[n - 1]!.score),
    list: () => held.map(({ latent }) => latent),
  };
}
