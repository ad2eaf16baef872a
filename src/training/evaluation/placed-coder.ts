// A coder as it stands, ready to be put into the model's place.
import type { Kernels } from '../../compute/kernels/types.ts';
import type { SparseCoder } from '../../sae/coder.ts';
import { openEncoder } from '../../sae/encoder.ts';
import { denormalizeOutputs, normalizeInputs } from '../../sae/normalization.ts';
import type { CoderPlace, PlacedCoder } from './substitution.ts';

/** Load a coder to reconstruct the model's own numbers; `close` frees it. */
export async function openPlacedCoder(
  coder: SparseCoder,
  place: CoderPlace,
  kernels: Kernels,
): Promise<PlacedCoder & { close(): Promise<void> }> {
  const encoder = await openEncoder(coder, { kernels });
  return {
    ...place,
    async reconstruct(acts) {
      const outputs = await encoder.reconstruct(normalizeInputs(acts, coder.config));
      return denormalizeOutputs(outputs, coder.config);
    },
    close: () => encoder.close(),
  };
}
