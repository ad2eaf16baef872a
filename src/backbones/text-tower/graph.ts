// The text tower of models that compare images with texts, as a graph: tokens in, one vector of each text out.
import { input, type Value } from '../../compute/onnx/graph.ts';
import { add, gather, matMul, reshape } from '../../compute/onnx/ops.ts';
import { type Block, transformerBlock } from '../block/block.ts';
import { collectHooks, VISION_HOOKS } from '../block/hooks.ts';
import { applyLinear, type Linear } from '../block/linear.ts';
import { applyNorm, type Norm } from '../block/norm.ts';

/** What a checkpoint holds of its text tower. */
export interface TextTowerParts {
  /** Token embeddings `[vocabulary, dModel]`. */
  readonly embed: Value;
  /** Position embeddings `[positions, dModel]`. */
  readonly positions: Value;
  readonly blocks: readonly Block[];
  readonly finalNorm: Norm;
  /** To the space that images share; the pooled vector itself where there is none. */
  readonly projection?: Linear | undefined;
  /** Whether a position sees only those before it. */
  readonly isCausal: boolean;
}

/** Names of what the graph is fed. */
export const TEXT_INPUTS = {
  /** `[texts, positions]`, int64. */
  tokens: 'tokens',
  /** Their places, `[positions]`, int64. */
  places: 'places',
  /** 0 where a query may look, −∞ elsewhere, `[1, 1, positions, positions]`; causal towers alone. */
  mask: 'mask',
  /** 1 at the position that stands for its text, 0 elsewhere, `[texts, 1, positions]`. */
  pooled: 'pooled',
} as const;

/** Name of the graph's result, `[texts, dOut]`. */
export const TEXT_OUTPUT = 'texts';

/** The graph of a text tower. */
export function textTowerGraph(parts: TextTowerParts): Value {
  const { embed, positions, blocks, finalNorm, projection, isCausal } = parts;
  const tokens = input(TEXT_INPUTS.tokens, ['batch', 'positions'], 'int64');
  const places = input(TEXT_INPUTS.places, ['positions'], 'int64');
  const mask = isCausal ? { mask: input(TEXT_INPUTS.mask, [1, 1, 'positions', 'positions']) } : {};
  const hooks = collectHooks(VISION_HOOKS, new Set());
  let x = add(gather(embed, tokens), gather(positions, places));
  blocks.forEach((block, i) => {
    x = transformerBlock(x, block, `blocks.${i}`, hooks, mask).out;
  });
  const pooled = matMul(
    input(TEXT_INPUTS.pooled, ['batch', 1, 'positions']),
    applyNorm(x, finalNorm),
  );
  const dModel = pooled.shape[2]!;
  const vectors = reshape(pooled, ['batch', dModel]);
  return projection === undefined ? vectors : applyLinear(vectors, projection);
}
