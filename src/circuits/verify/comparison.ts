// A published number beside ours, and whether they agree.

/** One comparison. */
export interface Comparison {
  /** What was measured: `8/89 on "…"`. */
  readonly what: string;
  /** Numbers compared. */
  readonly count: number;
  /** Largest difference, relative to the largest published number of the comparison; a share where names are compared. */
  readonly difference: number;
  readonly limit: number;
  readonly agrees: boolean;
  /** The first thing that differs. */
  readonly note?: string;
}

/** A number with a name. */
export type Named = readonly [name: string, value: number];

/** Compare named numbers, in any order; what is missing counts as wholly different. */
export function compareNamed(
  what: string,
  published: readonly Named[],
  ours: readonly Named[],
  limit: number,
): Comparison {
  const found = new Map(ours);
  const scale = Math.max(...published.map(([, value]) => Math.abs(value)));
  let difference = 0;
  let note: string | undefined;
  for (const [name, value] of published) {
    const own = found.get(name);
    const here = own === undefined ? 1 : Math.abs(own - value) / scale;
    if (!(here > difference)) continue;
    difference = here;
    if (here > limit) note = `${name}: published ${value}, here ${own ?? 'not there'}`;
  }
  const agrees = difference <= limit;
  return { what, count: published.length, difference, limit, agrees, ...(note && { note }) };
}

/** Compare lines of text; the difference is the share of published lines that are not among ours. */
export function compareLines(
  what: string,
  published: readonly string[],
  ours: readonly string[],
  limit: number,
): Comparison {
  const found = new Set(ours);
  const missing = published.filter((line) => !found.has(line));
  const difference = missing.length / published.length;
  const note = missing[0] === undefined ? undefined : `not found here: ${missing[0]}`;
  const agrees = difference <= limit;
  return { what, count: published.length, difference, limit, agrees, ...(note && { note }) };
}
