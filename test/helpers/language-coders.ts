// Untrained coders of the embedded language model, written to disk: enough to run what takes trained ones.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Random } from '../../src/base/random.ts';
import { writeCheckpoint } from '../../src/sae/checkpoints/registry.ts';
import type { CoderConfig } from '../../src/sae/coder.ts';

const [D_MODEL, N_LAYERS] = [128, 4];

/** Paths of what was written. */
export interface LanguageCoders {
  /** One a layer. */
  readonly transcoders: readonly string[];
  /** Of the output of MLP 2. */
  readonly sae: string;
}

/** Write a TopK transcoder for every layer of `world-gpt2`, and an SAE, into a folder. */
export async function writeLanguageCoders(folder: string): Promise<LanguageCoders> {
  await mkdir(folder, { recursive: true });
  const transcoders: string[] = [];
  for (let layer = 0; layer < N_LAYERS; layer++) {
    const path = join(folder, `layer_${layer}`);
    await write(path, layer, `blocks.${layer}.ln2.hook_normalized`);
    transcoders.push(path);
  }
  const sae = join(folder, 'sae');
  await write(sae, 2, 'blocks.2.hook_mlp_out');
  return { transcoders, sae };
}

async function write(path: string, layer: number, input: string): Promise<void> {
  const dSae = 256;
  const random = new Random(layer, input);
  const normal = (n: number, scale: number): Float32Array =>
    Float32Array.from({ length: n }, () => scale * random.normal());
  const output = `blocks.${layer}.hook_mlp_out`;
  const config: CoderConfig = {
    dIn: D_MODEL,
    dOut: D_MODEL,
    dSae,
    activation: { kind: 'topk', k: 8 },
    subtractDecoderBias: false,
    isTranscoder: input !== output,
    place: { model: 'world-gpt2', input, output, layer },
    metadata: {},
  };
  const wDec = normal(dSae * D_MODEL, 0.1);
  const weights = {
    wEnc: normal(dSae * D_MODEL, 1 / Math.sqrt(D_MODEL)),
    bEnc: normal(dSae, 0.1),
    wDec,
    bDec: normal(D_MODEL, 0.1),
  };
  await writeCheckpoint({ config, weights }, path);
}
