// Latents that tell classes of patches, found on some labelled images as they run through the model.
import type { SegmentedImages } from '../../../activations/labels/class-maps.ts';
import { patchGeometry } from '../../../activations/labels/patch-geometry.ts';
import { patchTokens, takeTokens } from '../../../backbones/vision/tokens.ts';
import { UserError } from '../../../base/errors.ts';
import { Random } from '../../../base/random.ts';
import type { SparseRows } from '../../../compute/sparse-rows.ts';
import { loadImages } from '../../../data/images/loading.ts';
import { applyTransform } from '../../../data/images/transform.ts';
import type { ProposedLatent } from '../../../pages/edit.ts';
import { shortName } from '../../segmentation/class-names.ts';
import {
  createFiringCounts,
  createLabelCounts,
} from '../../segmentation/proposing/label-counts.ts';
import type { EditableImages } from '../editable.ts';
import { chooseImages } from './choose-images.ts';
import type { FoundClass } from './proposal-answer.ts';

const BATCH = 4;
/** Other latents that are kept of a class, to draw random ones from. */
const OTHERS = 64;

/** Which classes, and how many latents for each. */
export interface ClassProposalOptions {
  readonly classes: readonly number[];
  readonly k: number;
  readonly signal?: AbortSignal | undefined;
  /** Hears how many images are done. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Find the latents whose firing tells patches of each class best, by F1 on some images that show it and some that do not;
 * `largest` is the largest code of each on these. The same class has the same latents, whichever others are asked for.
 * @throws {UserError} for classes that there are not, and for a coder that does not read patches
 */
export async function proposeForClasses(
  editable: EditableImages,
  images: SegmentedImages,
  { classes: wanted, k, signal, onProgress }: ClassProposalOptions,
): Promise<FoundClass[]> {
  const { backbone, coder, input, name } = editable;
  if (editable.rows !== 'patches')
    throw new UserError(`'${name}' reads the CLS token: classes are of patches`);
  const classes = [...new Set(wanted)];
  const nClasses = images.classes.length;
  const unknown = classes.find((each) => !(each > 0 && each < nClasses));
  if (unknown !== undefined)
    throw new UserError(`unknown class ${unknown}: there are 1 to ${nClasses - 1}`);
  const chosen = await chooseImages(backbone, images, { classes, signal });
  const { dSae } = coder.config;
  const tallies = new Map(
    classes.map((each) => [
      each,
      {
        counts: createLabelCounts({
          ...{ dSae, labels: chosen.labels, thresholds: [0] },
          classes: [each],
        }),
        firing: createFiringCounts(dSae),
      },
    ]),
  );
  const { transform } = patchGeometry(backbone);
  const tokens = patchTokens(backbone.config);
  const side = backbone.config.imageSize;
  let batch: { index: number; pixels: Float32Array }[] = [];
  let done = 0;
  const count = async (): Promise<void> => {
    signal?.throwIfAborted();
    const data = new Float32Array(batch.length * 3 * side * side);
    batch.forEach(({ pixels }, i) => {
      data.set(pixels, i * 3 * side * side);
    });
    const shape = [batch.length, 3, side, side];
    const values = await backbone.run({ data, shape }, { record: [input] });
    const codes = await coder.encode(takeTokens(values.get(input)!, tokens));
    for (const [i, { index }] of batch.entries()) {
      const own = rowsOf(codes, i * tokens.length, tokens.length);
      const exampleIndex = tokens.map(() => index);
      const tokenIndex = tokens.map((_, patch) => patch);
      for (const each of chosen.images.get(index)!) {
        const { counts, firing } = tallies.get(each)!;
        firing.add(own);
        counts.add({ codes: own, exampleIndex, tokenIndex });
      }
    }
    done += batch.length;
    onProgress?.(done, chosen.images.size);
    batch = [];
  };
  const loading = loadImages(images.dataset, {
    transform: (image) => applyTransform(image, transform),
    indices: [...chosen.images.keys()],
    concurrency: BATCH,
    ...(signal && { signal }),
  });
  for await (const { index, pixels } of loading) {
    if (pixels === undefined) continue;
    batch.push({ index, pixels });
    if (batch.length === BATCH) await count();
  }
  if (batch.length > 0) await count();
  return [...tallies].map(([each, { counts, firing }]) => ({
    class: each,
    name: shortName(images.classes, each),
    latents: counts
      .top(each, k)
      .filter(({ tp }) => tp > 0)
      .map(({ latent, f1 }): ProposedLatent => ({ latent, largest: firing.maxima[latent]!, f1 })),
    others: someOf(firing.maxima),
  }));
}

/** Some latents that fire, always the same ones. */
function someOf(maxima: Float32Array): ProposedLatent[] {
  const living = Int32Array.from(maxima.keys()).filter((latent) => maxima[latent]! > 0);
  new Random(0, 'others').shuffle(living);
  return Array.from(living.subarray(0, OTHERS), (latent) => ({ latent, largest: maxima[latent]! }));
}

/** Some rows of codes, on the same memory. */
function rowsOf({ columns, rowStart, index, value }: SparseRows, from: number, n: number) {
  const [start, end] = [rowStart[from]!, rowStart[from + n]!];
  return {
    columns,
    rowStart: rowStart.subarray(from, from + n + 1).map((at) => at - start),
    index: index.subarray(start, end),
    value: value.subarray(start, end),
  };
}
