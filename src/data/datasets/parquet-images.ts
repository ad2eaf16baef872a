// A dataset of images in parquet files, read a block of rows at a time.
import type { AsyncBuffer } from 'hyparquet';
import { UserError } from '../../base/errors.ts';
import { mapAhead } from '../../base/iterables.ts';
import type { DataOrigin } from '../files/data-origin.ts';
import { openParquetFile, type ParquetFile, type StoredImage } from '../files/parquet-file.ts';
import { BadImageError, decodeImage } from '../images/decode.ts';
import type { ImageDataset, ImageEntry } from '../images/images.ts';
import { checkIndex } from './dataset-kind.ts';

/** A parquet file that has not been opened yet. */
interface ParquetSource {
  readonly name: string;
  open(): Promise<AsyncBuffer>;
}

export interface ParquetImagesOptions {
  /**
   * Read all labels now. Otherwise an entry's `target` is −1 and its `label` empty until its image, or one near it, has
   * been read or looked up: over the network the labels alone would take thousands of requests.
   */
  readonly labels: 'now' | 'with images';
  /** Files opened at a time. */
  readonly concurrency?: number;
  /** Bytes that are read at once, about: {@link openParquetFile}. */
  readonly blockBytes?: number;
  /** Look at the files now. */
  readonly origin?: () => Promise<DataOrigin>;
}

/** Blocks kept in memory: enough for reading ahead across a border. */
const KEPT_BLOCKS = 3;

/**
 * Open files as one dataset, rows numbered through in the order given.
 * @throws {UserError} when one is damaged, or all are empty.
 */
export async function openParquetImages(
  sources: readonly ParquetSource[],
  { labels, concurrency = 4, blockBytes, origin }: ParquetImagesOptions,
): Promise<ImageDataset> {
  const files: ParquetFile[] = [];
  const open = async ({ name, open }: ParquetSource) =>
    openParquetFile(name, await open(), { blockBytes });
  for await (const file of mapAhead(sources, concurrency, open)) files.push(file);
  const places = files.flatMap((file) => file.blocks.map((block) => ({ file, block })));
  const starts = startsOf(places.map(({ block }) => block.end - block.start));
  const length = starts.at(-1)!;
  if (length === 0) throw new UserError('invalid image dataset: its parquet files hold no image');
  const targets = new Int32Array(length).fill(-1);
  if (labels === 'now') {
    let at = 0;
    const read = (file: ParquetFile) => file.readLabels();
    for await (const numbers of mapAhead(files, concurrency, read)) {
      targets.set(numbers, at);
      at += numbers.length;
    }
  }
  const classes = files.find((file) => file.classes !== undefined)?.classes ?? [];

  const readBlock = async (place: number): Promise<StoredImage[]> => {
    const rows = await places[place]!.file.readBlock(places[place]!.block);
    targets.set(
      rows.map((row) => row.label),
      starts[place]!,
    );
    return rows;
  };
  const cache = recent(KEPT_BLOCKS, readBlock);
  const labelled = new Map<number, Promise<void>>();
  const readLabels = async (place: number): Promise<void> => {
    const { file, block } = places[place]!;
    targets.set(await file.readLabels(block), starts[place]!);
  };
  const entryOf = (index: number): ImageEntry => {
    const place = lastAtMost(starts, checkIndex(index, length));
    const target = targets[index]!;
    return { index, source: sourceOf(index, place), target, label: classes[target] ?? '' };
  };
  const sourceOf = (index: number, place: number): string => {
    const { file, block } = places[place]!;
    return `${file.name}#${block.start + index - starts[place]!}`;
  };
  return {
    length,
    classes,
    entry: entryOf,
    async lookUp(index) {
      if (entryOf(index).target === -1 && labels !== 'now') {
        const place = lastAtMost(starts, index);
        const known = labelled.get(place) ?? readLabels(place);
        labelled.set(place, known);
        known.catch(() => labelled.delete(place));
        await known;
      }
      return entryOf(index);
    },
    async image(index) {
      const place = lastAtMost(starts, checkIndex(index, length));
      const source = sourceOf(index, place);
      const { bytes } = (await cache(place))[index - starts[place]!]!;
      if (bytes === undefined) throw new BadImageError(source, 'the row holds no bytes');
      // As the `datasets` library decodes: turned as EXIF says.
      return decodeImage(bytes, source, { upright: true });
    },
    ...(origin && { origin }),
    close: async () => {},
  };
}

/** Where each part begins when parts of these lengths stand one after the other, and where the last one ends. */
function startsOf(lengths: readonly number[]): number[] {
  const starts = [0];
  for (const length of lengths) starts.push(starts.at(-1)! + length);
  return starts;
}

/** Position of the last of the ascending `starts` (its final element left out) that is not above `value`. */
function lastAtMost(starts: readonly number[], value: number): number {
  let low = 0;
  let high = starts.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Remember the `size` values that were asked for last. Those asked for at the same time are loaded once. */
function recent<T>(size: number, load: (key: number) => Promise<T>): (key: number) => Promise<T> {
  const kept = new Map<number, Promise<T>>();
  return (key) => {
    const value = kept.get(key) ?? load(key);
    kept.delete(key);
    kept.set(key, value);
    value.catch(() => kept.delete(key));
    for (const oldest of kept.keys()) {
      if (kept.size <= size) break;
      kept.delete(oldest);
    }
    return value;
  };
}
