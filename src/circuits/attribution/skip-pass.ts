// How gradients pass the skip connection of a transcoder, from an MLP's output to what it reads at the same position:
// `g += N W_skipᵀ g`, with N the norm before the MLP, frozen, where the transcoder reads behind one.
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import { mean } from '../../base/arrays.ts';
import type { FrozenPrompt } from './flow.ts';
import { readPoint } from './frozen-model.ts';
import { countAt, type Placed, positionsOf } from './places.ts';
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

/**
 * What a gradient at the outputs of a layer's MLP is at the inputs by its skip connection, `[places, dModel]`; undefined
 * where there is none.
 */
export async function throughSkip(
  { dModel, gemm, skips }: FrozenPrompt,
  layer: number,
  { places, data }: Placed,
): Promise<Float32Array | undefined> {
  const skip = skips[layer];
  const nPlaces = places.start.at(-1)!;
  if (skip === undefined || nPlaces === 0) return undefined;
  const passed = new Float32Array(nPlaces * dModel);
  await gemm(
    [nPlaces, dModel, dModel],
    { data, stride: dModel },
    { data: skip.weights, stride: dModel },
    { data: passed, stride: dModel },
  );
  if (skip.scales === undefined) return passed;
  for (let position = 0; position < positionsOf(places); position++) {
    const scale = skip.scales[position]!;
    const first = places.start[position]!;
    for (let i = first; i < first + countAt(places, position); i++) {
      const row = passed.subarray(i * dModel, (i + 1) * dModel);
      const centre = mean(row);
      for (let j = 0; j < dModel; j++) row[j] = (row[j]! - centre) / scale;
    }
  }
  return passed;
}
