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

/** Enough for most footers in one read, without fetching half a megabyte of images with it. */
const FOOTER_BYTES = 2 ** 16;

/**
 * Read a file's footer. `name` stands for it in errors. A row group of more than `blockBytes` is read in parts, if the
 * file has an index of its pages.
 *
 * @throws UserError if it is no parquet file of images.
 */
export async function openParquetFile(
  name: string,
  file: AsyncBuffer,
  { blockBytes = 64 * 2 ** 20 }: { blockBytes?: number } = {},
): Promise<ParquetFile> {
  const source = track(name, file);
  const metadata = await guarded(source, () =>
    parquetMetadataAsync(source.buffer, { initialFetchSize: FOOTER_BYTES, geoparquet: false }),
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
    guarded(source, () =>
      parquetReadObjects({
        file: source.buffer,
        metadata,
        columns,
        ...(block === undefined ? {} : { rowStart: block.start, rowEnd: block.end }),
        compressors,
        utf8: false, // or the images' bytes would be decoded as text
        geoparquet: false,
        useOffsetIndex: true,
      }),
    );
  const blocks = await guarded(source, async () =>
    planBlocks(metadata, file.byteLength, blockBytes),
  );
  const rows = blocks.at(-1)?.end ?? 0;
  return {
    name,
    rows,
    blocks,
    classes: classNames(metadata),
    async readBlock(block) {
      const stored = await read(hasLabel ? ['image', 'label'] : ['image'], block);
      if (stored.length !== block.end - block.start) throw invalidFile(name, 'rows are missing');
      return stored.map(({ image, label }) => {
        const bytes = (image as { bytes?: unknown } | null)?.bytes;
        return { bytes: bytes instanceof Uint8Array ? bytes : undefined, label: toLabel(label) };
      });
    },
    async readLabels() {
      if (!hasLabel) return new Array<number>(rows).fill(-1);
      const stored = await read(['label']);
      if (stored.length !== rows) throw invalidFile(name, 'labels are missing');
      return stored.map(({ label }) => toLabel(label));
    },
  };
}

function planBlocks(metadata: FileMetaData, fileBytes: number, blockBytes: number): RowBlock[] {
  const blocks: RowBlock[] = [];
  let start = 0;
  const total = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
  if (total !== Number(metadata.num_rows) || total > fileBytes)
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
    const parts = indexed ? Math.ceil(bytes / blockBytes) : 1;
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

/** Take errors of the parser for damage of the file; those of reading it are another matter and pass unchanged. */
async function guarded<T>(source: TrackedFile, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserError || source.failures.has(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw invalidFile(source.name, reason, error);
  }
}

interface TrackedFile {
  readonly name: string;
  readonly buffer: AsyncBuffer;
  /** What reading threw. */
  readonly failures: Set<unknown>;
}

function track(name: string, file: AsyncBuffer): TrackedFile {
  const failures = new Set<unknown>();
  const slice = async (start: number, end?: number): Promise<ArrayBuffer> => {
    try {
      return await file.slice(start, end);
    } catch (error) {
      failures.add(error);
      throw error;
    }
  };
  return { name, buffer: { byteLength: file.byteLength, slice }, failures };
}

function invalidFile(name: string, reason: string, cause?: unknown): UserError {
  return new UserError(`invalid parquet file: '${name}': ${reason}`, {
    hint: 'it may be incomplete; fetch it again',
    cause,
  });
}
