// What the circuit page reads: a graph in circuit-tracer's JSON schema (frontend/graph_models.py there, version 1),
// with optional keys of our own. Any file of that schema can be shown.

/** An instance of an attention head: it moves what it reads at `source` to `destination`. */
export interface HeadInstance {
  readonly layer: number;
  readonly head: number;
  /** Position attended to. */
  readonly source: number;
  /** Position attended from. */
  readonly destination: number;
}

/** One node. Keys of circuit-tracer that the page does not read may stand beside these. */
export interface PageNode {
  readonly node_id: string;
  /** `E` for the embedding, else a number; logits stand above the last layer. */
  readonly layer: string;
  /** Token position; none of the prompt's for a node that belongs to no position. */
  readonly ctx_idx: number;
  readonly feature_type: string;
  /** Label for people. */
  readonly clerp?: string | null;
  readonly jsNodeId?: string | null;
  /** Share of all influence that the nodes down to this one have together, most influential first: 0 to 1. */
  readonly influence?: number | null;
  readonly activation?: number | null;
  readonly token_prob?: number | null;
  readonly is_target_logit?: boolean | null;
  readonly head?: HeadInstance;
  /** Id of the node in whose direction a head is read. */
  readonly serves?: string;
  /** What the node's inputs sum to. */
  readonly preActivation?: number;
  /** Constant part of that sum. */
  readonly bias?: number;
  /** Signed part of that sum that pruning cut. */
  readonly remainder?: number;
  /** What transcoder-circuits calls it: `mlp8tc[89]@-1`. */
  readonly name?: string;
  /** What the paths through it contribute with it, as transcoder-circuits counts. */
  readonly contrib?: number;
  /** What it stands for is part of other inputs, too, so that no share counts it. */
  readonly overlaps?: boolean;
}

/** One edge: how much of the target's pre-activation comes from the source. */
export interface PageLink {
  readonly source: string;
  readonly target: string;
  readonly weight: number;
}

/** A graph as the page takes it. */
export interface PageGraph {
  readonly metadata: {
    readonly slug: string;
    /** Name of the model. */
    readonly scan: string;
    readonly prompt: string;
    readonly prompt_tokens: readonly string[];
    /** Share of influence that pruning kept. */
    readonly node_threshold?: number | null;
    /** `exact` or `compatible`. */
    readonly mode?: string;
    /** What was traced, for people. */
    readonly root?: string;
    readonly replacement_score?: number;
    readonly completeness_score?: number;
    /** Of paths: `cut` where contributions end at the activations that they pass through, `raw` where not. */
    readonly contributions?: string;
  };
  /** What its page opens with. Other programs write lists as texts, too. */
  readonly qParams?: GraphParams | null;
  readonly nodes: readonly PageNode[];
  readonly links: readonly PageLink[];
  /** Relative address of a feature page; `{layer}` stands for the layer. */
  readonly dashboards?: string;
  /** What is marked in the graph and has no place in the schema. */
  readonly saev?: KeptMarks;
}

/** What is chosen and marked in a graph, as circuit-tracer keeps it; `circuits/marks.ts` reads all forms. */
export interface GraphParams {
  /** A list, or ids with commas between them. */
  readonly pinnedIds?: readonly string[] | string | null;
  readonly clickedId?: string | null;
  /** `[name, id, id …]` each, or that as JSON in a text. */
  readonly supernodes?: readonly (readonly string[])[] | string | null;
  /** `[key, label]` each, or that as JSON in a text. */
  readonly clerps?: readonly (readonly string[])[] | string | null;
}

/** A text about a node: its id, and what is said. */
export type NodeText = readonly [id: string, text: string];

/** The key of our own in the file of a graph. */
export interface KeptMarks {
  readonly note?: string;
  readonly notes?: readonly NodeText[];
  /** Labels that nodes came with and that others took the place of. */
  readonly clerps?: readonly (readonly [id: string, clerp: string | null])[];
  /** In the words of Neuronpedia, which keeps them on its server. */
  readonly subgraphs?: readonly KeptSubgraph[];
}

/** A saved subgraph in Neuronpedia's words; `edgeThreshold` is ours. */
export interface KeptSubgraph {
  readonly displayName: string;
  readonly pinnedIds: readonly string[];
  readonly supernodes: readonly (readonly string[])[];
  readonly clerps: readonly NodeText[];
  readonly pruningThreshold: number | null;
  readonly densityThreshold: number | null;
  readonly edgeThreshold: number | null;
}

/** A feature in circuit-tracer's record (frontend/feature_models.py there). */
export interface FeatureDetails {
  readonly index: number;
  readonly top_logits?: readonly string[];
  readonly bottom_logits?: readonly string[];
  readonly act_min?: number;
  readonly act_max?: number;
  /** Counts in bins of equal width from `act_min` to `act_max`. */
  readonly histogram?: readonly number[];
  /** Share of tokens at which it fires. */
  readonly activation_frequency?: number | null;
  readonly examples_quantiles: readonly {
    readonly quantile_name: string;
    readonly examples: readonly {
      readonly tokens: readonly string[];
      readonly tokens_acts_list: readonly number[];
    }[];
  }[];
}

/** What the page opens with. */
export interface CircuitIsland {
  readonly title: string;
  readonly graph: PageGraph;
}

/** Ids of the parts of the page that hold data. */
export const CIRCUIT_NAMES = {
  graph: 'saev-graph',
  /** Keys of the features that the page knows. */
  features: 'saev-features',
  feature: (key: string): string => `saev-feature-${key}`,
} as const;
