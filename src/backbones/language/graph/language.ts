// A language model as a graph: tokens in, blocks, logits out. A family is a description of its weights; this file turns
// it into a graph with the hook points that a run asks for.
import { input, integers, type Value } from '../../../compute/onnx/graph.ts';
import {
  add,
  expandLike,
  gather,
  gatherElements,
  mul,
  reduceLogSumExp,
  reshape,
  scale,
  sub,
  tanh,
} from '../../../compute/onnx/ops.ts';
import type { AttentionContext } from '../../block/attention-parts.ts';
import { type Block, transformerBlock } from '../../block/block.ts';
import { collectHooks, type Hooks, LANGUAGE_HOOKS } from '../../block/hooks.ts';
import { applyLinear, type Linear } from '../../block/linear.ts';
import { hookedNorm, type Norm } from '../../block/norm.ts';
import type { LanguageConfig } from '../model-config.ts';
import { LOGITS, LOSS } from '../types.ts';

/** Names of the graph's inputs; feeds.ts makes what goes in. */
export const INPUTS = {
  tokens: 'tokens',
  positions: 'positions',
  mask: 'mask',
  /** Where a position is a token and not padding. */
  present: 'present',
  targets: 'targets',
  cos: 'cos',
  sin: 'sin',
} as const;

/** Logits of the last position only, `[batch, dVocab]`. */
export const LAST_LOGITS = 'last_logits';

/** Names of a layer's keys and values: of earlier positions as inputs, of all so far as outputs. */
export function cacheNames(layer: number, when: 'past' | 'present'): { k: string; v: string } {
  return { k: `${when}.${layer}.k`, v: `${when}.${layer}.v` };
}

/** What a family says about its model. */
export interface LanguageParts {
  readonly config: LanguageConfig;
  /** `[dVocab, dModel]`. */
  readonly embed: Value;
  /** Learned positions `[nCtx, dModel]`. */
  readonly positions?: Value;
  readonly blocks: readonly Block[];
  readonly finalNorm?: Norm;
  /** From `dModel` to `dVocab`. */
  readonly unembed: Linear;
}

export interface LanguageGraphOptions {
  /** Rows have padding on their left. */
  readonly padded?: boolean;
  /** Keys and values of earlier positions are given, and those up to now can be read. */
  readonly cache?: boolean;
}

/** The graph of a model with the points in `wanted`, or with every point; in order of computation. */
export function languageGraph(
  parts: LanguageParts,
  wanted?: ReadonlySet<string>,
  options: LanguageGraphOptions = {},
): ReadonlyMap<string, Value> {
  const hooks = collectHooks(LANGUAGE_HOOKS, wanted);
  const { config, blocks, finalNorm, unembed } = parts;
  const tokens = input(INPUTS.tokens, ['batch', 'positions'], 'int64');
  const { residual, context } = embed(tokens, parts, options, hooks);
  let x = residual;
  blocks.forEach((block, i) => {
    const past = options.cache === true ? pastOf(i, config) : undefined;
    const { out, present } = transformerBlock(x, block, `blocks.${i}`, hooks, { ...context, past });
    const names = cacheNames(i, 'present');
    if (options.cache === true && present !== undefined) {
      hooks.mark(names.k, present.k);
      hooks.mark(names.v, present.v);
    }
    x = out;
  });
  const normed = finalNorm === undefined ? x : hookedNorm(x, finalNorm, 'ln_final', hooks);
  const logits = capped(applyLinear(normed, unembed), config);
  hooks.mark(LOGITS, logits);
  hooks.mark(LOSS, nextTokenLoss(logits));
  const last = reshape(gather(normed, integers([-1]), 1), ['batch', config.dModel]);
  hooks.mark(LAST_LOGITS, capped(applyLinear(last, unembed), config));
  return hooks.points;
}

/** The residual stream before the first block, and what all attention layers are given. */
function embed(
  tokens: Value,
  parts: LanguageParts,
  { padded = false, cache = false }: LanguageGraphOptions,
  hooks: Hooks,
): { residual: Value; context: AttentionContext } {
  const { config } = parts;
  const rows = padded ? 'batch' : 1;
  const keys = cache ? 'past+positions' : 'positions';
  const mask = input(INPUTS.mask, [rows, 1, 'positions', keys]);
  const content = hooks.mark('hook_embed', gather(parts.embed, tokens));
  if (config.positions === 'rotary') {
    const shape = [rows, 'positions', 1, config.rotary!.dim];
    const rotary = { cos: input(INPUTS.cos, shape), sin: input(INPUTS.sin, shape) };
    return { residual: content, context: { mask, padded, rotary } };
  }
  const index = input(INPUTS.positions, [rows, 'positions'], 'int64');
  let places = gather(parts.positions!, index);
  // TransformerLens gives padding no position.
  if (padded) places = mul(places, input(INPUTS.present, ['batch', 'positions', 1]));
  if (hooks.wants('hook_pos_embed')) {
    const shape = ['batch', 'positions', config.dModel];
    places = hooks.mark('hook_pos_embed', expandLike(places, content, shape));
  }
  return config.positions === 'shortformer'
    ? { residual: content, context: { mask, padded, shortformer: places } }
    : { residual: add(content, places), context: { mask, padded } };
}

function capped(logits: Value, { logitSoftcap: cap }: LanguageConfig): Value {
  return cap === undefined ? logits : scale(tanh(scale(logits, 1 / cap)), cap);
}

function pastOf(
  layer: number,
  { nHeads, nKeyHeads = nHeads, dHead }: LanguageConfig,
): { k: Value; v: Value } {
  const { k, v } = cacheNames(layer, 'past');
  const shape = ['batch', nKeyHeads, 'past', dHead];
  return { k: input(k, shape), v: input(v, shape) };
}

/** `log Σ exp(logits) − logits[target]`, `[batch, positions]`; the last position's target means nothing. */
function nextTokenLoss(logits: Value): Value {
  const targets = input(INPUTS.targets, ['batch', 'positions', 1], 'int64');
  const loss = sub(reduceLogSumExp(logits, [2]), gatherElements(logits, targets, 2));
  return reshape(loss, ['batch', 'positions']);
}
