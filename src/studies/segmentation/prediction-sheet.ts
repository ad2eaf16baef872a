// A sheet of pictures: images, what they show, and what a head sees in them, with the names of the colours.
import { encodePng } from '../../data/images/encode.ts';
import type { RgbImage } from '../../data/images/images.ts';
import { resizeRaster } from '../../data/images/resize.ts';
import { type ClassColour, classColours, paintClasses } from './palette.ts';

/** One image with its classes, all of the model's input size but `patches`. */
export interface PredictedImage {
  readonly image: RgbImage;
  /** True class of each pixel, `[side, side]`. */
  readonly truth: Uint8Array;
  /** Class of each patch, `[grid, grid]`. */
  readonly patches: Uint8Array;
  /** Class of each pixel by interpolated scores, `[side, side]`. */
  readonly pixels: Uint8Array;
  readonly caption: string;
}

const TITLES = ['Image', 'Truth', 'Predicted, patch by patch', 'Predicted, interpolated'];
/** Pixels of a picture, and around it. */
const SIDE = 160;
const GAP = 12;
const TITLE = 34;
const CAPTION = 20;
const LEGEND_ROW = 22;
const LEGEND_COLUMNS = 4;
const WIDTH = 4 * (SIDE + GAP) + GAP;
const FONT = 'system-ui, -apple-system, Segoe UI, Roboto, Noto Sans, DejaVu Sans, sans-serif';

/**
 * Draw a sheet as SVG: a row for each image, and below them the colours of all classes that occur in it.
 */
export async function predictionSheet(
  rows: readonly PredictedImage[],
  { title, classes }: { readonly title: string; readonly classes: readonly string[] },
): Promise<string> {
  const colours = classColours(classes.length);
  const shown = new Set<number>();
  const parts: string[] = [];
  for (const [i, row] of rows.entries()) {
    const top = 2 * TITLE + i * (SIDE + CAPTION + GAP);
    for (const number of [...row.truth, ...row.pixels, ...row.patches]) shown.add(number);
    for (const [column, picture] of (await picturesOf(row, colours)).entries()) {
      const left = GAP + column * (SIDE + GAP);
      parts.push(
        `<image x="${left}" y="${top}" width="${SIDE}" height="${SIDE}" href="${picture}"/>`,
      );
    }
    parts.push(text(GAP, top + SIDE + 14, row.caption, 'font-size="11" fill="#5b6b70"'));
  }
  const legendTop = 2 * TITLE + rows.length * (SIDE + CAPTION + GAP) + GAP;
  const present = [...shown].sort((a, b) => a - b);
  for (const [i, number] of present.entries()) {
    const x = GAP + (i % LEGEND_COLUMNS) * ((WIDTH - GAP) / LEGEND_COLUMNS);
    const y = legendTop + Math.floor(i / LEGEND_COLUMNS) * LEGEND_ROW;
    parts.push(
      `<rect x="${x}" y="${y}" width="14" height="14" fill="rgb(${colours[number]!.join()})" stroke="#c8cfd1"/>`,
      text(x + 20, y + 12, shortName(classes[number] ?? String(number)), 'font-size="12"'),
    );
  }
  const height = legendTop + Math.ceil(present.length / LEGEND_COLUMNS) * LEGEND_ROW + GAP;
  const head = [
    text(GAP, 24, title, 'font-size="15" font-weight="600"'),
    ...TITLES.map((each, i) =>
      text(GAP + i * (SIDE + GAP), 2 * TITLE - 10, each, 'font-size="12"'),
    ),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="${FONT}" fill="#06191f">`,
    `<rect width="${WIDTH}" height="${height}" fill="white"/>`,
    ...head,
    ...parts,
    '</svg>',
  ].join('\n');
}

/** The first two names of a class: `building, edifice`. */
export function shortName(name: string): string {
  return name
    .split(',')
    .slice(0, 2)
    .map((each) => each.trim())
    .join(', ');
}

async function picturesOf(
  { image, truth, patches, pixels }: PredictedImage,
  colours: readonly ClassColour[],
): Promise<string[]> {
  return Promise.all([
    enlarged(image.data, image.width, 'bicubic'),
    ...[truth, patches, pixels].map((classes) =>
      enlarged(paintClasses(classes, colours), Math.sqrt(classes.length), 'nearest'),
    ),
  ]);
}

/** A square picture as PNG of twice the size it is shown in, as an address. */
async function enlarged(
  data: Uint8Array,
  side: number,
  interpolation: 'nearest' | 'bicubic',
): Promise<string> {
  const picture = { width: side, height: side, channels: 3, data };
  const size = { width: 2 * SIDE, height: 2 * SIDE, interpolation };
  const png = await encodePng(resizeRaster(picture, size));
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}

function text(x: number, y: number, words: string, style: string): string {
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}" ${style}>${escaped}</text>`;
}
