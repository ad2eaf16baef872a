// The bytes of a local file as text in pieces: unpacked, checked to be UTF-8.
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { describeError, errorCode, UserError } from '../../../base/errors.ts';
import { pathOfText } from '../../../base/system/file-names.ts';

/** Endings of packed files. */
export const PACKED: readonly string[] = ['.gz', '.zst'];

/** A zstd block of four bytes may hold 128 KiB: taken in such pieces, what comes out at once stays below 32 MiB. */
const ZSTD_PIECE = 2 ** 10;

/**
 * Read a file as text, piece by piece; `.gz` and `.zst` are unpacked on the way. A byte order mark at its start is left
 * out.
 *
 * @throws {UserError} when the file is missing, damaged, or no UTF-8.
 */
export async function* readPieces(path: string): AsyncGenerator<string, void> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let done = 0;
  const decode = (bytes?: Uint8Array): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch (cause) {
      throw new UserError(`invalid text file: '${path}' is not UTF-8 (after byte ${done})`, {
        hint: 'a file in another encoding must be converted; a binary file is no text',
        cause,
      });
    }
  };
  for await (const bytes of unpacked(path)) {
    yield decode(bytes);
    done += bytes.byteLength;
  }
  yield decode();
}

async function* unpacked(path: string): AsyncGenerator<Uint8Array, void> {
  const file = createReadStream(pathOfText(path), { highWaterMark: 2 ** 18 });
  try {
    if (path.endsWith('.gz')) {
      const gunzip = createGunzip();
      file.on('error', (error) => gunzip.destroy(error));
      yield* file.pipe(gunzip) as AsyncIterable<Uint8Array>;
    } else if (path.endsWith('.zst')) {
      yield* unzstd(file as AsyncIterable<Uint8Array>);
    } else {
      yield* file as AsyncIterable<Uint8Array>;
    }
  } catch (cause) {
    const code = errorCode(cause);
    if (code === 'ENOENT') throw new UserError(`missing text file: '${path}'`);
    if (code?.startsWith('E'))
      throw new UserError(`text file cannot be read: '${path}'`, { cause });
    throw new UserError(`invalid packed file: '${path}': ${describeError(cause)}`, {
      hint: 'it may be incomplete; fetch it again',
      cause,
    });
  } finally {
    file.destroy();
  }
}

async function* unzstd(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const { Decompress } = await import('fzstd');
  let out: Uint8Array[] = [];
  const stream = new Decompress((piece) => {
    out.push(piece.slice()); // the library goes on writing where the piece lies
  });
  for await (const piece of bytes) {
    for (let at = 0; at < piece.byteLength; at += ZSTD_PIECE) {
      stream.push(piece.slice(at, at + ZSTD_PIECE));
      yield* out;
      out = [];
    }
  }
  stream.push(new Uint8Array(), true); // throws when the file ends too early
  yield* out;
}
