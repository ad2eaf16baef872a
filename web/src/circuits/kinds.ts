// Kinds of nodes: what each is called, how it is drawn and where it stands. Listed in the order in which they stand
// beside one another.

export interface KindFacts {
  /** For people. */
  readonly title: string;
  /** A circle, a box with a text on it, or the outline around 0 0 as an SVG path, in pixels. */
  readonly sign: 'circle' | 'box' | `M${string}`;
  /** The row: above or below all layers, or in its layer's half for attention or for the MLP. */
  readonly row: 'above' | 'attention' | 'mlp' | 'below';
  /** Shown whatever its influence is, as in circuit-tracer. */
  readonly isAlwaysShown?: boolean;
}

const FACTS = {
  logit: { title: 'Logit', sign: 'box', row: 'above', isAlwaysShown: true },
  vector: { title: 'Vector', sign: 'box', row: 'above', isAlwaysShown: true },
  group: { title: 'Supernode', sign: 'box', row: 'mlp' },
  feature: { title: 'Feature', sign: 'circle', row: 'mlp' },
  head: { title: 'Attention head', sign: 'M0-7 7 0 0 7-7 0Z', row: 'attention' },
  error: { title: 'Error', sign: 'M-5-5 5 5M5-5-5 5', row: 'mlp' },
  bias: { title: 'Bias', sign: 'M-6-2.5H6V2.5H-6Z', row: 'mlp' },
  embedding: {
    title: 'Token',
    sign: 'M-5.5-5.5H5.5V5.5H-5.5Z',
    row: 'below',
    isAlwaysShown: true,
  },
  position: { title: 'Position', sign: 'M0-6 6 5H-6Z', row: 'below' },
} as const satisfies Readonly<Record<string, KindFacts>>;

export type NodeKind = keyof typeof FACTS;

export const KINDS: Readonly<Record<NodeKind, KindFacts>> = FACTS;

/** Their names, in order. */
export const KIND_ORDER = Object.keys(FACTS) as readonly NodeKind[];
