// A transcoder of the embedded language model as transcoder-circuits publishes one: a `.pt` that names model, texts and contexts.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Random } from '../../src/base/random.ts';
import { writeCheckpoint } from '../../src/sae/checkpoints/registry.ts';
import type { CoderConfig } from '../../src/sae/coder.ts';

const [D_MODEL, D_SAE] = [128, 8];

/** Tokens in a context, as the files say. */
export const PUBLISHED_CONTEXT = 12;

/** Write texts and a transcoder of a layer of `world-gpt2` that names them; its path. */
export async function writePublishedCoder(
  folder: string,
  { layer = 1, ...fields }: { layer?: number } & Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const texts = join(folder, 'texts.txt');
  await writeFile(texts, 'Today the dogs near the old tower see the cat. '.repeat(40));
  const random = new Random(layer, 'published');
  const normal = (n: number): Float32Array =>
    Float32Array.from({ length: n }, () => 0.1 * random.normal());
  const config: CoderConfig = {
    dIn: D_MODEL,
    dOut: D_MODEL,
    dSae: D_SAE,
    activation: { kind: 'relu' },
    subtractDecoderBias: false,
    isTranscoder: true,
    place: {
      model: 'world-gpt2',
      layer,
      input: `blocks.${layer}.ln2.hook_normalized`,
      output: `blocks.${layer}.hook_mlp_out`,
    },
    metadata: {
      dataset_path: texts,
      context_size: PUBLISHED_CONTEXT,
      store_batch_size: 4,
      ...fields,
    },
  };
  const weights = {
    wEnc: normal(D_SAE * D_MODEL),
    bEnc: normal(D_SAE),
    wDec: normal(D_SAE * D_MODEL),
    bDec: normal(D_MODEL),
  };
  const path = join(folder, `layer${layer}.pt`);
  await writeCheckpoint({ config, weights }, path, 'transcoder-circuits');
  return path;
}
