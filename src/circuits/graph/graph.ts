// An attribution graph as plain data: what circuits are drawn, written and tested from.

/** What a node stands for. */
export type NodeKind =
  /** A feature of a transcoder that fires at a position. */
  | 'feature'
  /** What a transcoder leaves of its MLP's output at a position: `mlp_out − reconstruction`; all of it without one. */
  | 'error'
  /** The embedding of the token at a position. */
  | 'token'
  /** The embedding of a position. */
  | 'position'
  /** A bias that is added to the residual stream at every position: of attention or of a transcoder's decoder. */
  | 'bias'
  /** What an attention head carries from one position to another, for one target. */
  | 'head'
  /** The logit of a token, or a difference of two, at a position. */
  | 'logit'
  /** Any vector at a hook point. */
  | 'vector';

/** What an attention head carries: `pattern[destination, source] · v[source] W_O`, seen along one target. */
export interface HeadInstance {
  readonly layer: number;
  readonly head: number;
  readonly source: number;
  readonly destination: number;
}

/** A node of an attribution graph. */
export interface GraphNode {
  /** Unique in the graph, and the same for the same thing in another graph of the prompt. */
  readonly id: string;
  readonly kind: NodeKind;
  /** What a person reads: `2/31 at 4`, `"cat"`, `head 1.0: 2 → 5`. */
  readonly label: string;
  /** Block of features, errors, biases and heads; −1 for embeddings, the number of blocks for logits. */
  readonly layer: number;
  /** Position in the prompt; undefined for biases, which stand for all positions. A head's is its destination. */
  readonly position?: number;
  /** Index in the transcoder; of features. */
  readonly feature?: number;
  /** Of a feature: its code, 0 where it does not fire. */
  readonly activation?: number;
  /** Of tokens and logits. */
  readonly token?: number;
  /** The token whose logit is subtracted; of differences of logits. */
  readonly less?: number;
  /** Probability that the model gives the token; of logits. */
  readonly probability?: number;
  readonly head?: HeadInstance & {
    /** Id of the node that the head is seen along. */
    readonly target: string;
  };
  /** Which bias: `b_O` of attention, `b_dec` of the transcoder's decoder; `b_enc` of a feature in compatible mode. */
  readonly bias?: 'b_O' | 'b_dec' | 'b_enc';
  /**
   * Of nodes with inputs, what they and `constant` sum to: the pre-activation of a feature, the logit (less the mean logit if so
   * chosen), what a head gives its target. Undefined for sources without inputs, whose size is in their edges.
   */
  readonly value?: number;
  /** Whether the node's inputs are known. */
  readonly hasInputs: boolean;
  /** Whether the graph was grown from this node. */
  readonly isRoot: boolean;
  /** Part of `value` that is the node's own constant: a feature's `b_enc`, a logit's `b_U`. */
  readonly constant: number;
  /** Part of `value` that comes over edges and from nodes that are not in the graph. */
  readonly remainder: number;
  /**
   * Share of the roots' inputs, followed back through the graph, that passes this node: 0 … 1; 1 for roots together; 0 for
   * what overlaps.
   */
  readonly influence: number;
  /** What the method calls the node: in compatible mode as transcoder-circuits prints it, `mlp8tc[89]@-1`. */
  readonly name?: string;
  /** In compatible mode: what all paths through the node contribute with it, the activation of a feature that is a root. */
  readonly contribution?: number;
  /** What the node stands for is part of other inputs, too: error nodes of compatible mode. No share counts it. */
  readonly overlaps?: true;
}

/** Source's contribution to the value of the target, as indices into the nodes. May be negative. */
export interface GraphEdge {
  readonly source: number;
  readonly target: number;
  readonly weight: number;
}

/**
 * A pruned attribution graph under frozen attention patterns and norms. For every node with inputs,
 * `value = Σ weights of its edges + constant + remainder`.
 */
export interface CircuitGraph {
  /** Name of the model. */
  readonly model: string;
  /** Names of the transcoders by layer. */
  readonly transcoders: Readonly<Record<string, string>>;
  readonly prompt: string;
  readonly tokens: readonly number[];
  /** Each token as text. */
  readonly tokenStrings: readonly string[];
  readonly nLayers: number;
  /** Roots first, then by layer from the top, then by position. */
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly pruning: { readonly nodeThreshold: number; readonly edgeThreshold: number };
  /** Of exact mode alone: shares need inputs that sum to a whole. */
  readonly scores?: GraphScores;
  /** Of compatible mode: whether contributions are as they are, or cut at the activations that they pass through. */
  readonly contributions?: 'raw' | 'cut';
  /** How much of everything that could be a node is here. */
  readonly counts: {
    /** Features that fire on the prompt. */
    readonly active: number;
    /** Features whose inputs were computed. */
    readonly expanded: number;
  };
}

/** How much of a circuit is explained, 0 … 1 (Ameisen et al., "Circuit Tracing", 2025). */
export interface GraphScores {
  /** Influence of embeddings as a share of that of embeddings and errors: paths that end at the prompt. */
  readonly replacement: number;
  /**
   * Share of the nodes' inputs that are no errors, weighted by the nodes' influence. As in circuit-tracer, nodes without
   * inputs count as explained.
   */
  readonly completeness: number;
}
