// One parquet file of images as the HuggingFace hub stores them: a column `image` of { bytes, path }, a column `label`
// of numbers, class names in the file's `huggingface` metadata.
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { UserError } from '../base/errors.ts';

/** Consecutive rows that are read at once. */
export interface RowBlock {
  readonly start: number;
  readonly end: number;
}

/** An image as it is stored: encoded, or missing. */
export interface StoredImage {
  readonly bytes: Uint8Array | undefined;
  readonly label: number;
}

/** A parquet file whose footer was read. */
export interface ParquetFile {
  readonly name: string;
  readonly rows: number;
  readonly blocks: readonly RowBlock[];
  /** Class names by number; undefined when the file does not say. */
  readonly classes: readonly string[] | undefined;
  readBlock(block: RowBlock): Promise<StoredImage[]>;
  readLabels(): Promise<number[]>;
}

/** A row group larger than this is read in parts, if the file has an index of its pages. */
const BLOCK_BYTES = 64 * 2 ** 20;
/** Enough for most footers in one read, without fetching half a megabyte of images with it. */
const FOOTER_BYTES = 2 ** 16;

/** Read a file's footer. `name` stands for it in errors. @throws UserError if it is no parquet file of images. */
export async function openParquetFile(name: string, file: AsyncBuffer): Promise<ParquetFile> {
  const metadata = await guarded(name, () =>
    parquetMetadataAsync(file, { initialFetchSize: FOOTER_BYTES, geoparquet: false }),
  );
  const leaves = new Set(
    metadata.row_groups[0]?.columns.map((column) => column.meta_data?.path_in_schema.join('.')),
  );
  const columns = metadata.schema.map((element) => element.name);
  const hasLabel = columns.includes('label');
  if (!columns.includes('image') || (leaves.size > 0 && !leaves.has('image.bytes')))
    throw new UserError(
      `invalid image dataset: '${name}' has no column 'image' of encoded images`,
      {
        hint: `its columns: ${columns.slice(1).join(', ')}`,
      },
    );

  const read = (columns: string[], block?: RowBlock): Promise<Record<string, unknown>[]> =>
    guarded(name, () =>
      parquetReadObjects({
        file,
        metadata,
        columns,
        ...(block === undefined ? {} : { rowStart: block.start, rowEnd: block.end }),
        compressors,
        utf8: false, // or the images' bytes would be decoded as text
        geoparquet: false,
        useOffsetIndex: true,
      }),
    );
  const blocks = await guarded(name, async () => planBlocks(metadata, file.byteLength));
  const rows = blocks.at(-1)?.end ?? 0;
  return {
    name,
    rows,
    blocks,
    classes: classNames(metadata),
    async readBlock(block) {
      const rows = await read(hasLabel ? ['image', 'label'] : ['image'], block);
      if (rows.length !== block.end - block.start) throw invalidFile(name, 'rows are missing');
      return rows.map(({ image, label }) => {
        const bytes = (image as { bytes?: unknown } | null)?.bytes;
        return { bytes: bytes instanceof Uint8Array ? bytes : undefined, label: toLabel(label) };
      });
    },
    async readLabels() {
      if (!hasLabel) return new Array<number>(rows).fill(-1);
      return (await read(['label'])).map(({ label }) => toLabel(label));
    },
  };
}

function planBlocks(metadata: FileMetaData, fileBytes: number): RowBlock[] {
  const blocks: RowBlock[] = [];
  let start = 0;
  const total = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
  if (total !== Number(metadata.num_rows) || total >= 2 ** 31)
    throw new Error(`its row groups hold ${total} rows, not ${metadata.num_rows}`);
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows);
    const bytes = group.columns.reduce(
      (sum, column) => sum + Number(column.meta_data?.total_compressed_size ?? 0),
      0,
    );
    if (!(end >= start && bytes >= 0 && bytes <= fileBytes))
      throw new Error(`a row group of ${group.num_rows} rows in ${bytes} bytes`);
    const indexed = group.columns.every((column) => column.offset_index_offset !== undefined);
    const parts = indexed ? Math.ceil(bytes / BLOCK_BYTES) : 1;
    const step = Math.max(1, Math.ceil((end - start) / Math.max(1, parts)));
    for (let from = start; from < end; from += step)
      blocks.push({ start: from, end: Math.min(end, from + step) });
    start = end;
  }
  return blocks;
}

/** Class names from the metadata that the `datasets` library writes. */
function classNames(metadata: FileMetaData): string[] | undefined {
  const text = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
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

async function guarded<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserError || isAbort(error)) throw error;
    throw invalidFile(name, error instanceof Error ? error.message : String(error), error);
  }
}

function invalidFile(name: string, reason: string, cause?: unknown): UserError {
  return new UserError(`invalid parquet file: '${name}': ${reason}`, {
    hint: 'it may be incomplete; fetch it again',
    cause,
  });
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
