// What a segmentation head sees in an image before and after an edit, patch by patch and pixel by pixel.

import { seenClassMap } from '../../../activations/labels/seen-class-map.ts';
import type { Tensor } from '../../../backbones/types.ts';
import { patchTokens, takeTokens } from '../../../backbones/vision/tokens.ts';
import { dataUrl } from '../../../data/images/data-url.ts';
import { encodePng } from '../../../data/images/encode.ts';
import type { SeenClasses, SegmentationSection } from '../../../pages/edit.ts';
import { shortName } from '../../segmentation/class-names.ts';
import { type ClassColour, classColours, paintClasses } from '../../segmentation/palette.ts';
import { type PatchLogits, patchClasses, pixelClasses } from '../../segmentation/upsampling.ts';
import type { EditHeadAtWork } from '../heads/heads.ts';
import type {
  ImageEditContext,
  ImageReader,
  ImageSectionKind,
  ImageView,
} from './image-section.ts';

/** Truth, prediction, and prediction after. */
export const segmentation: ImageSectionKind = {
  kind: 'segmentation',
  readers: async (context) => ({
    reasons: [],
    readers: context.heads
      .filter(({ kind }) => kind === 'segmentation')
      .map((head) => readerOf(head, context)),
  }),
};

function readerOf(head: EditHeadAtWork, { truth }: ImageEditContext): ImageReader {
  const { point, resize } = head;
  return {
    record: [point],
    resize,
    async read(before, after, view) {
      const { backbone, geometry } = view;
      const side = backbone.config.imageSize;
      const [was, is] = [
        await classesOf(before.get(point)!, head, view),
        await classesOf(after.get(point)!, head, view),
      ];
      const isOfHead = truth !== undefined && truth.classes.length === head.classes.length;
      const real = isOfHead ? seenClassMap(truth.map, geometry.transform).data : undefined;
      const colours = classColours(head.classes.length);
      const painted = (classes: Uint8Array): Promise<string> => picture(classes, side, colours);
      const seen = async ({ patches, pixels }: Classes): Promise<SeenClasses> => ({
        patches: [...patches],
        pixels: await painted(pixels),
      });
      return {
        kind: 'segmentation',
        head: head.id,
        grid: geometry.grid,
        legend: legendOf(
          [was.patches, was.pixels, is.patches, is.pixels, ...(real ? [real] : [])],
          {
            names: head.classes,
            colours,
          },
        ),
        ...(real && { truth: await painted(real) }),
        before: await seen(was),
        after: await seen(is),
        changedPatches: shareOfDifferent(was.patches, is.patches),
        changedPixels: shareOfDifferent(was.pixels, is.pixels),
        moves: movesOf(was.patches, is.patches),
      };
    },
  };
}

interface Classes {
  readonly patches: Uint8Array;
  readonly pixels: Uint8Array;
}

async function classesOf(
  value: Tensor,
  head: EditHeadAtWork,
  { backbone, geometry: { grid } }: ImageView,
): Promise<Classes> {
  const values = takeTokens(value, patchTokens(backbone.config));
  const data = await head.logits({ columns: head.dIn, values });
  const nClasses = head.classes.length;
  const logits: PatchLogits = { data, at: 0, stride: nClasses, nClasses, grid };
  return { patches: patchClasses(logits), pixels: pixelClasses(logits, backbone.config.imageSize) };
}

async function picture(
  classes: Uint8Array,
  side: number,
  colours: readonly ClassColour[],
): Promise<string> {
  const png = await encodePng({ width: side, height: side, data: paintClasses(classes, colours) });
  return dataUrl('image/png', png);
}

function legendOf(
  maps: readonly Uint8Array[],
  {
    names,
    colours,
  }: { readonly names: readonly string[]; readonly colours: readonly ClassColour[] },
): SegmentationSection['legend'] {
  const present = new Set(maps.flatMap((map) => [...new Set(map)]));
  return [...present]
    .sort((a, b) => a - b)
    .map((number) => ({
      class: number,
      name: shortName(names, number),
      colour: `rgb(${(colours[number] ?? [0, 0, 0]).join(', ')})`,
    }));
}

function shareOfDifferent(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((count, each, i) => count + (each === b[i] ? 0 : 1), 0) / a.length;
}

function movesOf(before: Uint8Array, after: Uint8Array): SegmentationSection['moves'] {
  const counts = new Map<string, { from: number; to: number; patches: number }>();
  for (const [i, from] of before.entries()) {
    const to = after[i]!;
    if (from === to) continue;
    const key = `${from} ${to}`;
    const move = counts.get(key) ?? { from, to, patches: 0 };
    move.patches++;
    counts.set(key, move);
  }
  return [...counts.values()].sort(
    (a, b) => b.patches - a.patches || a.from - b.from || a.to - b.to,
  );
}
