// Unpacking gzipped pickles with bounded memory: what unpacks to much more than it is holds no weights.
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UserError } from '../../base/errors.ts';
import { type ByteSource, readPieces } from '../byte-source.ts';

/** Weights hardly shrink: content may be this many times as long as its packed form, or 64 MiB. */
const RATIO_LIMIT = 4;
const SMALL = 2 ** 26;

/** Bytes that pickles begin with: PROTO since protocol 2; before it a mark, a name, or an empty container. */
const STARTS = [0x80, 0x28, 0x63, 0x7d, 0x5d, 0x29];

/** Bytes that something of `packed` bytes may unpack to. */
export function unpackLimit(packed: number): number {
  return Math.max(RATIO_LIMIT * packed, SMALL);
}

/**
 * Unpack a gzip file that holds a pickle.
 * @throws {UserError} for one that is damaged, begins as no pickle, or unpacks to far more than it is, as soon as that is
 * seen
 */
export async function gunzipPickle(
  source: ByteSource,
  limit: number = unpackLimit(source.size),
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const gunzip = createGunzip();
  const input = Readable.from(copies(source), { objectMode: false });
  input.on('error', (error) => gunzip.destroy(error));
  try {
    for await (const piece of input.pipe(gunzip) as AsyncIterable<Uint8Array>) {
      if (length === 0 && !STARTS.includes(piece[0]!)) {
        throw new UserError(`invalid pickle: '${source.name}' does not unpack to one`);
      }
      length += piece.byteLength;
      if (length > limit) {
        throw new UserError(
          `invalid pickle: '${source.name}', of ${source.size} bytes, unpacks to more than ${limit}`,
        );
      }
      pieces.push(piece);
    }
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`invalid gzip file: '${source.name}'`, { cause });
  } finally {
    input.destroy();
    gunzip.destroy();
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}

/** A stream keeps pieces in its queue, so each has to be its own. */
async function* copies(source: ByteSource): AsyncGenerator<Uint8Array> {
  for await (const piece of readPieces(source, 0, source.size)) yield piece.slice();
}
