// Tar archives (ustar, pax, GNU and those of before), packed with gzip or not, one member after the other.
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { describeError, UserError } from '../../base/errors.ts';
import { bytes } from '../../base/text.ts';

/** A member of an archive. */
export interface TarMember {
  /** Its path as the archive has it: from outside, and to be checked. */
  readonly path: string;
  /** `file`, `directory`, `link`, `symlink`, `character-device` …; `unknown` where the archive has another kind. */
  readonly kind: string;
  /** Where a link leads. */
  readonly target: string | undefined;
  /** Bytes. */
  readonly size: number;
  /** Its bytes; what is not read before the next member is asked for is passed over. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** Archives from before 1988 have no mark; the sum of each header is checked all the same. */
const OPTIONS: object = { allowUnknownFormat: true };

/**
 * Go through the members of a tar archive; `name` names it in errors. Gzip is seen in its first bytes.
 *
 * @throws {UserError} when it is damaged or cut short, or has more than `limit` bytes once gzip is undone.
 */
export async function* readTar(
  pieces: AsyncIterable<Uint8Array>,
  name: string,
  limit: number = Number.POSITIVE_INFINITY,
): AsyncGenerator<TarMember, void> {
  const { extract } = await import('tar-stream');
  const members = extract(OPTIONS);
  const plain = Readable.from(limited(unpacked(pieces), limit, name), { objectMode: false });
  plain.on('error', (error) => members.destroy(error));
  plain.pipe(members);
  const invalid = (cause: unknown): UserError =>
    cause instanceof UserError
      ? cause
      : new UserError(`invalid tar archive: '${name}' (${describeError(cause)})`, {
          cause,
          hint: 'it seems to be cut short or changed: get it again',
        });
  async function* contentOf(entry: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
    try {
      yield* entry as AsyncIterable<Uint8Array>;
    } catch (cause) {
      throw invalid(cause);
    }
  }
  try {
    for await (const entry of members) {
      const { name: path, linkname, size } = entry.header;
      const type: string | null = entry.header.type;
      yield {
        path,
        kind: type === 'contiguous-file' ? 'file' : (type ?? 'unknown'),
        target: (linkname as string | null) ?? undefined,
        size,
        content: contentOf(entry),
      };
      entry.resume();
    }
  } catch (cause) {
    throw invalid(cause);
  } finally {
    plain.destroy();
    members.destroy();
  }
}

async function* limited(
  pieces: AsyncIterable<Uint8Array>,
  limit: number,
  name: string,
): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const piece of pieces) {
    total += piece.byteLength;
    if (total > limit)
      throw new UserError(`refused archive '${name}': it unpacks to more than ${bytes(limit)}`, {
        hint: 'get it from its authors',
      });
    yield piece;
  }
}

/** The bytes of the archive itself. */
async function* unpacked(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  const first = await iterator.next();
  const rest = async function* (): AsyncGenerator<Uint8Array> {
    for (let next = first; !next.done; next = await iterator.next()) yield next.value;
  };
  if (first.done || first.value[0] !== 0x1f || first.value[1] !== 0x8b) {
    yield* rest();
    return;
  }
  const packed = Readable.from(rest(), { objectMode: false });
  const gunzip = createGunzip();
  packed.on('error', (error) => gunzip.destroy(error));
  try {
    yield* packed.pipe(gunzip) as AsyncIterable<Uint8Array>;
  } finally {
    packed.destroy();
    gunzip.destroy();
  }
}
