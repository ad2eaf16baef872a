// What can be looked at behind an edit of an image. A new kind is a file beside this one and an entry in the registry.

import type { PatchGeometry } from '../../../activations/labels/patch-geometry.ts';
import type { ClassMap } from '../../../activations/labels/seen-class-map.ts';
import type { HookPoint } from '../../../backbones/hook-points.ts';
import type { Tensor, VisionBackbone } from '../../../backbones/types.ts';
import type { EditChange, EditSection } from '../../../pages/edit.ts';
import type { PatchModel } from '../../segmentation/patch-rows.ts';
import type { EditableImages } from '../editable.ts';
import type { EditHeadAtWork } from '../heads/heads.ts';

/** What a person wants to look at. */
export interface ImageEditContext {
  readonly editable: EditableImages;
  readonly heads: readonly EditHeadAtWork[];
  readonly prompts: readonly string[];
  /** Sentences around each prompt, `{}` in its place. */
  readonly templates: readonly string[];
  /** Codes that change, and the tokens whose codes do. */
  readonly changes: readonly EditChange[];
  readonly tokens: readonly number[];
  /** The true classes of the image's pixels, where it has a map. */
  readonly truth?: { readonly map: ClassMap; readonly classes: readonly string[] } | undefined;
}

/** How an image came to the model's size. */
export type Resize = PatchModel['resize'];

/** Values of hook points, of one image. */
export type Values = ReadonlyMap<HookPoint, Tensor>;

/** Reads what it needs in a run as it is and in the edited one, and says what changed. */
export interface ImageReader {
  readonly record: readonly HookPoint[];
  /** @default 'model' */
  readonly resize?: Resize;
  readonly read: (before: Values, after: Values, view: ImageView) => Promise<EditSection>;
}

/** How the image lies in the model's input. */
export interface ImageView {
  readonly backbone: VisionBackbone;
  readonly geometry: PatchGeometry;
}

/** A kind of thing to look at. */
export interface ImageSectionKind {
  readonly kind: EditSection['kind'];
  /** What it would show, and why it cannot show what was asked for. */
  readonly readers: (
    context: ImageEditContext,
  ) => Promise<{ readonly readers: readonly ImageReader[]; readonly reasons: readonly string[] }>;
}
