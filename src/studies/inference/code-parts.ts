// Codes on their way to an archive: three files that grow, and a note of how far they are whole.
import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { diskError, kindOfPath, readJson, writeJsonAtomic } from '../../base/files.ts';
import { makeFolder } from '../../base/folders.ts';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import { openBytes, readBytes, readPieces } from '../../formats/byte-source.ts';
import { bytesOf } from '../../formats/tensor.ts';

const NOTE = 'state.json';

/** Files of the parts: entries of each row, column of each entry, its value; four bytes each. */
const FILES = { counts: 'counts.bin', indices: 'indices.bin', values: 'values.bin' } as const;
type Part = keyof typeof FILES;

/** Bytes read at a time. */
const PIECE = 2 ** 22;

const Note = z.object({
  key: z.string(),
  rows: z.int().min(0),
  nonzeros: z.int().min(0),
  /** What else is known when so many rows are written. */
  sums: z.unknown(),
});

/** Rows of codes that are written one batch after the other. */
export interface CodeParts {
  readonly rows: number;
  readonly nonzeros: number;
  /** What was kept with the last note, when this goes on from it. */
  readonly sums: unknown;
  /** Take rows, without entries of 0. */
  append(codes: SparseRows): Promise<void>;
  /** Take rows without entries. */
  skip(rows: number): Promise<void>;
  /** Flush all and note it: from here it goes on when the process is killed. */
  note(sums: unknown): Promise<void>;
  /** Read what was written, from its beginning. */
  counts(): AsyncIterable<Uint32Array>;
  indices(): AsyncIterable<Uint32Array>;
  values(): AsyncIterable<Float32Array>;
  /** Read it as rows of `columns` columns, some at a time. */
  rowsOf(columns: number): AsyncIterable<SparseRows>;
  close(): Promise<void>;
}

/**
 * Open the parts in a folder, which is made when it is not there. They go on from the last note when it was made for the
 * same `key`; else they begin anew.
 * @throws {UserError} when the disk refuses it.
 */
export async function openCodeParts(folder: string, key: string): Promise<CodeParts> {
  await makeFolder(folder);
  const found = await findNote(folder, key);
  let { rows, nonzeros } = found ?? { rows: 0, nonzeros: 0 };
  const files = {} as Record<Part, FileHandle>;
  for (const [part, name] of Object.entries(FILES) as [Part, string][]) {
    files[part] = await open(join(folder, name), found === undefined ? 'w+' : 'r+');
    await files[part].truncate(4 * (part === 'counts' ? rows : nonzeros));
  }
  const write = async (part: Part, data: Uint32Array | Float32Array): Promise<void> => {
    const at = 4 * (part === 'counts' ? rows : nonzeros);
    const bytes = bytesOf(data);
    try {
      for (let done = 0; done < bytes.length; )
        done += (await files[part].write(bytes, done, bytes.length - done, at + done)).bytesWritten;
    } catch (error) {
      throw diskError(error, folder);
    }
  };
  async function* pieces(part: Part): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const source = await openBytes(join(folder, FILES[part]));
    try {
      const end = 4 * (part === 'counts' ? rows : nonzeros);
      for await (const piece of readPieces(source, 0, end, PIECE)) yield piece.slice();
    } finally {
      await source.close();
    }
  }
  async function* whole(part: Part): AsyncGenerator<Uint32Array<ArrayBuffer>> {
    for await (const { buffer } of pieces(part)) yield new Uint32Array(buffer);
  }
  return {
    get rows() {
      return rows;
    },
    get nonzeros() {
      return nonzeros;
    },
    sums: found?.sums,
    async append(codes) {
      const { counts, index, value } = withoutZeros(codes);
      await write('indices', index);
      await write('values', value);
      await write('counts', counts);
      rows += counts.length;
      nonzeros += index.length;
    },
    async skip(n) {
      await write('counts', new Uint32Array(n));
      rows += n;
    },
    async note(sums) {
      for (const file of Object.values(files)) await file.datasync();
      await writeJsonAtomic(join(folder, NOTE), { key, rows, nonzeros, sums });
    },
    counts: () => whole('counts'),
    indices: () => whole('indices'),
    async *values() {
      for await (const { buffer } of pieces('values')) yield new Float32Array(buffer);
    },
    async *rowsOf(columns) {
      const indices = await openBytes(join(folder, FILES.indices));
      const values = await openBytes(join(folder, FILES.values));
      try {
        let at = 0;
        for await (const counts of whole('counts')) {
          for (const rowStart of blocksOf(counts)) {
            const n = rowStart.at(-1)!;
            yield {
              columns,
              rowStart,
              index: new Uint32Array((await readBytes(indices, 4 * at, 4 * n)).buffer),
              value: new Float32Array((await readBytes(values, 4 * at, 4 * n)).buffer),
            };
            at += n;
          }
        }
      } finally {
        await indices.close();
        await values.close();
      }
    },
    async close() {
      for (const file of Object.values(files)) await file.close();
    },
  };
}

/** Remove the parts of a folder. */
export async function removeCodeParts(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** The note of the same work, when what it says is there. */
async function findNote(folder: string, key: string): Promise<z.output<typeof Note> | undefined> {
  const path = join(folder, NOTE);
  if ((await kindOfPath(path)) !== 'file') return undefined;
  const note = Note.safeParse(await readJson(path, 'note of codes').catch(() => undefined));
  if (!note.success || note.data.key !== key) return undefined;
  const { rows, nonzeros } = note.data;
  for (const [part, name] of Object.entries(FILES)) {
    const size = (await stat(join(folder, name)).catch(() => undefined))?.size ?? -1;
    if (size < 4 * (part === 'counts' ? rows : nonzeros)) return undefined;
  }
  return note.data;
}

/** Cut rows into blocks of a bearable number of entries: where each row of a block starts. */
function* blocksOf(counts: Uint32Array): Generator<Uint32Array> {
  let starts = [0];
  for (const count of counts) {
    if (starts.length > 1 && starts.at(-1)! + count > PIECE) {
      yield Uint32Array.from(starts);
      starts = [0];
    }
    starts.push(starts.at(-1)! + count);
  }
  yield Uint32Array.from(starts);
}

/** Entries of each row, and the entries, as SciPy keeps those of a dense matrix. */
function withoutZeros({ rowStart, index, value }: SparseRows): {
  readonly counts: Uint32Array;
  readonly index: Uint32Array;
  readonly value: Float32Array;
} {
  const counts = new Uint32Array(rowStart.length - 1);
  if (!value.includes(0)) {
    for (let r = 0; r < counts.length; r++) counts[r] = rowStart[r + 1]! - rowStart[r]!;
    return { counts, index, value };
  }
  const keep = (_: number, p: number): boolean => value[p] !== 0;
  for (let r = 0; r < counts.length; r++)
    for (let p = rowStart[r]!; p < rowStart[r + 1]!; p++) if (value[p] !== 0) counts[r]!++;
  return { counts, index: index.filter(keep), value: value.filter(keep) };
}
