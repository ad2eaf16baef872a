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
