// What both sides of bench/recording.ts read: a vision transformer with random weights in the format that open_clip
// publishes, and a folder of JPEG photographs made of noise.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { Random } from '../src/base/random.ts';
import { type TensorToWrite, writeSafetensors } from '../src/formats/safetensors.ts';

/** Sizes of a CLIP image tower; heads are 64 wide. */
export interface TowerShape {
  readonly imageSize: number;
  readonly patchSize: number;
  readonly dModel: number;
  readonly nLayers: number;
}

export const VIT_B_16: TowerShape = { imageSize: 224, patchSize: 16, dModel: 768, nLayers: 12 };

/** Tokens of an image, CLS first. */
export function tokensOf({ imageSize, patchSize }: TowerShape): number {
  return 1 + (imageSize / patchSize) ** 2;
}

/** Floating-point operations of the matrix products of one image, through all blocks. */
export function productsOf(shape: TowerShape): number {
  const { patchSize, dModel, nLayers } = shape;
  const n = tokensOf(shape);
  const linear = 2 * n * 12 * dModel ** 2;
  const attention = 4 * n ** 2 * dModel;
  return nLayers * (linear + attention) + 2 * (n - 1) * 3 * patchSize ** 2 * dModel;
}

/** Write a tower's weights, small and random. */
export async function writeTower(path: string, shape: TowerShape): Promise<void> {
  const { dModel: d, patchSize: p } = shape;
  const random = new Random(1);
  const tensors: [string, TensorToWrite][] = [];
  const add = (name: string, dims: number[], scale: number, centre = 0): void => {
    // Every tensor is its own: onnxruntime keeps equal ones once.
    const data = new Float32Array(dims.reduce((a, b) => a * b, 1));
    for (let i = 0; i < data.length; i++) data[i] = centre + random.uniform(-scale, scale);
    tensors.push([name, { dtype: 'F32', shape: dims, data }]);
  };
  const norm = (name: string): void => {
    add(`${name}.weight`, [d], 0.1, 1);
    add(`${name}.bias`, [d], 0.1);
  };
  const linear = (weight: string, bias: string, rows: number, columns: number): void => {
    add(weight, [rows, columns], 1 / Math.sqrt(columns));
    add(bias, [rows], 0.1);
  };
  add('visual.class_embedding', [d], 0.1);
  add('visual.positional_embedding', [tokensOf(shape), d], 0.1);
  add('visual.proj', [d, 512], 1 / Math.sqrt(d));
  add('visual.conv1.weight', [d, 3, p, p], 1 / Math.sqrt(3 * p * p));
  norm('visual.ln_pre');
  for (let i = 0; i < shape.nLayers; i++) {
    const block = `visual.transformer.resblocks.${i}`;
    norm(`${block}.ln_1`);
    linear(`${block}.attn.in_proj_weight`, `${block}.attn.in_proj_bias`, 3 * d, d);
    linear(`${block}.attn.out_proj.weight`, `${block}.attn.out_proj.bias`, d, d);
    norm(`${block}.ln_2`);
    linear(`${block}.mlp.c_fc.weight`, `${block}.mlp.c_fc.bias`, 4 * d, d);
    linear(`${block}.mlp.c_proj.weight`, `${block}.mlp.c_proj.bias`, d, 4 * d);
  }
  norm('visual.ln_post');
  await writeSafetensors(path, tensors);
}

/** Write `n` JPEG files of 500 × 375, about 100 KB each like ImageNet's, into one class folder of `root`. */
export async function writePhotographs(root: string, n: number): Promise<void> {
  const folder = join(root, 'noise');
  await mkdir(folder, { recursive: true });
  const random = new Random(2);
  const [width, height] = [500, 375];
  for (let i = 0; i < n; i++) {
    const coarse = Uint8Array.from({ length: 25 * 19 * 3 }, () => random.int(256));
    const smooth = await sharp(coarse, { raw: { width: 25, height: 19, channels: 3 } })
      .resize(width, height, { fit: 'fill' })
      .raw()
      .toBuffer();
    for (let j = 0; j < smooth.length; j++) {
      smooth[j] = Math.max(0, Math.min(255, smooth[j]! + random.int(33) - 16));
    }
    const file = join(folder, `${String(i).padStart(5, '0')}.jpg`);
    await sharp(smooth, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 85 })
      .toFile(file);
  }
}
