// Edits in the forward pass of one batch of images, and what the head sees before and behind them.
import type { Tensor } from '../../../backbones/types.ts';
import { takeTokens } from '../../../backbones/vision/tokens.ts';
import type { SparseRows } from '../../../compute/sparse-rows.ts';
import type { Coder } from '../../../sae/open-coder.ts';
import { type CleanRun, runClean, runEdited } from '../../editing/edited-run.ts';
import type { EditedModel } from './edited-model.ts';
import type { ImageBatch } from './image-batches.ts';
import type { EditMethod, EditTools } from './methods.ts';
import { openPredictor, type Predictor } from './predictions.ts';

/** Where patches are edited: those of one class at a time, every patch for one class at a time, or each for its own. */
export type EditExtent = 'class' | 'everywhere' | 'labels';

/** What an edit of some images did. */
export interface EditedPatches {
  readonly method: string;
  /** The class that was edited for; undefined when all were at once. */
  readonly only?: number;
  /** Labels of the patches, and the classes that the head saw before and behind the edit. */
  readonly labels: Int32Array;
  readonly before: Int32Array;
  readonly after: Int32Array;
}

/** Edits batches of images. */
export interface ImageEditor {
  /** Edit a batch whose patches have these labels, by each method. */
  edit(batch: ImageBatch, labels: Int32Array): AsyncGenerator<EditedPatches>;
}

/** Set a model, an autoencoder and methods to work. */
export async function openImageEditor(
  model: Pick<EditedModel, 'backbone' | 'hook' | 'headHook' | 'head'>,
  coder: Coder,
  options: {
    readonly methods: readonly EditMethod[];
    readonly extent: EditExtent;
    readonly tools: Omit<EditTools, 'coder'>;
  },
): Promise<ImageEditor> {
  const { backbone, hook, headHook, head } = model;
  const { methods, extent, tools } = options;
  const predict = await openPredictor(head);
  const nPatches = backbone.config.nPatches;

  return {
    async *edit({ pixels, images }, labels) {
      const clean = await runClean(backbone, pixels, { hook, record: [headHook] });
      const before = await predictionsOf(clean.values.get(headHook)!, clean, predict);
      const codes = await coder.encode(clean.rows);
      for (const only of classesToEdit(labels, extent)) {
        const some = imagesWith(labels, nPatches, only);
        const part = partOf(clean, some);
        const own = pick(labels, some, nPatches);
        const patches = {
          rows: part.rows,
          classes: only === undefined || extent === 'class' ? own : own.map(() => only),
          isOpen: (patch: number): boolean => extent !== 'class' || own[patch] === only,
          imageOf: (patch: number): number => images[some[Math.floor(patch / nPatches)]!]!,
        };
        const encoded = rowsOfImages(codes, some, nPatches);
        const coderHere = {
          config: coder.config,
          weights: coder.weights,
          encode: async () => encoded,
        };
        for (const method of methods) {
          const rows = await method.edit(patches, { ...tools, coder: coderHere });
          const edited = await runEdited(backbone, part, rows);
          yield {
            method: method.name,
            ...(only !== undefined && { only }),
            labels: own,
            before: pick(before, some, nPatches),
            after: await predictionsOf(edited.get(headHook)!, part, predict),
          };
        }
      }
    },
  };
}

async function predictionsOf(
  values: Tensor,
  { tokens }: CleanRun,
  predict: Predictor,
): Promise<Int32Array> {
  return predict(takeTokens(values, tokens));
}

function classesToEdit(labels: Int32Array, extent: EditExtent): readonly (number | undefined)[] {
  if (extent === 'labels') return [undefined];
  return [...new Set(labels)].filter((each) => each > 0).sort((a, b) => a - b);
}

/** Positions in the batch of the images that show a class; all when none is named. */
function imagesWith(labels: Int32Array, nPatches: number, only: number | undefined): number[] {
  const all = Array.from({ length: labels.length / nPatches }, (_, i) => i);
  if (only === undefined) return all;
  return all.filter((image) =>
    labels.subarray(image * nPatches, (image + 1) * nPatches).includes(only),
  );
}

/** The part of a clean run that is of some of its images. */
function partOf(clean: CleanRun, images: readonly number[]): CleanRun {
  const batch = clean.pixels.shape[0]!;
  if (images.length === batch) return clean;
  const of = ({ data, shape }: Tensor): Tensor => ({
    data: pick(data, images, data.length / batch),
    shape: [images.length, ...shape.slice(1)],
  });
  return {
    ...clean,
    pixels: of(clean.pixels),
    rows: pick(clean.rows, images, clean.rows.length / batch),
    values: new Map([...clean.values].map(([name, tensor]) => [name, of(tensor)])),
  };
}

/** Pieces of `size` elements, by their numbers. */
function pick<T extends Float32Array | Int32Array>(
  values: T,
  pieces: readonly number[],
  size: number,
): T {
  const picked = new (values.constructor as new (length: number) => T)(pieces.length * size);
  pieces.forEach((piece, i) => {
    picked.set(values.subarray(piece * size, (piece + 1) * size), i * size);
  });
  return picked;
}

/** Codes of the patches of some images. */
function rowsOfImages(
  { columns, rowStart, index, value }: SparseRows,
  images: readonly number[],
  nPatches: number,
): SparseRows {
  const starts = new Uint32Array(images.length * nPatches + 1);
  let entries = 0;
  for (const [i, image] of images.entries()) {
    for (let patch = 0; patch < nPatches; patch++) {
      const row = image * nPatches + patch;
      entries += rowStart[row + 1]! - rowStart[row]!;
      starts[i * nPatches + patch + 1] = entries;
    }
  }
  const part = { index: new Uint32Array(entries), value: new Float32Array(entries) };
  for (const [i, image] of images.entries()) {
    const [from, to] = [rowStart[image * nPatches]!, rowStart[(image + 1) * nPatches]!];
    part.index.set(index.subarray(from, to), starts[i * nPatches]!);
    part.value.set(value.subarray(from, to), starts[i * nPatches]!);
  }
  return { columns, rowStart: starts, ...part };
}
