// Zip archives read at random: torch checkpoints and .npz files are zips whose members are mostly stored as they are.
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import * as yauzl from 'yauzl';
import { describeError, UserError, unknownName } from '../../base/errors.ts';
import { type ByteSource, bytesSource, partOf, readBytes, readPieces } from '../byte-source.ts';

interface ZipMember {
  readonly name: string;
  /** Length in bytes once decompressed. */
  readonly size: number;
  /** Length in bytes in the archive. */
  readonly packedSize: number;
  /** Whether it is a link of Unix, whose bytes say where it leads. */
  readonly isLink: boolean;
}

export interface ZipArchive {
  readonly members: ReadonlyMap<string, ZipMember>;
  /**
   * Open a member for reading at any offset: a stored one straight from the archive, a compressed one decompressed
   * into memory, whole only when more than its beginning is read. The source stays valid until the archive is closed.
   */
  open(name: string): Promise<ByteSource>;
  /** Read a member whole and check its CRC-32. */
  read(name: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Read a member piece by piece and check its length and CRC-32 at the end. */
  stream(name: string): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** Most members an archive may have. */
const MEMBER_LIMIT = 1_000_000;
/** Largest member that is decompressed into memory, in bytes. */
const INFLATE_LIMIT = 2 ** 31;
/** Deflate cannot shrink by more than 1,032; whoever claims more lies. */
const RATIO_LIMIT = 1_040;

/**
 * Open a zip archive.
 * @throws {UserError} when it is damaged, encrypted, or names paths outside itself
 */
export async function openZip(source: ByteSource): Promise<ZipArchive> {
  const invalid = (error: unknown): UserError =>
    error instanceof UserError
      ? error
      : new UserError(`invalid zip archive: '${source.name}' (${describeError(error)})`, {
          cause: error,
        });
  const entries = new Map<string, yauzl.Entry>();
  let zip: yauzl.ZipFile;
  try {
    zip = await yauzl.fromRandomAccessReaderPromise(new SourceReader(source), source.size, {
      lazyEntries: true,
      autoClose: false,
      strictFileNames: true,
    });
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue;
      if (entries.size >= MEMBER_LIMIT) throw new Error(`more than ${MEMBER_LIMIT} members`);
      if (entries.has(entry.fileName)) throw new Error(`member '${entry.fileName}' twice`);
      checkMember(entry);
      entries.set(entry.fileName, entry);
    }
  } catch (error) {
    throw invalid(error);
  }

  const entryOf = (name: string): yauzl.Entry => {
    const entry = entries.get(name);
    if (entry === undefined) throw unknownName('archive member', name, [...entries.keys()]);
    return entry;
  };
  const damaged = (name: string): UserError =>
    new UserError(`invalid zip archive: '${name}' in '${source.name}' is damaged`, {
      hint: 'its checksum differs: copy or download the file again',
    });
  const openMember = async (name: string): Promise<ByteSource> => {
    const entry = entryOf(name);
    try {
      const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
      const data = partOf(source, fileDataStart, fileDataStart + entry.compressedSize);
      if (entry.compressionMethod === 0) return { ...data, name: `${source.name}:${name}` };
      return inflating(zip, entry, { name: `${source.name}:${name}`, invalid });
    } catch (error) {
      throw invalid(error);
    }
  };
  return {
    members: new Map(
      [...entries].map(([name, entry]) => {
        const { uncompressedSize: size, compressedSize: packedSize } = entry;
        return [name, { name, size, packedSize, isLink: isLink(entry) }];
      }),
    ),
    open: openMember,
    async read(name) {
      const member = await openMember(name);
      const bytes = await readBytes(member, 0, member.size);
      if (crc32(bytes) !== entryOf(name).crc32) throw damaged(name);
      return bytes;
    },
    async *stream(name) {
      const entry = entryOf(name);
      let sum = 0;
      try {
        for await (const piece of await zip.openReadStreamPromise(entry)) {
          sum = crc32(piece as Uint8Array, sum);
          yield piece as Uint8Array;
        }
      } catch (error) {
        throw invalid(error);
      }
      if (sum !== entry.crc32) throw damaged(name);
    },
    close: () => source.close(),
  };
}

/** The system that wrote a member, in the upper byte of its version, and what Unix has in the upper half of attributes. */
const UNIX = 3;
const KIND_OF_FILE = 0o170000;
const LINK = 0o120000;

function isLink({ versionMadeBy, externalFileAttributes }: yauzl.Entry): boolean {
  return versionMadeBy >>> 8 === UNIX && ((externalFileAttributes >>> 16) & KIND_OF_FILE) === LINK;
}

function checkMember(entry: yauzl.Entry): void {
  const { fileName, compressionMethod, compressedSize, uncompressedSize } = entry;
  if (entry.isEncrypted()) throw new Error(`member '${fileName}' is encrypted`);
  if (compressionMethod === 0) return;
  if (compressionMethod !== 8) {
    throw new Error(`member '${fileName}' has the unsupported compression ${compressionMethod}`);
  }
  if (uncompressedSize > INFLATE_LIMIT || uncompressedSize > compressedSize * RATIO_LIMIT + 1024) {
    throw new Error(`member '${fileName}' claims to hold ${uncompressedSize} bytes`);
  }
}

/** Bytes at the beginning of a compressed member that are unpacked by themselves: a header says what is to come. */
const HEAD = 2 ** 16;

/** A compressed member as a source. */
function inflating(
  zip: yauzl.ZipFile,
  entry: yauzl.Entry,
  { name, invalid }: { name: string; invalid: (error: unknown) => UserError },
): ByteSource {
  const size = entry.uncompressedSize;
  const unpacked = new Map<number, Promise<ByteSource>>();
  const upTo = (length: number): Promise<ByteSource> => {
    const known =
      unpacked.get(length) ??
      inflate(zip, entry, length).then(
        (bytes) => bytesSource(bytes, name),
        (error: unknown) => {
          throw invalid(error);
        },
      );
    unpacked.set(length, known);
    return known;
  };
  return {
    name,
    size,
    async readInto(target, offset) {
      const isHead = offset + target.byteLength <= HEAD && !unpacked.has(size);
      await (await upTo(isHead ? Math.min(HEAD, size) : size)).readInto(target, offset);
    },
    async close() {},
  };
}

/** Decompress the first `wanted` bytes of a member; yauzl ends with an error as soon as more bytes come than the directory promises. */
async function inflate(
  zip: yauzl.ZipFile,
  entry: yauzl.Entry,
  wanted: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(wanted);
  let length = 0;
  for await (const piece of await zip.openReadStreamPromise(entry)) {
    const part = (piece as Uint8Array).subarray(0, wanted - length);
    bytes.set(part, length);
    length += part.byteLength;
    if (length === wanted && wanted < entry.uncompressedSize) break;
  }
  if (length !== bytes.byteLength) throw new Error(`member '${entry.fileName}' ends too early`);
  return bytes;
}

/** What yauzl reads from. */
class SourceReader extends yauzl.RandomAccessReader {
  readonly #source: ByteSource;

  constructor(source: ByteSource) {
    super();
    this.#source = source;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const source = this.#source;
    async function* copies(): AsyncGenerator<Uint8Array> {
      // A stream keeps pieces in its queue, so each has to be its own.
      for await (const piece of readPieces(source, start, Math.min(end, source.size))) {
        yield piece.slice();
      }
    }
    return Readable.from(copies(), { objectMode: false });
  }

  override close(callback: (error: Error | null) => void): void {
    callback(null);
  }
}
