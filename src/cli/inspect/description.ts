// What inspecting a path gives, and how it is laid out for people.

/** What a path holds. */
export interface Description {
  /** `activations`, `checkpoint`, `run`, `visuals`, `codes`, `log sparsity`; `unreadable` among others. */
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
