// Runs of untrained transcoders of the embedded language model, one a layer.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../src/base/folders.ts';
import { Random } from '../../src/base/random.ts';
import { writeCheckpoint } from '../../src/sae/checkpoints/registry.ts';

const [D_MODEL, D_SAE] = [128, 32];

/** Write runs of transcoders of `world-gpt2` into `folder`, one for each of `nLayers`, and give their names. */
export async function writeTranscoderRuns(folder: string, nLayers = 4): Promise<string[]> {
  const names: string[] = [];
  for (let layer = 0; layer < nLayers; layer++) {
    const name = `layer-${layer}`;
    const run = join(folder, name);
    await makeFolder(run);
    const random = new Random(5, name);
    const normal = (n: number, scale: number): Float32Array =>
      Float32Array.from({ length: n }, () => scale * random.normal());
    const [input, output] = ['ln2.hook_normalized', 'hook_mlp_out'].map(
      (point) => `blocks.${layer}.${point}`,
    ) as [string, string];
    const place = { input, output, layer, model: 'world-gpt2' };
    const config = {
      dIn: D_MODEL,
      dOut: D_MODEL,
      dSae: D_SAE,
      activation: { kind: 'relu' },
      subtractDecoderBias: false,
      place,
      metadata: {},
    } as const;
    const weights = {
      wEnc: normal(D_SAE * D_MODEL, D_MODEL ** -0.5),
      bEnc: normal(D_SAE, 0.1),
      wDec: normal(D_SAE * D_MODEL, 0.1),
      bDec: normal(D_MODEL, 0.1),
    };
    await writeCheckpoint({ config, weights }, join(run, 'checkpoint'));
    const language = { model: 'world-gpt2', texts: { type: 'text-world' } };
    const record = { id: name, status: 'finished', started: new Date().toISOString() };
    await writeFile(join(run, 'run.json'), JSON.stringify(record));
    const data = { layer: input, target: output, language };
    await writeFile(join(run, 'config.json'), JSON.stringify({ data }));
    names.push(name);
  }
  return names;
}
