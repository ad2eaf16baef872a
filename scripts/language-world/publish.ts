// The trained model in the format in which HuggingFace publishes GPT-2, with what was measured on it.
import { join } from 'node:path';
import { writeFileAtomic } from '../../src/base/files.ts';
import { makeFolder } from '../../src/base/folders.ts';
import { writeSafetensors } from '../../src/formats/safetensors.ts';
import { weightTensors } from '../training/fed-weights.ts';
import type { Evaluation } from './evaluate.ts';
import { CONFIG_JSON, weightShapes } from './model.ts';
import { worldTokenizerConfig, worldTokenizerSpec } from './tokenizer.ts';

/** Write weights, config, tokenizer and what was measured to a folder. */
export async function publish(
  folder: string,
  weights: ReadonlyMap<string, Float32Array>,
  heldOut: Evaluation,
): Promise<void> {
  await makeFolder(folder);
  const json = (name: string, content: object): Promise<void> =>
    writeFileAtomic(join(folder, name), `${JSON.stringify(content, null, 1)}\n`);
  await json('config.json', CONFIG_JSON);
  await json('tokenizer.json', worldTokenizerSpec());
  await json('tokenizer_config.json', worldTokenizerConfig());
  await writeSafetensors(
    join(folder, 'model.safetensors'),
    weightTensors(weights, weightShapes()),
    { metadata: { format: 'pt' } },
  );
  await json('held-out.json', heldOut);
}
