// Latents to try: those that tell classes of patches, found on some labelled images as they run through the model, and
// random ones to compare with.

import type { SegmentedImages } from '../../activations/labels/class-maps.ts';
import { labelPatches } from '../../activations/labels/label-patches.ts';
import { patchGeometry } from '../../activations/labels/patch-geometry.ts';
import { seenClassMap } from '../../activations/labels/seen-class-map.ts';
import { patchTokens, takeTokens } from '../../backbones/vision/tokens.ts';
import { UserError } from '../../base/errors.ts';
import { Random } from '../../base/random.ts';
import { loadImages } from '../../data/images/loading.ts';
import { applyTransform } from '../../data/images/transform.ts';
import type { ProposalAnswer, ProposedLatent } from '../../pages/edit.ts';
import { tokenLabels } from '../labels/labels.ts';
import { shortName } from '../segmentation/class-names.ts';
import { createFiringCounts, createLabelCounts } from '../segmentation/proposing/label-counts.ts';
import type { EditableImages } from './editable.ts';

/** Images for each class, and others beside them: enough to tell, and soon done. */
const IMAGES_A_CLASS = 32;
const OTHER_IMAGES = 32;
/** Maps that are looked at for them. */
const MOST_MAPS = 2000;
/** Share of a patch's pixels that must have one label. */
const CLEAR = 0.9;
const BATCH = 4;

/** What is proposed. */
export interface ProposalOptions {
  /** Numbers of classes. */
  readonly classes: readonly number[];
  /** Latents for each class. @default 3 */
  readonly k?: number | undefined;
  /** Random latents. @default 3 */
  readonly random?: number | undefined;
  /** Seed of the choice of images and random latents. @default 0 */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Hears how many images are done. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Propose the latents whose firing tells patches of classes best, by F1 on some images that show them and some that do
 * not, and random latents that fire on these images.
 * @throws {UserError} for classes that there are not, and for a coder that does not read patches
 */
export async function proposeLatents(
  editable: EditableImages,
  images: SegmentedImages,
  options: ProposalOptions,
): Promise<ProposalAnswer> {
  const { k = 3, random = 3, seed = 0, signal, onProgress } = options;
  const { backbone, coder, input, name } = editable;
  if (editable.rows !== 'patches')
    throw new UserError(`'${name}' reads the CLS token: classes are of patches`);
  const classes = [...new Set(options.classes)];
  const nClasses = images.classes.length;
  const unknown = classes.find((each) => !(each > 0 && each < nClasses));
  if (unknown !== undefined)
    throw new UserError(`unknown class ${unknown}: there are 1 to ${nClasses - 1}`);
  const dice = new Random(seed, 'proposals');
  const { chosen, labels } = await chooseImages(editable, images, { classes, dice, signal });
  const counts = createLabelCounts({
    dSae: coder.config.dSae,
    labels,
    classes: classes.length > 0 ? classes : [1],
    thresholds: [0],
  });
  const firing = createFiringCounts(coder.config.dSae);
  const { transform } = patchGeometry(backbone);
  const tokens = patchTokens(backbone.config);
  const side = backbone.config.imageSize;
  const loading = loadImages(images.dataset, {
    transform: (image) => applyTransform(image, transform),
    indices: chosen,
    concurrency: BATCH,
    ...(signal && { signal }),
  });
  let batch: { index: number; pixels: Float32Array }[] = [];
  let done = 0;
  const count = async (): Promise<void> => {
    signal?.throwIfAborted();
    const data = new Float32Array(batch.length * 3 * side * side);
    batch.forEach(({ pixels }, i) => {
      data.set(pixels, i * 3 * side * side);
    });
    const pixels = { data, shape: [batch.length, 3, side, side] };
    const values = await backbone.run(pixels, { record: [input] });
    const codes = await coder.encode(takeTokens(values.get(input)!, tokens));
    firing.add(codes);
    counts.add({
      codes,
      exampleIndex: batch.flatMap(({ index }) => tokens.map(() => index)),
      tokenIndex: batch.flatMap(() => tokens.map((_, patch) => patch)),
    });
    done += batch.length;
    onProgress?.(done, chosen.length);
    batch = [];
  };
  for await (const { index, pixels } of loading) {
    if (pixels === undefined) continue;
    batch.push({ index, pixels });
    if (batch.length === BATCH) await count();
  }
  if (batch.length > 0) await count();

  const { maxima } = firing;
  const found = classes.map((each) => ({
    class: each,
    name: shortName(images.classes, each),
    latents: counts
      .top(each, k)
      .filter(({ tp }) => tp > 0)
      .map(({ latent, f1 }): ProposedLatent => ({ latent, largest: maxima[latent]!, f1 })),
  }));
  const proposed = new Set(found.flatMap(({ latents }) => latents.map(({ latent }) => latent)));
  const without = found.filter(({ latents }) => latents.length === 0);
  return {
    classes: found,
    random: randomLatents(maxima, { count: random, dice, except: proposed }),
    reasons: without.map(
      (each) => `No clear patch of '${each.name}' was found: nothing is proposed for it.`,
    ),
  };
}

/** Draw latents that fire at all; `largest` is the largest code of each, `[dSae]`. */
export function randomLatents(
  largest: Float32Array,
  {
    count,
    dice,
    except = new Set(),
  }: { readonly count: number; readonly dice: Random; readonly except?: ReadonlySet<number> },
): ProposedLatent[] {
  const living = Int32Array.from(largest.keys()).filter(
    (latent) => largest[latent]! > 0 && !except.has(latent),
  );
  dice.shuffle(living);
  return Array.from(living.subarray(0, count), (latent) => ({ latent, largest: largest[latent]! }));
}

/** Images that show the classes, some others, and the labels of their patches. */
async function chooseImages(
  { backbone }: EditableImages,
  images: SegmentedImages,
  {
    classes,
    dice,
    signal,
  }: {
    readonly classes: readonly number[];
    readonly dice: Random;
    readonly signal?: AbortSignal | undefined;
  },
) {
  const { grid, transform } = patchGeometry(backbone);
  const nTokens = grid ** 2;
  const { length } = images.dataset;
  const order = Int32Array.from({ length }, (_, image) => image);
  dice.shuffle(order);
  const numbers = new Int32Array(length * nTokens).fill(-1);
  const lacking = new Map(classes.map((each) => [each, IMAGES_A_CLASS]));
  let others = OTHER_IMAGES;
  const chosen: number[] = [];
  for (const image of order.subarray(0, MOST_MAPS)) {
    signal?.throwIfAborted();
    if (others === 0 && [...lacking.values()].every((count) => count === 0)) break;
    const map = seenClassMap(await images.classMap(image), transform);
    const own = { numbers: new Int32Array(nTokens), share: new Float32Array(nTokens) };
    labelPatches(map, grid, own);
    const clear = own.numbers.map((number, patch) => (own.share[patch]! >= CLEAR ? number : -1));
    const shown = classes.filter((each) => lacking.get(each)! > 0 && clear.includes(each));
    if (shown.length === 0 && others === 0) continue;
    for (const each of shown) lacking.set(each, lacking.get(each)! - 1);
    if (shown.length === 0) others--;
    chosen.push(image);
    numbers.set(clear, image * nTokens);
  }
  chosen.sort((a, b) => a - b);
  return { chosen, labels: tokenLabels(images.classes, numbers, nTokens) };
}
