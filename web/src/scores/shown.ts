// Which concepts are shown, in which order, and what is said of each.
import type { ScoreConcept, ScoreLatent, ScoreMeasure } from '../../../src/pages/score-page.ts';
import type { ScoreState } from './score-state.ts';

/** Names of the measures: short ones for columns and buttons, and what they mean. */
export const MEASURE_NAMES: Readonly<Record<ScoreMeasure, { short: string; about: string }>> = {
  averagePrecision: { short: 'AP', about: 'Average precision: area under precision and recall' },
  f1: { short: 'F1', about: 'F1 where the latent says yes above its threshold' },
  probe: {
    short: 'R',
    about:
      'Share of the uncertainty about the concept that a logistic probe on the latent takes away',
  },
};

/** The latent of a concept that is best by a measure; undefined where it was not scored. */
export function bestLatent(concept: ScoreConcept, measure: ScoreMeasure): ScoreLatent | undefined {
  return concept.latents.find(({ latent }) => latent === concept.best?.[measure]);
}

/** Places of the concepts that fit the search and the kind, in the order that is asked for. */
export function shownConcepts(concepts: readonly ScoreConcept[], state: ScoreState): number[] {
  const { measure, sort, descending, kind } = state;
  const words = state.query.toLowerCase().split(/\s+/).filter(Boolean);
  const places = [...concepts.keys()].filter((place) => {
    const concept = concepts[place]!;
    const text = `${concept.kind} ${concept.name}`.toLowerCase();
    return (kind === '' || concept.kind === kind) && words.every((word) => text.includes(word));
  });
  const score = (place: number): number =>
    bestLatent(concepts[place]!, measure)?.[measure] ?? Number.NEGATIVE_INFINITY;
  const compare: Record<ScoreState['sort'], (a: number, b: number) => number> = {
    score: (a, b) => score(a) - score(b) || 0,
    name: (a, b) => concepts[a]!.name.localeCompare(concepts[b]!.name),
    positives: (a, b) => concepts[a]!.positives - concepts[b]!.positives,
  };
  const order = compare[sort];
  return places.sort((a, b) => (descending ? order(b, a) : order(a, b)) || a - b);
}

/** A score as it is read: two digits behind the point. */
export function formatScore(value: number): string {
  return value < 0 ? `−${(-value).toFixed(2)}` : value.toFixed(2);
}
