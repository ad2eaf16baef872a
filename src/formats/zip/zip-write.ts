// Zip archives written with stored members whose data can be aligned, as torch wants its tensors.
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
import { crc32 } from 'node:zlib';

export interface ZipMemberToWrite {
  readonly name: string;
  /** The member's bytes, in one piece or several. */
  readonly data: readonly Uint8Array[];
}

const MAX_32 = 0xffffffff;
const MAX_16 = 0xffff;
/** Names are UTF-8. */
const FLAGS = 0x0800;
/** 1 January 1980: archives with the same content are the same bytes. */
const DOS_DATE = 0x0021;
const LOCAL_HEADER_SIZE = 30;
/** Extra field that carries the padding; the id is the one torch uses ("FB"). */
const PADDING_ID = 0x4246;
const ZIP64_ID = 1;

/** A member whose bytes come piece by piece, with what its header must say of them beforehand. */
export interface ZipMemberToStream {
  readonly name: string;
  readonly size: number;
  /** CRC-32 of its bytes. */
  readonly checksum: number;
  readonly data: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

interface ZipOptions {
  /** Each member's data starts at a multiple of this many bytes from the archive's start. */
  readonly alignment?: number;
}

interface Placed {
  readonly name: Uint8Array;
  readonly size: number;
  readonly checksum: number;
  readonly offset: number;
}

/** Give the bytes of an archive piece by piece. Members and archives beyond 4 GiB get the zip64 records. */
export function* zipPieces(
  members: Iterable<ZipMemberToWrite>,
  options: ZipOptions = {},
): Generator<Uint8Array> {
  const frame = zipFrame(options);
  for (const { name, data } of members) {
    const size = data.reduce((sum, { byteLength }) => sum + byteLength, 0);
    yield frame.head({ name, size, checksum: checksumOf(data) });
    yield* data;
  }
  yield* frame.end();
}

/**
 * Give the bytes of an archive whose members need not be in memory.
 * @throws {RangeError} when a member has other bytes than were told
 */
export async function* streamedZipPieces(
  members: Iterable<ZipMemberToStream>,
  options: ZipOptions = {},
): AsyncGenerator<Uint8Array> {
  const frame = zipFrame(options);
  for (const member of members) {
    yield frame.head(member);
    let size = 0;
    let checksum = 0;
    for await (const piece of member.data) {
      size += piece.byteLength;
      checksum = crc32(piece, checksum);
      yield piece;
    }
    if (size !== member.size || checksum !== member.checksum) {
      throw new RangeError(`'${member.name}' has other bytes than its header tells`);
    }
  }
  yield* frame.end();
}

/** What stands before each member and behind the last. */
function zipFrame({ alignment = 1 }: ZipOptions): {
  head(member: Pick<ZipMemberToStream, 'name' | 'size' | 'checksum'>): Uint8Array;
  end(): Uint8Array[];
} {
  const placed: Placed[] = [];
  let offset = 0;
  return {
    head({ name, size, checksum }) {
      const member = { name: new TextEncoder().encode(name), size, checksum, offset };
      const header = localHeader(member, alignment);
      placed.push(member);
      offset += header.byteLength + size;
      return header;
    },
    end() {
      const directory = placed.map(directoryRecord);
      const size = directory.reduce((sum, { byteLength }) => sum + byteLength, 0);
      return [...directory, endRecords(placed.length, offset, size)];
    },
  };
}

function localHeader({ name, size, checksum, offset }: Placed, alignment: number): Uint8Array {
  const wide = size >= MAX_32;
  const extra = wide ? zip64Field([size, size]) : new Uint8Array(0);
  const unpadded = offset + LOCAL_HEADER_SIZE + name.byteLength + extra.byteLength;
  // The padding field's own head takes four bytes.
  const padding =
    unpadded % alignment === 0 ? 0 : 4 + ((alignment - ((unpadded + 4) % alignment)) % alignment);
  const bytes = new Uint8Array(LOCAL_HEADER_SIZE + name.byteLength + extra.byteLength + padding);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x04034b50, true);
  view.setUint16(4, wide ? 45 : 20, true);
  writeCommon(view, 6, { size: wide ? MAX_32 : size, checksum, name });
  view.setUint16(28, extra.byteLength + padding, true);
  bytes.set(name, LOCAL_HEADER_SIZE);
  bytes.set(extra, LOCAL_HEADER_SIZE + name.byteLength);
  if (padding > 0) {
    const at = bytes.byteLength - padding;
    view.setUint16(at, PADDING_ID, true);
    view.setUint16(at + 2, padding - 4, true);
  }
  return bytes;
}

