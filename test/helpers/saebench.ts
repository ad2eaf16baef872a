// What tests of SAEBench share: the coders and tokens of fixtures/saebench.
import { transpose } from '../../src/base/arrays.ts';
import { openSafetensors } from '../../src/formats/safetensors.ts';
import type { SparseCoder } from '../../src/sae/coder.ts';
import { openCoder } from '../../src/sae/open-coder.ts';
import type { BenchedCoder } from '../../src/studies/saebench/benched-coder.ts';

/** Places of the coders. */
const PLACES = {
  relu: { point: 'blocks.0.hook_resid_post', layer: 0 },
  topk: { point: 'blocks.1.attn.hook_z', layer: 1 },
  head: { point: 'blocks.0.attn.hook_q', layer: 0, head: 2 },
} as const;

/** Coders and contexts of a small GPT-2. */
export interface BenchFixture {
  readonly contexts: readonly Int32Array[];
  read(name: keyof typeof PLACES): Promise<SparseCoder>;
  coder(name: keyof typeof PLACES): Promise<BenchedCoder>;
  /** A tensor as rows of whole numbers. */
  rows(name: string): Promise<Int32Array[]>;
  floats(name: string): Promise<{ data: Float32Array; width: number }>;
  close(): Promise<void>;
}

/** Open the fixtures. */
export async function benchFixture(): Promise<BenchFixture> {
  const file = await openSafetensors('fixtures/saebench/inputs.safetensors');
  const opened: BenchedCoder[] = [];
  const floats = async (name: string): Promise<{ data: Float32Array; width: number }> => ({
    data: await file.readFloat32(name),
    width: file.tensors.get(name)!.shape.at(-1)!,
  });
  const rows = async (name: string): Promise<Int32Array[]> => {
    const { data, width } = await floats(name);
    return Array.from({ length: data.length / width }, (_, row) =>
      Int32Array.from(data.subarray(row * width, (row + 1) * width)),
    );
  };
  const read = async (name: keyof typeof PLACES): Promise<SparseCoder> => {
    const place = PLACES[name];
    const wDec = await floats(`${name}.W_dec`);
    const dIn = wDec.width;
    const dSae = wDec.data.length / dIn;
    const { point, layer } = place;
    return {
      config: {
        dIn,
        dOut: dIn,
        dSae,
        activation: name === 'topk' ? { kind: 'topk', k: 5 } : { kind: 'relu' },
        subtractDecoderBias: true,
        place: {
          model: 'gpt2',
          input: point,
          output: point,
          layer,
          ...('head' in place && { head: place.head }),
        },
        metadata: {},
      },
      weights: {
        wEnc: transpose((await floats(`${name}.W_enc`)).data, dIn, dSae),
        bEnc: (await floats(`${name}.b_enc`)).data,
        wDec: wDec.data,
        bDec: (await floats(`${name}.b_dec`)).data,
      },
    };
  };
  return {
    contexts: await rows('tokens'),
    read,
    rows,
    floats,
    async coder(name) {
      const own = await read(name);
      const place = own.config.place as BenchedCoder['place'];
      const coder = { name, place, coder: await openCoder(own, { threads: 1 }) };
      opened.push(coder);
      return coder;
    },
    async close() {
      await file.close();
      for (const { coder } of opened) await coder.close();
    },
  };
}
