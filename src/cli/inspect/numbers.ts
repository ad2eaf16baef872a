// The numbers among the results of a run.

export type Numbers = Readonly<Record<string, number>>;

/** The entries of a record that are numbers, thresholds left out. */
export function numbersOf(value: unknown): Numbers {
  const entries = Object.entries((value ?? {}) as Record<string, unknown>);
  return Object.fromEntries(
    entries.filter(
      (entry): entry is [string, number] =>
        typeof entry[1] === 'number' && !entry[0].endsWith('Threshold'),
    ),
  );
}

/** The share of the loss that a coder gives back; undefined where zeros in its place cost the model nothing. */
export function lossScore(evaluation: Numbers): number | undefined {
  const { ceLossScore, ceLossClean, ceLossZeroAblated } = evaluation;
  if (ceLossClean === undefined || ceLossZeroAblated === undefined) return ceLossScore;
  return ceLossZeroAblated > ceLossClean ? ceLossScore : undefined;
}
