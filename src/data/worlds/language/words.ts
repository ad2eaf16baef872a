// What a text of the world is made of: words that know which behaviour they belong to.

/** A structure of the world that a model can learn. `plain` words follow from grammar alone. */
export const BEHAVIOURS = [
  'agreement',
  'brackets',
  'names',
  'giving',
  'counting',
  'parity',
  'colour',
  'size',
  'greater',
  'plain',
] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];

/** A word that can be known from what stands before it. */
export interface Decision {
  /** Words that may stand here; the one that does is among them. */
  readonly right: readonly string[];
  /** Words of the same kind that may not. */
  readonly wrong: readonly string[];
}

/** One word or mark. */
export interface Word {
  /** Without the space before it. */
  readonly text: string;
  readonly behaviour: Behaviour;
  readonly decision?: Decision;
}

/** Words of one behaviour, none of them a decision. `text` is cut at its spaces. */
export function say(behaviour: Behaviour, text: string): Word[] {
  return text.split(' ').map((word) => ({ text: word, behaviour }));
}

/** A word that what stands before it decides. */
export function decide(
  behaviour: Behaviour,
  text: string,
  wrong: readonly string[],
  right: readonly string[] = [text],
): Word {
  return { text, behaviour, decision: { right, wrong } };
}
