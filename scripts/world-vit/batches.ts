// Scenes of the embedded image world as the model is fed them.
import type { OnnxTensor } from '../../src/compute/onnx/session.ts';
import { drawScene } from '../../src/data/worlds/images/draw.ts';
import { sampleScene } from '../../src/data/worlds/images/scene.ts';
import { PIXELS, SIZES } from './model.ts';
import {
  IMAGE_GROUPS,
  imageClasses,
  PATCH_GROUPS,
  patchClasses,
  weightedTargets,
} from './targets.ts';

const N_PATCHES = 64;
const PATCH_WIDTH = PATCH_GROUPS.reduce((n, { size }) => n + size, 0);
const IMAGE_WIDTH = IMAGE_GROUPS.reduce((n, { size }) => n + size, 0);
const PLANE = SIZES.image ** 2;

/** Scenes with what is in them, as classes of each patch and of each image. */
export interface Batch {
  readonly feeds: Map<string, OnnxTensor>;
  readonly patches: Uint8Array[];
  readonly images: Uint8Array[];
}

/** Scenes `first … first + n − 1` of the world with this seed, as the model is fed them. */
export function makeBatch(worldSeed: number, first: number, n: number): Batch {
  const pixels = new Float32Array(n * 3 * PLANE);
  const patchTargets = new Float32Array(n * N_PATCHES * PATCH_WIDTH);
  const imageTargets = new Float32Array(n * IMAGE_WIDTH);
  const patches: Uint8Array[] = [];
  const images: Uint8Array[] = [];
  for (let i = 0; i < n; i++) {
    const scene = sampleScene(worldSeed, first + i);
    const { data } = drawScene(scene);
    for (let p = 0; p < PLANE; p++) {
      for (let c = 0; c < 3; c++) pixels[(i * 3 + c) * PLANE + p] = data[3 * p + c]! / 127.5 - 1;
    }
    patches.push(patchClasses(scene));
    images.push(imageClasses(scene));
    const perPatch = 1 / (n * N_PATCHES * PATCH_GROUPS.length);
    weightedTargets(patches[i]!, PATCH_GROUPS, patchTargets, i * N_PATCHES * PATCH_WIDTH, perPatch);
    weightedTargets(
      images[i]!,
      IMAGE_GROUPS,
      imageTargets,
      i * IMAGE_WIDTH,
      0.25 / (n * IMAGE_GROUPS.length),
    );
  }
  return {
    feeds: new Map<string, OnnxTensor>([
      [PIXELS, { data: pixels, shape: [n, 3, SIZES.image, SIZES.image] }],
      ['patch_targets', { data: patchTargets, shape: [n, N_PATCHES, PATCH_WIDTH] }],
      ['image_targets', { data: imageTargets, shape: [n, IMAGE_WIDTH] }],
    ]),
    patches,
    images,
  };
}
