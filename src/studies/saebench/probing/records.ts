// Rows of tables on this disk, by columns: .parquet, .jsonl and .csv files.
import { UserError } from '../../../base/errors.ts';
import { readText } from '../../../base/files.ts';
import { readLines } from '../../../data/texts/sources/text-lines.ts';
import { PACKED } from '../../../data/texts/sources/text-pieces.ts';
import { localBuffer } from '../../../hub/ranges.ts';

/** A file of rows. */
export interface RecordFile {
  readonly path: string;
  /** Names of its columns. */
  columns(): Promise<readonly string[]>;
  /** Its rows in order, with these columns. */
  rows(columns: readonly string[]): AsyncGenerator<Readonly<Record<string, unknown>>, void>;
}

/** Endings of files that can be read. */
export const RECORD_ENDINGS = '.parquet, .jsonl, .csv and .tsv; .jsonl also as .gz or .zst';

/** See a file as rows; undefined where its ending is of another kind. */
export function recordFile(path: string): RecordFile | undefined {
  const packed = PACKED.find((ending) => path.endsWith(ending)) ?? '';
  const stem = path.slice(0, path.length - packed.length).toLowerCase();
  if (['.jsonl', '.ndjson', '.json'].some((ending) => stem.endsWith(ending))) return jsonFile(path);
  if (packed !== '') return undefined;
  if (stem.endsWith('.parquet')) return parquetFile(path);
  if (stem.endsWith('.csv')) return tableFile(path, ',');
  return stem.endsWith('.tsv') ? tableFile(path, '\t') : undefined;
}

function parquetFile(path: string): RecordFile {
  const open = async () => {
    const { openParquetRows } = await import('../../../data/files/parquet-rows.ts');
    return openParquetRows(path, await localBuffer(path));
  };
  return {
    path,
    columns: async () => [...(await open()).columns.keys()],
    async *rows(columns) {
      const file = await open();
      for (const block of file.plan({ columns }))
        yield* await file.read(columns, { block, text: true });
    },
  };
}

function jsonFile(path: string): RecordFile {
  async function* records(): AsyncGenerator<Record<string, unknown>, void> {
    let number = 0;
    for await (const line of readLines(path)) {
      number++;
      if (line.trim() === '') continue;
      const where = `${path}:${number}`;
      let value: unknown;
      try {
        value = JSON.parse(line);
      } catch (cause) {
        throw new UserError(`invalid data set: '${where}' is not JSON`, {
          hint: 'each line must be one JSON object',
          cause,
        });
      }
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw new UserError(`invalid data set: '${where}' is no JSON object`);
      yield value as Record<string, unknown>;
    }
  }
  return {
    path,
    async columns() {
      for await (const record of records()) return Object.keys(record);
      return [];
    },
    rows: () => records(),
  };
}

function tableFile(path: string, delimiter: string): RecordFile {
  const parsed = async (): Promise<Record<string, string>[]> => {
    const text = await readText(path, 'data set');
    const { parse } = await import('csv-parse/sync');
    try {
      return parse(text, { bom: true, columns: true, delimiter, skip_empty_lines: true });
    } catch (cause) {
      throw new UserError(`invalid data set: '${path}' is no table`, { cause });
    }
  };
  return {
    path,
    columns: async () => Object.keys((await parsed())[0] ?? {}),
    async *rows() {
      yield* await parsed();
    },
  };
}
