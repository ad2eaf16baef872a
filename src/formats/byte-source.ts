// Bytes by position: the one seam between the formats and the disk, so that no file is ever read whole.
import { type FileHandle, open } from 'node:fs/promises';
import { errorCode, UserError } from '../base/errors.ts';
import { kindOfPath } from '../base/files.ts';

/** Something with bytes that can be read at any offset. */
export interface ByteSource {
  /** Name of the source for errors: a path, or a path and an entry. */
  readonly name: string;
  /** Length in bytes. */
  readonly size: number;
  /**
   * Fill `target` with the bytes from `offset` on.
   * @throws {UserError} when the source ends too early
   */
  readInto(target: Uint8Array, offset: number): Promise<void>;
  close(): Promise<void>;
}

/** Largest single read: Node refuses reads of 2 GiB and more. */
const READ_LIMIT = 2 ** 30;

/**
 * Open a file for reading at any offset; `what` names it in errors (`checkpoint`).
 * @throws {UserError} when there is none, or it cannot be read
 */
export async function openBytes(path: string, what = 'file'): Promise<ByteSource> {
  let file: FileHandle;
  // Opening a pipe would wait for one who writes into it.
  if ((await kindOfPath(path)) === 'other') {
    throw new UserError(`invalid ${what}: '${path}' is not a file`);
  }
  try {
    file = await open(path, 'r');
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') throw new UserError(`missing ${what}: '${path}'`);
    throw new UserError(`${what} cannot be read: '${path}'`, { cause });
  }
  let size: number;
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new UserError(`invalid ${what}: '${path}' is not a file`);
    size = stats.size;
  } catch (error) {
    await file.close();
    throw error;
  }
  return {
    name: path,
    size,
    async readInto(target, offset) {
      for (let done = 0; done < target.byteLength; ) {
        const length = Math.min(target.byteLength - done, READ_LIMIT);
        const { bytesRead } = await file.read(target, done, length, offset + done);
        if (bytesRead === 0) throw endsEarly(path, size, offset + target.byteLength);
        done += bytesRead;
      }
    },
    close: () => file.close(),
  };
}

/** Treat bytes in memory as a source. */
export function bytesSource(bytes: Uint8Array, name = 'bytes'): ByteSource {
  return {
    name,
    size: bytes.byteLength,
    async readInto(target, offset) {
      const end = offset + target.byteLength;
      if (offset < 0 || end > bytes.byteLength) throw endsEarly(name, bytes.byteLength, end);
      target.set(bytes.subarray(offset, end));
    },
    async close() {},
  };
}

/** See the part of `source` from `start` to `end` as a source of its own; closing it closes `source`. */
export function partOf(source: ByteSource, start: number, end: number = source.size): ByteSource {
  const size = end - start;
  return {
    name: source.name,
    size,
    async readInto(target, offset) {
      if (offset < 0 || offset + target.byteLength > size) {
        throw endsEarly(source.name, size, offset + target.byteLength);
      }
      await source.readInto(target, start + offset);
    },
    close: () => source.close(),
  };
}

/**
 * Read `length` bytes from `offset` on into a fresh array.
 * @throws {UserError} when the source ends too early
 */
export async function readBytes(
  source: ByteSource,
  offset: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (offset < 0 || length < 0 || offset + length > source.size) {
    throw endsEarly(source.name, source.size, offset + length);
  }
  const bytes = new Uint8Array(length);
  await source.readInto(bytes, offset);
  return bytes;
}

/** Read the bytes from `start` to `end` piece by piece; each piece is overwritten by the next. */
export async function* readPieces(
  source: ByteSource,
  start: number,
  end: number,
  pieceSize: number = 2 ** 20,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const buffer = new Uint8Array(Math.min(pieceSize, Math.max(0, end - start)));
  for (let offset = start; offset < end; offset += buffer.byteLength) {
    const piece = buffer.subarray(0, Math.min(buffer.byteLength, end - offset));
    await source.readInto(piece, offset);
    yield piece;
  }
}

function endsEarly(name: string, size: number, needed: number): UserError {
  return new UserError(`invalid file: '${name}' is ${size} bytes long, ${needed} are needed`, {
    hint: 'the file seems to be truncated: copy or download it again',
  });
}
