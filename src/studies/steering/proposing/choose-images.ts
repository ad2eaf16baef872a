// The labelled images that tell which latents are of a class: some that show it, and some that do not. Each class has its
// own, so that what is proposed for one does not depend on which others are asked for.
import type { SegmentedImages } from '../../../activations/labels/class-maps.ts';
import { labelPatches } from '../../../activations/labels/label-patches.ts';
import { patchGeometry } from '../../../activations/labels/patch-geometry.ts';
import { seenClassMap } from '../../../activations/labels/seen-class-map.ts';
import type { VisionBackbone } from '../../../backbones/types.ts';
import { Random } from '../../../base/random.ts';
import { type Labels, tokenLabels } from '../../labels/labels.ts';

/** Images that show a class, and others beside them: enough to tell, and soon done. */
const SHOWING = 32;
const OTHERS = 32;
/** Maps that are looked at for them. */
const MOST_MAPS = 2000;
/** Share of a patch's pixels that must have one label. */
const CLEAR = 0.9;

/** Images for some classes. */
export interface ChosenImages {
  /** Images by number, ascending, each with the classes that it was chosen for. */
  readonly images: ReadonlyMap<number, readonly number[]>;
  /** Labels of the clear patches of these images. */
  readonly labels: Labels;
}

/** Choose images for each of some classes, always the same ones. */
export async function chooseImages(
  backbone: VisionBackbone,
  images: SegmentedImages,
  {
    classes,
    signal,
  }: { readonly classes: readonly number[]; readonly signal?: AbortSignal | undefined },
): Promise<ChosenImages> {
  const { grid, transform } = patchGeometry(backbone);
  const nTokens = grid ** 2;
  const { length } = images.dataset;
  const order = Int32Array.from({ length }, (_, image) => image);
  new Random(0, 'proposals').shuffle(order);
  const numbers = new Int32Array(length * nTokens).fill(-1);
  const lacking = new Map(classes.map((each) => [each, { showing: SHOWING, others: OTHERS }]));
  const chosen: [number, number[]][] = [];
  for (const image of order.subarray(0, MOST_MAPS)) {
    signal?.throwIfAborted();
    if ([...lacking.values()].every(({ showing, others }) => showing + others === 0)) break;
    const map = seenClassMap(await images.classMap(image), transform);
    const own = { numbers: new Int32Array(nTokens), share: new Float32Array(nTokens) };
    labelPatches(map, grid, own);
    const clear = own.numbers.map((number, patch) => (own.share[patch]! >= CLEAR ? number : -1));
    const present = new Set(clear);
    const wanted: number[] = [];
    for (const [each, lacks] of lacking) {
      const kind = present.has(each) ? 'showing' : 'others';
      if (lacks[kind] === 0) continue;
      lacks[kind]--;
      wanted.push(each);
    }
    if (wanted.length === 0) continue;
    chosen.push([image, wanted]);
    numbers.set(clear, image * nTokens);
  }
  chosen.sort(([a], [b]) => a - b);
  return { images: new Map(chosen), labels: tokenLabels(images.classes, numbers, nTokens) };
}
