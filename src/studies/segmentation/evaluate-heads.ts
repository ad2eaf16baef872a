// Heads at work on whole images: scores of patches become classes of pixels, and are counted against the maps.

import type { SegmentedImages } from '../../activations/labels/class-maps.ts';
import type { PatchGeometry } from '../../activations/labels/patch-geometry.ts';
import { seenClassMap } from '../../activations/labels/seen-class-map.ts';
import type { ActivationSource } from '../../activations/types.ts';
import { UserError } from '../../base/errors.ts';
import { startProgress } from '../../base/progress.ts';
import { checkHead, type LinearHead } from '../probes/linear-head.ts';
import { openHeads } from '../probes/measure-heads.ts';
import { type Confusion, countPixels, newConfusion } from './confusion.ts';
import { type PatchLogits, pixelClasses } from './upsampling.ts';

/** Images, where their patches lie, and the activations of these patches in the order of the images. */
export interface PatchRows {
  readonly images: SegmentedImages;
  readonly geometry: PatchGeometry;
  readonly source: ActivationSource;
}

/** How heads are evaluated. */
export interface EvaluateOptions {
  /** Images whose patches are scored at a time. @default 32 */
  readonly batchImages?: number;
  /** Told of each image: the scores of its patches under every head. They may be kept. */
  readonly onImage?: (example: number, logits: readonly PatchLogits[]) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Count, for each head, what it makes of the pixels of images: its scores are interpolated to the size of the model's
 * input, and the highest is its class.
 * @throws {UserError} when a head does not fit the rows or the table of classes, or the activations are of other images.
 */
export async function evaluateHeads(
  heads: readonly LinearHead[],
  { images, geometry, source }: PatchRows,
  options: EvaluateOptions = {},
): Promise<Confusion[]> {
  const { batchImages = 32, onImage, signal } = options;
  const { grid } = geometry;
  const nTokens = grid ** 2;
  const nClasses = images.classes.length;
  for (const head of heads) checkHead(head, { dIn: source.dModel, nClasses }, 'the head');
  if (source.rowsPerExample !== nTokens)
    throw new UserError(
      `the activations have ${source.rowsPerExample} rows an image, the model has ${nTokens} patches`,
    );
  const scores = await openHeads(heads);
  const counted = heads.map(() => newConfusion(nClasses));
  const progress = startProgress('evaluate', { total: source.length / nTokens, unit: 'images' });
  try {
    for await (const batch of source.batches({ batchSize: batchImages * nTokens, signal })) {
      const data = await scores.logits({ columns: source.dModel, values: batch.acts });
      const stride = heads.length * nClasses;
      for (let row = 0; row < batch.exampleIndex.length; row += nTokens) {
        const example = batch.exampleIndex[row]!;
        if (example >= images.dataset.length) throw otherImages(example, images);
        const logits = heads.map((_, head): PatchLogits => {
          return { data, at: row * stride + head * nClasses, stride, nClasses, grid };
        });
        const truth = seenClassMap(await images.classMap(example), geometry.transform);
        logits.forEach((each, head) => {
          countPixels(counted[head]!, truth.data, pixelClasses(each, truth.width));
        });
        onImage?.(example, logits);
        progress.tick();
      }
    }
  } finally {
    progress.end();
  }
  return counted;
}

function otherImages(example: number, { dataset }: SegmentedImages): UserError {
  return new UserError(
    `the activations are of image ${example} and others, the set has ${dataset.length} images`,
    { hint: 'both must be made from the same images, in the same order' },
  );
}
