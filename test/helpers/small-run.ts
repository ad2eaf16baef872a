// Things small enough for tests that run whole programs: photos of the drawn world, a CLIP of two thin blocks.
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Random } from '../../src/base/random.ts';
import { encodeJpeg, encodePng } from '../../src/data/images/encode.ts';
import { drawScene } from '../../src/data/worlds/images/draw.ts';
import { mainObject, sampleScene } from '../../src/data/worlds/images/scene.ts';
import { type TensorToWrite, writeSafetensors } from '../../src/formats/safetensors.ts';
import { root } from './saev.ts';

/** Draw `n` scenes into `folder/photos/<shape>/<i>.png`, and one more as `folder/photo.jpg`. */
export async function drawPhotos(folder: string, n: number): Promise<void> {
  for (let i = 0; i < n; i++) {
    const scene = sampleScene(11, i);
    const to = join(folder, 'photos', mainObject(scene).shape);
    await mkdir(to, { recursive: true });
    await writeFile(join(to, `${i}.png`), await encodePng(drawScene(scene)));
  }
  await writeFile(join(folder, 'photo.jpg'), await encodeJpeg(drawScene(sampleScene(12, 0))));
}

/** Weights of the world's transformer: those that are shipped, or random ones where none are yet. */
export const worldCheckpoint: string = existsSync(join(root, 'assets/world-vit.safetensors'))
  ? 'world-vit'
  : join(root, 'fixtures/backbones/world.weights.safetensors');

/** Width of the tiny CLIP: what its 12 heads divide. */
export const TINY_CLIP_WIDTH = 24;

/** Write random weights that open_clip would load as ViT-B/16, but for their width and depth. */
export async function writeTinyClip(path: string): Promise<void> {
  const d = TINY_CLIP_WIDTH;
  const random = new Random(5);
  const drawn = (shape: number[], size: number): TensorToWrite => {
    const data = new Float32Array(shape.reduce((a, b) => a * b)).map(() => size * random.normal());
    return { dtype: 'F32', shape, data };
  };
  const weights: [string, TensorToWrite][] = [
    ['conv1.weight', drawn([d, 3, 16, 16], 0.05)],
    ['class_embedding', drawn([d], 0.5)],
    ['positional_embedding', drawn([197, d], 0.5)],
  ];
  const norm = (name: string): void => {
    weights.push([`${name}.weight`, { ...drawn([d], 0), data: new Float32Array(d).fill(1) }]);
    weights.push([`${name}.bias`, drawn([d], 0.1)]);
  };
  const linear = (name: string, nOut: number, nIn: number): void => {
    weights.push([`${name}.weight`, drawn([nOut, nIn], nIn ** -0.5)]);
    weights.push([`${name}.bias`, drawn([nOut], 0.1)]);
  };
  norm('ln_pre');
  norm('ln_post');
  for (let i = 0; i < 2; i++) {
    const block = `transformer.resblocks.${i}`;
    norm(`${block}.ln_1`);
    norm(`${block}.ln_2`);
    weights.push([`${block}.attn.in_proj_weight`, drawn([3 * d, d], d ** -0.5)]);
    weights.push([`${block}.attn.in_proj_bias`, drawn([3 * d], 0.1)]);
    linear(`${block}.attn.out_proj`, d, d);
    linear(`${block}.mlp.c_fc`, 4 * d, d);
    linear(`${block}.mlp.c_proj`, d, 4 * d);
  }
  await mkdir(join(path, '..'), { recursive: true });
  await writeSafetensors(
    path,
    weights.map(([name, tensor]) => [`visual.${name}`, tensor] as const),
    { metadata: {} },
  );
}

/** Flags of a small training on recorded activations. */
export const smallTraining: readonly string[] = [
  ...['--data.shard-root', join(root, 'fixtures/activations/python-shards'), '--data.layer', '7'],
  ...['--sae-batch-size', '8', '--n-lr-warmup', '2'],
];

/** The same of a few steps. */
export const briefTraining: readonly string[] = [
  ...[...smallTraining, '--n-patches', '160', '--sae.exp-factor', '2', '--log-every', '5'],
  '--quiet',
];
