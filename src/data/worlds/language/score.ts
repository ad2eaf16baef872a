// How well a model knows the world: at each decision, whether its favourite among the candidates is a right one.
import type { WorldDocument } from './document.ts';
import type { Behaviour } from './words.ts';

/** Decisions of one behaviour, and how many of them went right. */
export interface Score {
  right: number;
  total: number;
}
export type Scores = Map<Behaviour, Score>;

/** The score of one word at one position. */
type LogitOf = (position: number, token: string) => number;

/**
 * Add a text's decisions to the scores. `logitOf` is asked for the logits with which the model predicts word `position`
 * of the text, counted from 0.
 */
export function scoreDecisions(document: WorldDocument, logitOf: LogitOf, scores: Scores): void {
  document.words.forEach(({ behaviour, decision }, position) => {
    if (decision === undefined) return;
    const best = (words: readonly string[]): number =>
      Math.max(...words.map((word) => logitOf(position, word)));
    const score = scores.get(behaviour) ?? { right: 0, total: 0 };
    if (best(decision.right) > best(decision.wrong)) score.right++;
    score.total++;
    scores.set(behaviour, score);
  });
}

/** Share of right decisions by behaviour, to four digits. */
export function accuracies(scores: Scores): Partial<Record<Behaviour, number>> {
  return Object.fromEntries(
    [...scores].map(([name, { right, total }]) => [name, Math.round((1e4 * right) / total) / 1e4]),
  );
}
