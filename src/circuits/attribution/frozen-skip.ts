// Skip connections of transcoders, as linear as all else that is frozen.
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import { readPoint } from './frozen-model.ts';
import type { PromptState } from './prompt-state.ts';

/** The skip connection of a layer's transcoder as a linear map of the residual stream. */
export interface FrozenSkip {
  /** `[dModel, dModel]`, outputs by inputs, on the model's own scale. */
  readonly weights: Float32Array;
  /** Scales of the norm that is read behind, by position; undefined where none is. */
  readonly scales: Float32Array | undefined;
}

/** The skip connections of a prompt's transcoders, by layer. */
export function frozenSkips(
  { config }: Pick<LanguageBackbone, 'config'>,
  { blocks, scales }: PromptState,
): (FrozenSkip | undefined)[] {
  return blocks.map(({ transcoder }) => {
    const wSkip = transcoder?.coder.weights.wSkip;
    if (transcoder === undefined || wSkip === undefined) return undefined;
    const { scale = 1 } = transcoder.coder.config.normalization ?? {};
    const { norm } = readPoint(transcoder.coder.input, config);
    return {
      weights: scale === 1 ? wSkip : wSkip.map((value) => value / scale),
      scales: norm === undefined ? undefined : scales.get(norm),
    };
  });
}
