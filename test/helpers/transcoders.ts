// Random transcoders for the language models of the fixtures.
import type { LanguageBackbone } from '../../src/backbones/language/types.ts';
import { Random } from '../../src/base/random.ts';
import { type TranscoderSet, transcoderSet } from '../../src/circuits/transcoders.ts';
import type { CoderConfig } from '../../src/sae/coder.ts';

export interface RandomTranscoders {
  readonly dSae?: number;
  /** All of them by default. */
  readonly layers?: readonly number[];
  /** Point in the block that is read. */
  readonly input?: string | undefined;
  readonly seed?: number;
  readonly config?: Partial<CoderConfig>;
  /** Beside latents a skip connection, or gates before them. */
  readonly parts?: readonly ('skip' | 'gates')[] | undefined;
}

/** Make transcoders whose features fire at about a third of the positions. */
export function randomTranscoders(
  backbone: LanguageBackbone,
  options: RandomTranscoders = {},
): TranscoderSet {
  const { dModel, nLayers } = backbone.config;
  const { dSae = 12, input = 'ln2.hook_normalized', seed = 1 } = options;
  const { parts = [] } = options;
  const { layers = [...Array(nLayers).keys()] } = options;
  const files = layers.map((layer) => {
    const random = new Random(seed, String(layer));
    const normal = (n: number, scale: number): Float32Array =>
      Float32Array.from({ length: n }, () => scale * random.normal());
    const config: CoderConfig = {
      dIn: dModel,
      dOut: dModel,
      dSae,
      activation: { kind: parts.includes('gates') ? 'gated' : 'relu' },
      subtractDecoderBias: false,
      metadata: {},
      ...options.config,
    };
    const weights = {
      wEnc: normal(dSae * dModel, 1 / Math.sqrt(dModel)),
      bEnc: normal(dSae, 0.2).map((b) => b - 0.3),
      wDec: normal(dSae * dModel, 0.2),
      bDec: normal(dModel, 0.1),
      ...(parts.includes('skip')
        ? { wSkip: normal(dModel * dModel, 0.3 / Math.sqrt(dModel)) }
        : {}),
      ...(parts.includes('gates')
        ? { gated: { rMag: normal(dSae, 0.5), bGate: normal(dSae, 0.2) } }
        : {}),
    };
    const places = {
      layer,
      input: `blocks.${layer}.${input}`,
      output: `blocks.${layer}.hook_mlp_out`,
    };
    return { name: `random ${layer}`, places, config, read: async () => ({ config, weights }) };
  });
  return transcoderSet(files, { backbone, threads: 1 });
}
