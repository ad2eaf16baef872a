// Random access to the shards: one example, or one stored token, at a time.
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { SHARD_STORAGE } from '../shards/dtypes.ts';
import type { ShardIndex } from '../shards/shard-index.ts';
import { truncated } from './pass.ts';
import { bufferBytes, fileOf, planReads, type ReadPlan, readsOf } from './read-plan.ts';
import type { RowSelection } from './selection.ts';

/** Files kept open; beyond these, a file is opened for each read. */
const MAX_OPEN = 256;

export interface ExampleReader {
  /** Where `readExample` puts the tokens of the selection. */
  readonly plan: ReadPlan;
  /** Read what the selection needs of one example, laid out as `plan` says. Zeros where none was recorded. */
  readExample(example: number): Promise<Float32Array>;
  /** Read stored token `source` (`layer · nTokens + token`) of one example, `[dModel]`. */
  readToken(example: number, source: number): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Prepare random access; files are opened as they are needed. */
export function createExampleReader(index: ShardIndex, selection: RowSelection): ExampleReader {
  const { folder, files, geometry } = index;
  const plan = planReads(geometry, selection);
  const { widen } = SHARD_STORAGE[geometry.dtype];
  const handles = new Map<number, Promise<FileHandle>>();
  const end = files.length === 0 ? 0 : files.at(-1)!.first + files.at(-1)!.count;

  const withFile = async (
    file: number,
    use: (handle: FileHandle) => Promise<void>,
  ): Promise<void> => {
    const path = join(folder, files[file]!.name);
    if (!handles.has(file) && handles.size >= MAX_OPEN) {
      const handle = await open(path, 'r');
      try {
        return await use(handle);
      } finally {
        await handle.close();
      }
    }
    if (!handles.has(file)) handles.set(file, open(path, 'r'));
    await use(await handles.get(file)!);
  };

  const fill = async (
    handle: FileHandle,
    name: string,
    bytes: Uint8Array,
    position: number,
  ): Promise<void> => {
    for (let done = 0; done < bytes.length; ) {
      const { bytesRead } = await handle.read(bytes, done, bytes.length - done, position + done);
      if (bytesRead === 0) throw truncated(folder, name);
      done += bytesRead;
    }
  };

  return {
    plan,
    async readExample(example) {
      const bytes = new Uint8Array(bufferBytes(plan, 1));
      const buffer = new Float32Array(bytes.length / plan.valueBytes);
      if (example >= end) return buffer;
      const file = fileOf(files, example);
      const inFile = files[file]!;
      await withFile(file, async (handle) => {
        const run = { file, inFile, first: example, count: 1 };
        for (const { position, length, to } of readsOf(plan, geometry, run)) {
          await fill(handle, inFile.name, bytes.subarray(to, to + length), position);
        }
      });
      widen(bytes, 0, buffer);
      return buffer;
    },
    async readToken(example, source) {
      const row = new Float32Array(geometry.dModel);
      if (example >= end) return row;
      const file = fileOf(files, example);
      const inFile = files[file]!;
      const position =
        (example - inFile.first) * geometry.exampleBytes + source * geometry.rowBytes;
      const bytes = new Uint8Array(geometry.rowBytes);
      await withFile(file, (handle) => fill(handle, inFile.name, bytes, position));
      widen(bytes, 0, row);
      return row;
    },
    async close() {
      const opened = [...handles.values()];
      handles.clear();
      for (const handle of opened) await (await handle.catch(() => undefined))?.close();
    },
  };
}
