// The text tower of open_clip's and OpenAI's checkpoints (open_clip/transformer.py, TextTransformer), whose names stand
// alone or under `text.`:
//
//   token_embedding.weight [vocabulary, d] · positional_embedding [positions, d] · transformer.resblocks.N.{…} as in the
//   image tower · ln_final.{weight,bias} · text_projection [d, dOut], or text_projection.{weight [dOut, d],bias}
//
// With it go visual.proj [dVision, dOut] (CLIP), logit_scale and, where a sigmoid is meant, logit_bias.
import { UserError } from '../../base/errors.ts';
import type { Linear } from '../block/linear.ts';
import { clipBlock } from '../clip-block.ts';
import { countBlocks, linearAt, normAt, underPrefix, type Weights } from '../weights.ts';
import type { TextTowerConfig } from './config.ts';
import type { TextTowerParts } from './graph.ts';

/** Parts of a text tower, with its sizes. */
export interface ReadTextTower {
  readonly parts: TextTowerParts;
  readonly vocabularySize: number;
  /** Tokens of a row. */
  readonly contextLength: number;
}

/**
 * Read the text tower of a checkpoint.
 * @throws {UserError} when it holds none, or a damaged one
 */
export function openClipTextTower(all: Weights, config: TextTowerConfig): ReadTextTower {
  const weights = all.has('text.token_embedding.weight') ? underPrefix(all, 'text.') : all;
  if (!weights.has('token_embedding.weight') || !weights.has('ln_final.weight'))
    throw new UserError('the checkpoint holds no text tower');
  const [vocabularySize, dModel] = weights.shapeOf('token_embedding.weight') as [number, number];
  const [contextLength] = weights.shapeOf('positional_embedding') as [number];
  const nLayers = countBlocks(weights, (i) => `transformer.resblocks.${i}.ln_1.weight`);
  const { nHeads = dModel / 64, isCausal = true } = config;
  if (!Number.isInteger(nHeads) || dModel % nHeads !== 0) {
    throw new UserError(`invalid number of heads ${nHeads} for a text tower ${dModel} wide`);
  }
  const { layerNormEpsilon: epsilon = 1e-5, activation = 'gelu' } = config;
  return {
    vocabularySize,
    contextLength,
    parts: {
      embed: weights.take('token_embedding.weight', [vocabularySize, dModel]),
      positions: weights.take('positional_embedding', [contextLength, dModel]),
      blocks: Array.from({ length: nLayers }, (_, i) =>
        clipBlock(
          underPrefix(weights, `transformer.resblocks.${i}.`),
          { dModel, nHeads },
          { epsilon, activation },
        ),
      ),
      finalNorm: normAt(weights, 'ln_final', dModel, epsilon),
      projection: projectionOf(weights, dModel),
      isCausal,
    },
  };
}

function projectionOf(weights: Weights, dModel: number): Linear | undefined {
  if (weights.has('text_projection')) {
    const dOut = weights.shapeOf('text_projection')[1]!;
    return { weight: weights.take('text_projection', [dModel, dOut]), order: 'in-out' };
  }
  if (!weights.has('text_projection.weight')) return undefined;
  const dOut = weights.shapeOf('text_projection.weight')[0]!;
  return linearAt(weights, 'text_projection', dOut, dModel);
}
