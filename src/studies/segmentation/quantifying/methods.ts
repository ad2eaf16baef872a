// What is done to patches: three methods of the original, and a control that it lacks.
import { Random } from '../../../base/random.ts';
import { type CodeChange, changeCodes, type EditingCoder } from '../../editing/change-codes.ts';
import { addVectors, randomUnitVectors } from '../../editing/vectors.ts';

/** Patches to be edited. */
export interface PatchesToEdit {
  /** As the model has them, `[patches, d]`. */
  readonly rows: Float32Array;
  /** Class that each patch is edited for; 0 for none. */
  readonly classes: Int32Array;
  /** Whether a patch may be touched at all. */
  readonly isOpen: (patch: number) => boolean;
  /** Number of the image that a patch is of. */
  readonly imageOf: (patch: number) => number;
}

/** What edits are made with. */
export interface EditTools {
  /** Encodes these very patches. */
  readonly coder: EditingCoder;
  /** Latent of each class that has one. */
  readonly features: ReadonlyMap<number, number>;
  /** For each of these classes the latent of another one. */
  readonly otherFeatures: ReadonlyMap<number, number>;
  /** Largest code of each latent, `[dSae]`. */
  readonly maxima: Float32Array;
  /** What a code becomes, in units of that. */
  readonly scale: number;
  /** Length of random vectors. */
  readonly vectorScale: number;
  readonly seed: number;
}

/** A way to edit patches; its file and a line in the list below are all that it takes. */
export interface EditMethod<Name extends string = string> {
  readonly name: Name;
  /** What it does, for people. */
  readonly about: string;
  /** Give the patches as they become, `[patches, d]`. */
  edit(patches: PatchesToEdit, tools: EditTools): Promise<Float32Array>;
}

function method<const Name extends string>(each: EditMethod<Name>): EditMethod<Name> {
  return each;
}

const randomVector = method({
  name: 'random-vector',
  about: 'a random direction, of the given length, added to each patch',
  async edit({ rows, isOpen, imageOf }, { coder, vectorScale, seed }) {
    const d = coder.config.dIn;
    const vectors = new Float32Array(rows.length);
    let image = -1;
    let random = new Random(seed);
    for (let patch = 0; patch < rows.length / d; patch++) {
      if (imageOf(patch) !== image) {
        image = imageOf(patch);
        random = new Random(seed, `random vector ${image}`);
      }
      const vector = randomUnitVectors(1, d, random);
      if (isOpen(patch)) vectors.set(vector, patch * d);
    }
    return addVectors(rows, vectors, { d, factor: vectorScale });
  },
});

const randomFeature = method({
  name: 'random-feature',
  about: 'one random latent for each image, of those that fire, set on each patch',
  async edit({ rows, isOpen, imageOf }, tools) {
    const living = [...tools.maxima.keys()].filter((latent) => tools.maxima[latent]! > 0);
    if (living.length === 0) return rows.slice();
    const drawn = new Map<number, number>();
    const latentOf = (image: number): number => {
      const known = drawn.get(image);
      if (known !== undefined) return known;
      const latent = new Random(tools.seed, `random feature ${image}`).pick(living);
      drawn.set(image, latent);
      return latent;
    };
    return changeCodes(rows, tools.coder, (patch) =>
      isOpen(patch) ? [moved(latentOf(imageOf(patch)), tools)] : [],
    );
  },
});

const automaticFeature = method({
  name: 'automatic-feature',
  about: 'the latent with the best F1 for the class, set on each patch that is edited for it',
  edit: (patches, tools) => editFeatures(patches, tools, tools.features),
});

const otherFeature = method({
  name: 'other-class-feature',
  about: 'the same with the latent of another class: does it matter which latent it is?',
  edit: (patches, tools) => editFeatures(patches, tools, tools.otherFeatures),
});

/** Every method, in the order of tables. */
export const EDIT_METHODS = [randomVector, randomFeature, automaticFeature, otherFeature] as const;
/** Name of a method. */
export type EditMethodName = (typeof EDIT_METHODS)[number]['name'];

/** Give each class the latent of another class, in an order drawn from the seed; classes that share one are kept apart. */
export function exchangeFeatures(
  features: ReadonlyMap<number, number>,
  seed: number,
): Map<number, number> {
  const classes = new Random(seed, 'other features').shuffle([...features.keys()]);
  const exchanged = new Map<number, number>();
  for (const [i, each] of classes.entries()) {
    const own = features.get(each)!;
    for (let step = 1; step < classes.length; step++) {
      const other = features.get(classes[(i + step) % classes.length]!)!;
      if (other === own) continue;
      exchanged.set(each, other);
      break;
    }
  }
  return exchanged;
}

function editFeatures(
  { rows, classes, isOpen }: PatchesToEdit,
  tools: EditTools,
  latents: ReadonlyMap<number, number>,
): Promise<Float32Array> {
  return changeCodes(rows, tools.coder, (patch) => {
    const latent = isOpen(patch) ? latents.get(classes[patch]!) : undefined;
    return latent === undefined ? [] : [moved(latent, tools)];
  });
}

function moved(latent: number, { scale, maxima }: EditTools): CodeChange {
  return { latent, value: scale * maxima[latent]! };
}
