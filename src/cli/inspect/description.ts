// What inspecting a path gives, and how it is laid out for people.

/** What a path holds. */
export interface Description {
  /** `activations`, `checkpoint`, `run`, `visuals`. */
  readonly kind: string;
  readonly path: string;
  /** One line that tells it from others of its kind. */
  readonly summary: string;
  /** Label and text of each fact, in order. */
  readonly facts: readonly (readonly [string, string])[];
  /** The same as data, for `--json`. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** Lay a description out: its kind and path, then one fact a line. */
export function layOut({ kind, path, facts }: Description): string {
  const width = Math.max(...facts.map(([label]) => label.length));
  return [
    `${kind}  ${path}`,
    ...facts.map(([label, text]) => `  ${label.padEnd(width)}  ${text}`),
  ].join('\n');
}

/** Write a size for people: `3.2 GB`. */
export function bytes(count: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** Write a number with four digits that count. */
export function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

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
