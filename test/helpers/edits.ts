// The golden file of edits (fixtures/studies/make_edits.py): a small transformer, an autoencoder, a head and labels.
import { join } from 'node:path';
import type { VisionBackbone } from '../../src/backbones/types.ts';
import { openVisionModel } from '../../src/backbones/vision/open.ts';
import { openSafetensors, type SafetensorsFile } from '../../src/formats/safetensors.ts';
import type { SparseCoder } from '../../src/sae/coder.ts';
import { root } from './saev.ts';

const GOLDEN = join(root, 'fixtures/studies/edits.safetensors');
const WEIGHTS = join(root, 'fixtures/backbones/world.weights.safetensors');

/** Width, latents, images, patches of an image, and classes of the golden file. */
export const EDITS = { d: 24, dSae: 96, images: 4, patches: 16, classes: 151 } as const;

export const openEditsFile = (): Promise<SafetensorsFile> => openSafetensors(GOLDEN);

/** The transformer that edits were made in; close it. */
export const openEditsModel = (): Promise<VisionBackbone> =>
  openVisionModel({ family: 'world', weights: WEIGHTS, config: {} }, { threads: 1 });

/** The autoencoder, with the mean and the scale of its inputs. */
export async function editsCoder(golden: SafetensorsFile): Promise<SparseCoder> {
  const { d, dSae } = EDITS;
  const wEnc = transposed(await golden.readFloat32('W_enc'), d, dSae);
  return {
    config: {
      dIn: d,
      dOut: d,
      dSae,
      activation: { kind: 'relu' },
      subtractDecoderBias: true,
      normalization: {
        mean: await golden.readFloat32('mean'),
        scale: Number(golden.metadata.norm),
      },
      metadata: {},
    },
    weights: {
      wEnc,
      bEnc: await golden.readFloat32('b_enc'),
      wDec: await golden.readFloat32('W_dec'),
      bDec: await golden.readFloat32('b_dec'),
    },
  };
}

/** The images as a batch. */
export async function editsPixels(golden: SafetensorsFile) {
  return { data: await golden.readFloat32('pixels'), shape: golden.tensors.get('pixels')!.shape };
}

/** Whole numbers of the file. */
export const integers = async (golden: SafetensorsFile, name: string): Promise<Int32Array> =>
  (await golden.read(name)).data as Int32Array;

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  return values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
}
