// A model with GPT-2 small's shapes and random weights, in the published format.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Random } from '../src/base/random.ts';
import { type TensorToWrite, writeSafetensors } from '../src/formats/safetensors.ts';

/** Write GPT-2 small as the hub publishes it, with random weights. */
export async function writeGpt2(folder: string): Promise<void> {
  const [d, vocab, context, nLayers] = [768, 50257, 1024, 12];
  const config = {
    model_type: 'gpt2',
    architectures: ['GPT2LMHeadModel'],
    n_layer: nLayers,
    n_embd: d,
    n_head: 12,
    vocab_size: vocab,
    n_positions: context,
    n_ctx: context,
    activation_function: 'gelu_new',
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  const layer = (i: number): [string, number[]][] => [
    [`h.${i}.ln_1.weight`, [d]],
    [`h.${i}.ln_1.bias`, [d]],
    [`h.${i}.attn.c_attn.weight`, [d, 3 * d]],
    [`h.${i}.attn.c_attn.bias`, [3 * d]],
    [`h.${i}.attn.c_proj.weight`, [d, d]],
    [`h.${i}.attn.c_proj.bias`, [d]],
    [`h.${i}.ln_2.weight`, [d]],
    [`h.${i}.ln_2.bias`, [d]],
    [`h.${i}.mlp.c_fc.weight`, [d, 4 * d]],
    [`h.${i}.mlp.c_fc.bias`, [4 * d]],
    [`h.${i}.mlp.c_proj.weight`, [4 * d, d]],
    [`h.${i}.mlp.c_proj.bias`, [d]],
  ];
  const shapes: [string, number[]][] = [
    ['wte.weight', [vocab, d]],
    ['wpe.weight', [context, d]],
    ...Array.from({ length: nLayers }, (_, i) => layer(i)).flat(),
    ['ln_f.weight', [d]],
    ['ln_f.bias', [d]],
  ];
  const random = new Random(1);
  const tensors = shapes.map(([name, shape]): [string, TensorToWrite] => {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    const centre = /ln_.*weight/.test(name) ? 1 : 0;
    for (let i = 0; i < data.length; i++) data[i] = centre + 0.02 * random.normal();
    return [name, { dtype: 'F32', shape, data }];
  });
  await writeSafetensors(join(folder, 'model.safetensors'), tensors, {
    metadata: { format: 'pt' },
  });
}
