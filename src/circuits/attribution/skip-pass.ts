// How gradients pass the skip connection of a transcoder, from an MLP's output to what it reads at the same position:
// `g += N W_skipᵀ g`, with N the norm before the MLP, frozen, where the transcoder reads behind one.
import { mean } from '../../base/arrays.ts';
import type { FrozenPrompt } from './flow.ts';
import { countAt, type Placed, positionsOf } from './places.ts';

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
