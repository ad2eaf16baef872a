// A coder as it stands, ready to be put into the model's place.
import type { Kernels } from '../compute/kernels/types.ts';
import type { SparseCoder } from '../sae/coder.ts';
import { decode } from '../sae/decode.ts';
import { openEncoder } from '../sae/encoder.ts';
import { denormalizeOutputs, normalizeInputs } from '../sae/normalization.ts';
import type { CoderPlace, PlacedCoder } from './substitution.ts';

/** Load a coder to reconstruct the model's own numbers; `close` frees it. */
export async function placeCoder(
  coder: SparseCoder,
  place: CoderPlace,
  kernels: Kernels,
): Promise<PlacedCoder & { close(): Promise<void> }> {
  const encoder = await openEncoder(coder, { kernels });
  return {
    ...place,
    async reconstruct(acts) {
      const inputs = normalizeInputs(acts, coder.config);
      const codes = await encoder.encode(inputs);
      return denormalizeOutputs(decode(codes, coder, inputs), coder.config);
    },
    close: () => encoder.close(),
  };
}
