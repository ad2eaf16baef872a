// Codes of a set on disk, read again: of one example, or of all of them in order.
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { kindOfPath } from '../../base/files.ts';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import { openCsrNpz } from '../../formats/numpy/csr-stream.ts';
import { readCodesRecord } from './codes-record.ts';

/** Codes of some rows, and which ones. */
export interface CodedRows {
  readonly codes: SparseRows;
  /** Example of each row. */
  readonly exampleIndex: Int32Array;
  /** Token of each row within its example; −1 for CLS and for means. */
  readonly tokenIndex: Int32Array;
}

/** Open codes of a set. */
export interface TokenActs {
  readonly nExamples: number;
  readonly rowsPerExample: number;
  readonly dSae: number;
  readonly nonzeros: number;
  /** Token of each row of an example. */
  readonly tokens: readonly number[];
  /** Examples that could not be read when codes were made: their rows are empty. */
  readonly missing: readonly number[];
  /**
   * Read the codes `[rowsPerExample, dSae]` of an example.
   * @throws {UserError} when there is no such example, or its codes are damaged.
   */
  example(example: number): Promise<SparseRows>;
  /** Read all rows in order, whole examples at a time; those that are missing are left out. */
  batches(options?: { readonly signal?: AbortSignal | undefined }): AsyncGenerator<CodedRows>;
  close(): Promise<void>;
}

/** Rows that are read at once, about. */
const READ_ROWS = 4096;

/**
 * Open the codes that `infer` wrote into a folder, or a `token_acts.npz` of saev itself, of which `rowsPerExample` must be
 * told. Only what is asked for is read from files of this program; SciPy's compressed ones are unpacked into memory.
 * @throws {UserError} when there are none, or they are damaged.
 */
export async function openTokenActs(
  path: string,
  options: { readonly rowsPerExample?: number } = {},
): Promise<TokenActs> {
  const isFolder = (await kindOfPath(path)) === 'folder';
  const file = isFolder ? join(path, 'token_acts.npz') : path;
  if ((await kindOfPath(file)) === 'nothing')
    throw new UserError(`missing codes: there is no '${file}'`, {
      hint: "write them with 'saev infer'",
    });
  const record = await readCodesRecord(isFolder ? path : join(path, '..'));
  const rowsPerExample = record?.tokens.length ?? options.rowsPerExample;
  if (rowsPerExample === undefined)
    throw new UserError(`missing number of rows of an example: '${file}' does not say it`, {
      hint: 'give rowsPerExample: the patches of an image, as metadata.json of the shards has them',
    });
  const csr = await openCsrNpz(file);
  const nExamples = csr.rows / rowsPerExample;
  const isOfRecord =
    record === undefined || (record.nExamples === nExamples && record.dSae === csr.columns);
  if (!Number.isInteger(nExamples) || !isOfRecord) {
    await csr.close();
    throw new UserError(
      `invalid codes: '${file}' has ${csr.rows} rows, for examples of ${rowsPerExample}`,
      { hint: 'they were made of other examples' },
    );
  }
  const tokens =
    record?.tokens ??
    Array.from({ length: rowsPerExample }, (_, i) => (rowsPerExample === 1 ? -1 : i));
  const missing = new Set(record?.missing);
  return {
    nExamples,
    rowsPerExample,
    dSae: csr.columns,
    nonzeros: csr.nonzeros,
    tokens,
    missing: [...missing],
    async example(example) {
      if (!(Number.isInteger(example) && example >= 0 && example < nExamples))
        throw new UserError(`invalid example ${example}: there are ${nExamples}`);
      return csr.read(example * rowsPerExample, (example + 1) * rowsPerExample);
    },
    async *batches({ signal } = {}) {
      const step = Math.max(1, Math.floor(READ_ROWS / rowsPerExample));
      for (let first = 0; first < nExamples; ) {
        signal?.throwIfAborted();
        while (missing.has(first)) first++;
        let end = first;
        while (end < Math.min(first + step, nExamples) && !missing.has(end)) end++;
        if (end === first) break;
        const codes = await csr.read(first * rowsPerExample, end * rowsPerExample);
        const n = (end - first) * rowsPerExample;
        const row = (_: unknown, i: number): number => i;
        yield {
          codes,
          exampleIndex: Int32Array.from({ length: n }, row).map(
            (i) => first + Math.floor(i / rowsPerExample),
          ),
          tokenIndex: Int32Array.from({ length: n }, row).map((i) => tokens[i % rowsPerExample]!),
        };
        first = end;
      }
    },
    close: () => csr.close(),
  };
}
