// The names of hook points, as TransformerLens has them: the one place that puts them together and takes them apart.
// Weights under TransformerLens' names (`blocks.3.attn.W_Q`) are named alike.

/** Where in the network to read or write, by its TransformerLens name: `blocks.8.hook_resid_post`. */
export type HookPoint = string;

/** A hook point in a block, taken apart. */
export interface BlockHook {
  /** Index of the block. */
  readonly layer: number;
  /** Its name in the block: `ln2.hook_normalized`. */
  readonly part: string;
}

/** Give the name of a part of a block: `hook(8, 'hook_mlp_out')` is `blocks.8.hook_mlp_out`. */
export function hook(layer: number, part: string): HookPoint {
  return `blocks.${layer}.${part}`;
}

/** Take a name apart; undefined for those outside the blocks, such as `hook_embed` and `ln_final.hook_normalized`. */
export function parseHook(name: HookPoint): BlockHook | undefined {
  const match = /^blocks\.(\d+)\.(.+)$/.exec(name);
  return match === null ? undefined : { layer: Number(match[1]), part: match[2]! };
}

/** Name the hook point of the residual stream after a block; `layer` counts from the end when negative (−2: last but one). */
export function residualHook(layer: number, nLayers: number): HookPoint {
  return hook(layer < 0 ? nLayers + layer : layer, 'hook_resid_post');
}

/**
 * Count the blocks that must be computed to reach a point: 4 for `blocks.3.hook_mlp_out`, 0 for the embeddings, infinite
 * for what comes after the last block.
 */
export function blocksUpTo(name: HookPoint): number {
  const parsed = parseHook(name);
  if (parsed !== undefined) return parsed.layer + 1;
  return name === 'hook_embed' || name === 'hook_pos_embed' ? 0 : Number.POSITIVE_INFINITY;
}

/** Points of a language model that TransformerLens records only when told to: one copy for each head. */
const OPTIONAL = new Set([
  'attn.hook_result',
  'hook_attn_in',
  'hook_q_input',
  'hook_k_input',
  'hook_v_input',
  'hook_mlp_in',
]);

/** Tell whether TransformerLens records a point only when told to. */
export function isOptional(name: HookPoint): boolean {
  return OPTIONAL.has(parseHook(name)?.part ?? '');
}

/** What attention reads where each head has a copy of its own to read. */
const HEAD_INPUTS = new Set(['hook_attn_in', 'hook_q_input', 'hook_k_input', 'hook_v_input']);

/** Tell whether a point is a copy of the residual stream that one head each reads, `[batch, positions, heads, dModel]`. */
export function isHeadInput(name: HookPoint): boolean {
  return HEAD_INPUTS.has(parseHook(name)?.part ?? '');
}

/** Number of axes of a point's tensor in a language model: four where heads have one, else three. */
export function rankAt(name: HookPoint): number {
  const isOfHeads = parseHook(name)?.part.startsWith('attn.hook_') === true;
  return isOfHeads || isHeadInput(name) ? 4 : 3;
}

/** The axis along which positions of the prompt stand: queries in attention scores and patterns. */
export function positionAxis(name: HookPoint): number {
  const part = parseHook(name)?.part;
  return part === 'attn.hook_attn_scores' || part === 'attn.hook_pattern' ? 2 : 1;
}