function directoryRecord({ name, size, checksum, offset }: Placed): Uint8Array {
  const wideFields = [
    ...(size >= MAX_32 ? [size, size] : []),
    ...(offset >= MAX_32 ? [offset] : []),
  ];
  const extra = wideFields.length > 0 ? zip64Field(wideFields) : new Uint8Array(0);
  const version = wideFields.length > 0 ? 45 : 20;
  const bytes = new Uint8Array(46 + name.byteLength + extra.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x02014b50, true);
  view.setUint16(4, version, true);
  view.setUint16(6, version, true);
  writeCommon(view, 8, { size: Math.min(size, MAX_32), checksum, name });
  view.setUint16(30, extra.byteLength, true);
  view.setUint32(42, Math.min(offset, MAX_32), true);
  bytes.set(name, 46);
  bytes.set(extra, 46 + name.byteLength);
  return bytes;
}

/** The 22 bytes that both kinds of header share: flags, method (stored), time, date, CRC, sizes, length of the name. */
function writeCommon(
  view: DataView,
  at: number,
  { size, checksum, name }: { size: number; checksum: number; name: Uint8Array },
): void {
  view.setUint16(at, FLAGS, true);
  view.setUint16(at + 6, DOS_DATE, true);
  view.setUint32(at + 8, checksum, true);
  view.setUint32(at + 12, size, true);
  view.setUint32(at + 16, size, true);
  view.setUint16(at + 20, name.byteLength, true);
}

function endRecords(count: number, directoryStart: number, directorySize: number): Uint8Array {
  const wide = count >= MAX_16 || directoryStart >= MAX_32 || directorySize >= MAX_32;
  const bytes = new Uint8Array((wide ? 76 : 0) + 22);
  const view = new DataView(bytes.buffer);
  if (wide) {
    view.setUint32(0, 0x06064b50, true);
    view.setBigUint64(4, 44n, true);
    view.setUint16(12, 45, true);
    view.setUint16(14, 45, true);
    view.setBigUint64(24, BigInt(count), true);
    view.setBigUint64(32, BigInt(count), true);
    view.setBigUint64(40, BigInt(directorySize), true);
    view.setBigUint64(48, BigInt(directoryStart), true);
    view.setUint32(56, 0x07064b50, true);
    view.setBigUint64(64, BigInt(directoryStart + directorySize), true);
    view.setUint32(72, 1, true);
  }
  const at = bytes.byteLength - 22;
  view.setUint32(at, 0x06054b50, true);
  view.setUint16(at + 8, Math.min(count, MAX_16), true);
  view.setUint16(at + 10, Math.min(count, MAX_16), true);
  view.setUint32(at + 12, Math.min(directorySize, MAX_32), true);
  view.setUint32(at + 16, Math.min(directoryStart, MAX_32), true);
  return bytes;
}

function zip64Field(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 + 8 * values.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, ZIP64_ID, true);
  view.setUint16(2, 8 * values.length, true);
  for (const [i, value] of values.entries()) view.setBigUint64(4 + 8 * i, BigInt(value), true);
  return bytes;
}

function checksumOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((checksum, piece) => crc32(piece, checksum), 0);
}
