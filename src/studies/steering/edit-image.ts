// An edit in the forward pass over one image, and what the sections read before and behind it.

import { patchGeometry, squashed } from '../../activations/labels/patch-geometry.ts';
import type { ClassMap } from '../../activations/labels/seen-class-map.ts';
import type { HookPoint } from '../../backbones/hook-points.ts';
import type { Tensor } from '../../backbones/types.ts';
import { patchTokens, putTokens, takeTokens } from '../../backbones/vision/tokens.ts';
import { UserError } from '../../base/errors.ts';
import { counted } from '../../base/text.ts';
import type { RgbImage } from '../../data/images/images.ts';
import { applyTransform } from '../../data/images/transform.ts';
import type { EditSection } from '../../pages/edit.ts';
import { changeOutputs } from '../editing/change-codes.ts';
import { type CleanRun, runClean, runEdited } from '../editing/edited-run.ts';
import type { EditableImages } from './editable.ts';
import { checkFinite } from './finite-values.ts';
import type { EditHeadAtWork } from './heads/heads.ts';
import type { EditOptions } from './options.ts';
import type { ImageReader, Resize, Values } from './sections/image-section.ts';
import { IMAGE_SECTIONS } from './sections/registry.ts';

/** An image, and what it shows where that is known. */
export interface ImageToEdit {
  readonly image: RgbImage;
  /** The class of each of its pixels, and the names of classes by number. */
  readonly truth?: { readonly map: ClassMap; readonly classes: readonly string[] } | undefined;
}

/** What an edit did, whatever it was of. */
export interface Edited {
  /** Patches or positions of the example, and how many have other rows than before. */
  readonly nTokens: number;
  readonly nEdited: number;
  readonly sections: readonly EditSection[];
  readonly reasons: readonly string[];
}

/**
 * Change codes of an image in a real forward pass. Only blocks behind the edit are run again; where no code changes, what
 * is shown after is what was before, bit for bit.
 * @throws {UserError} for patches and latents that there are not, and for changes that are too large
 */
export async function editImage(
  editable: EditableImages,
  { image, truth }: ImageToEdit,
  {
    heads,
    signal,
    ...options
  }: Pick<EditOptions, 'changes' | 'where' | 'prompts' | 'templates'> & {
    readonly heads: readonly EditHeadAtWork[];
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Edited> {
  const { backbone, input, output } = editable;
  const tokens = tokensOf(editable, options.where);
  const readers: ImageReader[] = [];
  const reasons: string[] = [];
  const isWhole = truth?.map.width === image.width && truth.map.height === image.height;
  if (truth !== undefined && !isWhole)
    reasons.push('The map of the image has other pixels than the image: the truth is not shown.');
  for (const { readers: of } of IMAGE_SECTIONS) {
    const found = await of({
      editable,
      heads,
      prompts: options.prompts,
      templates: options.templates,
      changes: options.changes,
      tokens,
      ...(isWhole && { truth }),
    });
    readers.push(...found.readers);
    reasons.push(...found.reasons);
  }
  const sections = new Map<ImageReader, EditSection>();
  let nEdited = 0;
  for (const resize of resizesOf(readers)) {
    const here = readers.filter((each) => (each.resize ?? 'model') === resize);
    const own = patchGeometry(backbone);
    const geometry = resize === 'squash' ? squashed(own) : own;
    const { imageSize: side } = backbone.config;
    const pixels = { data: applyTransform(image, geometry.transform), shape: [1, 3, side, side] };
    const record = [...new Set([...here.flatMap((each) => each.record), input])];
    signal?.throwIfAborted();
    const clean = await runClean(backbone, pixels, { hook: output, tokens, record });
    const rows = await changedRows(editable, clean, options.changes);
    signal?.throwIfAborted();
    const after = await valuesBehind(editable, clean, rows);
    checkFinite(after, output);
    // Squashed images are looked at besides: what is counted is of the image as the model sees it.
    if (resize === 'model') nEdited = rowsThatDiffer(clean.rows, rows, editable.coder.config.dOut);
    for (const each of here)
      sections.set(each, await each.read(clean.values, after, { backbone, geometry }));
  }
  return {
    nTokens: editable.rows === 'cls' ? 1 : backbone.config.nPatches,
    nEdited,
    sections: readers.map((each) => sections.get(each)!),
    reasons,
  };
}

/** The model's own way first: there is always something to read in it. */
function resizesOf(readers: readonly ImageReader[]): Resize[] {
  return readers.some(({ resize }) => resize === 'squash') ? ['model', 'squash'] : ['model'];
}

function tokensOf({ backbone, rows, name }: EditableImages, where?: readonly number[]): number[] {
  if (rows === 'cls') {
    if (where?.some((each) => each !== 0)) {
      throw new UserError(
        `invalid patch ${where.find((each) => each !== 0)}: '${name}' reads the CLS token alone`,
        {
          hint: 'leave out where to edit',
        },
      );
    }
    return [0];
  }
  const patches = patchTokens(backbone.config);
  const unknown = where?.find(
    (patch) => !(Number.isInteger(patch) && patch >= 0 && patch < patches.length),
  );
  if (unknown !== undefined) {
    throw new UserError(
      `unknown patch ${unknown}: an image has ${counted(patches.length, 'patch', 'patches')}`,
      {
        hint: `patches run from 0 to ${patches.length - 1}, row by row`,
      },
    );
  }
  return where === undefined
    ? patches
    : [...new Set(where)].sort((a, b) => a - b).map((patch) => patches[patch]!);
}

async function changedRows(
  { coder, input }: EditableImages,
  { rows, tokens, values }: CleanRun,
  changes: EditOptions['changes'],
): Promise<Float32Array> {
  if (changes.length === 0) return rows;
  const inputs = takeTokens(values.get(input)!, tokens);
  return changeOutputs({ inputs, outputs: rows }, coder, changes);
}

/** What is behind the edit, and the edited point itself. */
async function valuesBehind(
  { backbone, output }: EditableImages,
  clean: CleanRun,
  rows: Float32Array,
): Promise<Values> {
  const { hookPoints } = backbone;
  const place = hookPoints.indexOf(output);
  const isBehind = (point: HookPoint): boolean =>
    point === 'output' || hookPoints.indexOf(point) > place;
  const record = clean.place.record.filter(isBehind);
  const after = await runEdited(backbone, { ...clean, place: { ...clean.place, record } }, rows);
  const own = putTokens(clean.values.get(output)!, clean.tokens, rows);
  return new Map<HookPoint, Tensor>([...after, [output, own]]);
}

function rowsThatDiffer(before: Float32Array, after: Float32Array, d: number): number {
  let count = 0;
  for (let at = 0; at < before.length; at += d)
    if (before.subarray(at, at + d).some((x, j) => x !== after[at + j])) count++;
  return count;
}
