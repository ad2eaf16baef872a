// What bench/visuals.ts runs on: shards, a coder and photos, made up.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { openShardWriter } from '../src/activations/shards/shard-writer.ts';
import { Random } from '../src/base/random.ts';
import { writeCheckpoint } from '../src/sae/checkpoints/registry.ts';

export interface VisualsInputs {
  readonly dSae: number;
  /** Latents that ever fire. */
  readonly living: number;
  /** Latents that fire on a row, about. */
  readonly l0: number;
  readonly nImages: number;
  readonly nPatches: number;
  readonly dModel: number;
  /** Width of a photo; they are four to three. */
  readonly pixels: number;
}

/** Write shards, a coder and photos below `root`. */
export async function writeVisualsInputs(
  root: string,
  inputs: VisualsInputs,
): Promise<{ ckpt: string; shards: string; images: string }> {
  const random = new Random(1);
  const shards = await writeShards(root, inputs, random);
  const ckpt = join(root, 'coder');
  const { dSae, living, l0, dModel } = inputs;
  const normals = (): Float32Array =>
    Float32Array.from({ length: dSae * dModel }, () => dModel ** -0.5 * random.normal());
  const bias = -normalQuantile(l0 / living);
  await writeCheckpoint(
    {
      config: {
        dIn: dModel,
        dOut: dModel,
        dSae,
        activation: { kind: 'relu' },
        subtractDecoderBias: false,
        metadata: {},
      },
      weights: {
        wEnc: normals(),
        bEnc: Float32Array.from({ length: dSae }, (_, i) => (i % dSae < living ? bias : -100)),
        wDec: normals(),
        bDec: new Float32Array(dModel),
      },
    },
    ckpt,
  );
  const images = join(root, 'photos');
  await writePhotos(images, inputs, random);
  return { ckpt, shards, images };
}

async function writeShards(
  root: string,
  { nImages, nPatches, dModel }: VisualsInputs,
  random: Random,
): Promise<string> {
  const writer = await openShardWriter(join(root, 'shards'), {
    protocol: 'saev',
    family: 'clip',
    checkpoint: 'bench',
    layers: [0],
    nPatches,
    hasCls: true,
    dModel,
    seed: 0,
    nExamples: nImages,
    maxTokensPerShard: 600_000,
    data: 'none',
  });
  for (let image = 0; image < nImages; image++) {
    const common = Float32Array.from({ length: dModel }, () => Math.SQRT1_2 * random.normal());
    await writer.append(
      Float32Array.from(
        { length: (nPatches + 1) * dModel },
        (_, i) => common[i % dModel]! + Math.SQRT1_2 * random.normal(),
      ),
    );
  }
  await writer.finish();
  return writer.folder;
}

/** Smooth colours with a little noise: as a JPEG file about as large as a photo. */
async function writePhotos(
  folder: string,
  { nImages, pixels }: VisualsInputs,
  random: Random,
): Promise<void> {
  const [width, height] = [pixels, Math.round(pixels * 0.75)];
  for (let i = 0; i < nImages; i++) {
    const to = join(folder, `kind_${i % 20}`);
    await mkdir(to, { recursive: true });
    const raw = Uint8Array.from({ length: 24 * 18 * 3 }, () => random.int(256));
    const photo = sharp(raw, { raw: { width: 24, height: 18, channels: 3 } })
      .resize(width, height, { kernel: 'cubic', fit: 'fill' })
      .jpeg({ quality: 90 });
    await writeFile(join(to, `${i}.jpg`), await photo.toBuffer());
  }
}

/** The value that a standard normal number is above with this probability. */
function normalQuantile(probability: number): number {
  let [low, high] = [-8, 8];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (upperTail(middle) > probability) low = middle;
    else high = middle;
  }
  return low;
}

/** Share of standard normal numbers above `z`, summed in small steps. */
function upperTail(z: number): number {
  let sum = 0;
  const step = 0.002;
  for (let at = z; at < z + 9; at += step) sum += Math.exp((-at * at) / 2);
  return (sum * step) / Math.sqrt(2 * Math.PI);
}
