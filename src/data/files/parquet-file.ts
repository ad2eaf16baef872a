// One parquet file of images as the HuggingFace hub stores them: a column `image` of { bytes, path }, a column `label`
// of numbers, class names in the file's `huggingface` metadata.
import type { AsyncBuffer } from 'hyparquet';
import { UserError } from '../../base/errors.ts';
import { openParquetRows, type RowBlock } from './parquet-rows.ts';

/** An image as it is stored: encoded, or missing. */
export interface StoredImage {
  readonly bytes: Uint8Array | undefined;
  readonly label: number;
}

/** A parquet file of images whose footer was read. */
export interface ParquetFile {
  readonly name: string;
  readonly rows: number;
  readonly blocks: readonly RowBlock[];
  /** Class names by number; undefined when the file does not say. */
  readonly classes: readonly string[] | undefined;
  readBlock(block: RowBlock): Promise<StoredImage[]>;
  /** Read labels alone: of a block, or of all rows. */
  readLabels(block?: RowBlock): Promise<number[]>;
}

/**
 * Read a file's footer. `name` stands for it in errors. A row group of more than `blockBytes` is read in parts, if the
 * file has an index of its pages.
 *
 * @throws {UserError} when it is no parquet file of images.
 */
export async function openParquetFile(
  name: string,
  buffer: AsyncBuffer,
  { blockBytes }: { blockBytes?: number } = {},
): Promise<ParquetFile> {
  const file = await openParquetRows(name, buffer);
  const { rows, columns } = file;
  if (!columns.get('image')?.children.some(({ element }) => element.name === 'bytes'))
    throw new UserError(
      `invalid image dataset: '${name}' has no column 'image' of encoded images`,
      { hint: `its columns: ${[...columns.keys()].join(', ')}` },
    );
  const hasLabel = columns.has('label');
  return {
    name,
    rows,
    blocks: file.plan({ blockBytes }),
    classes: classNames(file.note('huggingface')),
    async readBlock(block) {
      const wanted = hasLabel ? ['image', 'label'] : ['image'];
      // As text, the images' bytes would be decoded.
      const stored = await file.read(wanted, { block, text: false });
      return stored.map(({ image, label }) => {
        const bytes = (image as { bytes?: unknown } | null)?.bytes;
        return { bytes: bytes instanceof Uint8Array ? bytes : undefined, label: toLabel(label) };
      });
    },
    async readLabels(block = { start: 0, end: rows }) {
      if (!hasLabel) return new Array<number>(block.end - block.start).fill(-1);
      const stored = await file.read(['label'], { block, text: false });
      return stored.map(({ label }) => toLabel(label));
    },
  };
}

/** Class names from the metadata that the `datasets` library writes. */
function classNames(text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  try {
    const names = JSON.parse(text)?.info?.features?.label?.names;
    return Array.isArray(names) ? names.map(String) : undefined;
  } catch {
    return undefined;
  }
}

/** `-1` marks an image without a label, as in the hub's test splits. */
function toLabel(value: unknown): number {
  return typeof value === 'bigint' || typeof value === 'number' ? Number(value) : -1;
}
