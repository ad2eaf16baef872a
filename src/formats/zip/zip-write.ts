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

interface Placed {
  readonly name: Uint8Array;
  readonly size: number;
  readonly checksum: number;
  readonly offset: number;
}

/**
 * Give the bytes of an archive piece by piece. Each member's data starts at a multiple of `alignment` bytes from the
 * archive's start. Members and archives beyond 4 GiB get the zip64 records.
 */
export function* zipPieces(
  members: Iterable<ZipMemberToWrite>,
  { alignment = 1 }: { alignment?: number } = {},
): Generator<Uint8Array> {
  const placed: Placed[] = [];
  let offset = 0;
  for (const { name, data } of members) {
    const member = {
      name: new TextEncoder().encode(name),
      size: data.reduce((sum, { byteLength }) => sum + byteLength, 0),
      checksum: checksumOf(data),
      offset,
    };
    const header = localHeader(member, alignment);
    yield header;
    yield* data;
    placed.push(member);
    offset += header.byteLength + member.size;
  }
  const directory = placed.map(directoryRecord);
  yield* directory;
  const directorySize = directory.reduce((sum, { byteLength }) => sum + byteLength, 0);
  yield endRecords(placed.length, offset, directorySize);
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
