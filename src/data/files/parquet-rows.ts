// A parquet file, read a block of rows at a time: on this disk, or on the hub by range.
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaTree,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { UserError } from '../../base/errors.ts';

/** Consecutive rows that are read at once. */
export interface RowBlock {
  readonly start: number;
  readonly end: number;
}

interface PlanOptions {
  /** Columns that will be read; all when not given. */
  readonly columns?: readonly string[];
  /** A row group of more bytes than this is read in parts, if the file has an index of its pages. */
  readonly blockBytes?: number;
}

/** A parquet file whose footer was read. */
interface ParquetRows {
  /** Stands for the file in errors. */
  readonly name: string;
  readonly rows: number;
  /** Columns by name, with what they are made of. */
  readonly columns: ReadonlyMap<string, SchemaTree>;
  /** Divide the rows into blocks that can be read without reading others. */
  plan(options?: PlanOptions): RowBlock[];
  /**
   * Read columns of a block; `text` says that byte columns are text in UTF-8.
   *
   * @throws {UserError} when they are damaged.
   */
  read(
    columns: readonly string[],
    options: { block?: RowBlock; text: boolean },
  ): Promise<Record<string, unknown>[]>;
  /** The value that a key has in the file's metadata. */
  note(key: string): string | undefined;
}

/** Enough for most footers in one read, without fetching half a megabyte of rows with it. */
const FOOTER_BYTES = 2 ** 16;

const BLOCK_BYTES = 64 * 2 ** 20;

/**
 * Read a file's footer. `name` stands for it in errors.
 *
 * @throws {UserError} when it is no parquet file.
 */
export async function openParquetRows(name: string, file: AsyncBuffer): Promise<ParquetRows> {
  const source = track(name, file);
  const metadata = await guarded(source, () =>
    parquetMetadataAsync(source.buffer, { initialFetchSize: FOOTER_BYTES, geoparquet: false }),
  );
  const { rows, columns } = await guarded(source, async () => ({
    rows: countRows(metadata, file.byteLength),
    columns: new Map(parquetSchema(metadata).children.map((tree) => [tree.element.name, tree])),
  }));
  return {
    name,
    rows,
    columns,
    plan: (options = {}) => planBlocks(metadata, options),
    async read(columns, { block = { start: 0, end: rows }, text }) {
      const stored = await guarded(source, () =>
        parquetReadObjects({
          file: source.buffer,
          metadata,
          columns: [...columns],
          rowStart: block.start,
          rowEnd: block.end,
          compressors,
          utf8: text,
          ...(text ? { parsers: { stringFromBytes: strictUtf8 } } : {}),
          geoparquet: false,
          useOffsetIndex: true,
        }),
      );
      if (stored.length === block.end - block.start) return stored;
      throw invalidParquet(name, 'rows are missing');
    },
    note: (key) => metadata.key_value_metadata?.find((entry) => entry.key === key)?.value,
  };
}

/** The error for a file that is damaged. */
function invalidParquet(name: string, reason: string, cause?: unknown): UserError {
  return new UserError(`invalid parquet file: '${name}': ${reason}`, {
    hint: 'it may be incomplete; fetch it again',
    cause,
  });
}

/** Repeated values pack well; beyond this, a count is a lie that would take the memory. */
const MOST_ROWS_A_BYTE = 1000;

function countRows(metadata: FileMetaData, fileBytes: number): number {
  let total = 0;
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    const bytes = bytesOf(group);
    if (!(rows >= 0 && bytes >= 0 && bytes <= fileBytes))
      throw new Error(`a row group of ${rows} rows in ${bytes} bytes`);
    total += rows;
  }
  if (total !== Number(metadata.num_rows))
    throw new Error(`its row groups hold ${total} rows, not ${metadata.num_rows}`);
  if (total > fileBytes * MOST_ROWS_A_BYTE) throw new Error(`${total} rows in ${fileBytes} bytes`);
  return total;
}

type RowGroup = FileMetaData['row_groups'][number];

function bytesOf(group: RowGroup, columns?: readonly string[]): number {
  return chunksOf(group, columns).reduce(
    (sum, column) => sum + Number(column.meta_data?.total_compressed_size ?? 0),
    0,
  );
}

function chunksOf(group: RowGroup, columns?: readonly string[]): RowGroup['columns'] {
  return group.columns.filter(
    ({ meta_data }) =>
      columns === undefined || columns.includes(meta_data?.path_in_schema[0] ?? ''),
  );
}

function planBlocks(
  metadata: FileMetaData,
  { columns, blockBytes = BLOCK_BYTES }: PlanOptions,
): RowBlock[] {
  const blocks: RowBlock[] = [];
  let start = 0;
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows);
    const indexed = chunksOf(group, columns).every(
      (column) => column.offset_index_offset !== undefined,
    );
    const parts = indexed ? Math.ceil(bytesOf(group, columns) / blockBytes) : 1;
    const step = Math.max(1, Math.ceil((end - start) / Math.max(1, parts)));
    for (let from = start; from < end; from += step)
      blocks.push({ start: from, end: Math.min(end, from + step) });
    start = end;
  }
  return blocks;
}

/** Where the hub's library would fail on bytes that are no text, so does this; hyparquet puts U+FFFD. */
function strictUtf8(bytes: Uint8Array | undefined): string | undefined {
  return bytes && new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}

/** Take errors of the parser for damage of the file; those of reading it are another matter and pass unchanged. */
async function guarded<T>(source: TrackedFile, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserError || source.failures.has(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw invalidParquet(source.name, reason, error);
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
  const read = async (start: number, end?: number): Promise<ArrayBuffer> => {
    try {
      return await file.slice(start, end);
    } catch (error) {
      failures.add(error);
      throw error;
    }
  };
  const slice = (start: number, end?: number): Promise<ArrayBuffer> => {
    const bytes = read(start, end);
    // Several reads are under way at once, and the parser waits for none after the first that fails.
    bytes.catch(() => {});
    return bytes;
  };
  return { name, buffer: { byteLength: file.byteLength, slice }, failures };
}
