// A coder whose features are given directions: what lies along each, where it is positive.
import type { Activation } from '../../../sae/activation-functions/registry.ts';
import type { SparseCoder } from '../../../sae/coder.ts';
import { type Coder, openCoder } from '../../../sae/open-coder.ts';
import type { ScoredCoder } from '../coded-rows.ts';
import type { FitOptions } from './baseline.ts';

/** Directions and what is done with them. */
interface Directions {
  /** `[features, dModel]` */
  readonly directions: Float32Array;
  /** Taken off rows before, and added to reconstructions. */
  readonly mean: Float32Array;
  readonly activation: Activation;
}

/** Open a coder with these directions for its encoder and its decoder. */
export async function openDirections(
  name: string,
  { directions, mean, activation }: Directions,
  { threads, signal }: FitOptions,
): Promise<ScoredCoder & { readonly reconstruct: Coder['reconstruct'] }> {
  const dModel = mean.length;
  const dSae = directions.length / dModel;
  const coder: SparseCoder = {
    config: {
      dIn: dModel,
      dOut: dModel,
      dSae,
      activation,
      subtractDecoderBias: true,
      metadata: {},
    },
    weights: {
      wEnc: directions,
      bEnc: new Float32Array(dSae),
      wDec: directions,
      bDec: mean,
    },
  };
  const running = await openCoder(coder, {
    ...(threads !== undefined && { threads }),
    ...(signal && { signal }),
  });
  return {
    name,
    dSae,
    encode: running.encodeScaled,
    evaluate: running.evaluateScaled,
    reconstruct: running.reconstruct,
    close: running.close,
  };
}
