// The transaction log of a Weights & Biases run, run-ID.wandb: a header, then LevelDB's log format with CRC-32.
// Records are cut to fit blocks of 32 KiB. github.com/google/leveldb/blob/main/doc/log_format.md, wandb's DataStore
import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { describeError, UserError } from '../../base/errors.ts';
import { diskError, writeFileAtomic } from '../../base/files.ts';
import { type ByteSource, openBytes, readBytes } from '../byte-source.ts';
import { decodeRecord, encodeRecord, type WandbRecord } from './record.ts';

/** A log that is being written. */
export interface WandbLog {
  readonly path: string;
  /** Append records, numbered from 1. */
  append(records: readonly WandbRecord[]): Promise<void>;
  close(): Promise<void>;
}

const HEADER = Uint8Array.from([...Buffer.from(':W&B'), 0xe1, 0xbe, 0]);
const BLOCK = 32_768;
/** Before each piece: its checksum, its length, and which piece of a record it is. */
const PIECE_HEADER = 7;
const PIECE = { whole: 1, first: 2, middle: 3, last: 4 } as const;
/** Longest record accepted when reading. */
const RECORD_LIMIT = 2 ** 28;

/**
 * Begin the log of the run `runId` with the records that are there already; a file at `path` is replaced.
 * @throws {UserError} when the disk refuses it.
 */
export async function createWandbLog(
  path: string,
  { runId, records }: { readonly runId: string; readonly records: readonly WandbRecord[] },
): Promise<WandbLog> {
  let length: number = HEADER.length;
  let count = 0;
  const pieces = (more: readonly WandbRecord[]): Uint8Array => {
    const all = more.flatMap((record) => {
      count++;
      const data = encodeRecord({ ...record, num: count, info: { streamId: runId } });
      const framed = frameRecord(data, length);
      length += framed.length;
      return [framed];
    });
    return Buffer.concat(all);
  };
  await writeFileAtomic(path, Buffer.concat([HEADER, pieces(records)]));
  let file: FileHandle;
  try {
    file = await open(path, 'a');
  } catch (error) {
    throw diskError(error, path);
  }
  return {
    path,
    async append(more) {
      try {
        await file.appendFile(pieces(more));
      } catch (error) {
        throw diskError(error, path);
      }
    },
    close: () => file.close(),
  };
}

/** Cut a record into the pieces that it has in a log of `length` bytes. */
export function frameRecord(data: Uint8Array, length: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = length;
  let rest = data;
  for (let isFirst = true, isLast = false; !isLast; ) {
    const room = BLOCK - (at % BLOCK);
    if (room < PIECE_HEADER) {
      parts.push(new Uint8Array(room));
      at += room;
      continue;
    }
    const piece = rest.subarray(0, room - PIECE_HEADER);
    rest = rest.subarray(piece.length);
    isLast = rest.length === 0;
    const type = isFirst ? (isLast ? 'whole' : 'first') : isLast ? 'last' : 'middle';
    parts.push(pieceHeader(piece, PIECE[type]), piece);
    at += PIECE_HEADER + piece.length;
    isFirst = false;
  }
  return Buffer.concat(parts);
}

function pieceHeader(piece: Uint8Array, type: number): Uint8Array {
  const header = Buffer.alloc(PIECE_HEADER);
  header.writeUInt32LE(checksum(piece, type), 0);
  header.writeUInt16LE(piece.length, 4);
  header.writeUInt8(type, 6);
  return header;
}

function checksum(piece: Uint8Array, type: number): number {
  return crc32(piece, crc32(Uint8Array.of(type)));
}

/**
 * Read the records of a log in order, checking each piece.
 * @throws {UserError} where it is damaged or cut off, after the records before that.
 */
export async function* readWandbLog(path: string): AsyncGenerator<WandbRecord> {
  const source = await openBytes(path, 'log of a Weights & Biases run');
  try {
    for await (const { data, offset } of readRecords(source)) {
      let record: WandbRecord;
      try {
        record = decodeRecord(data);
      } catch (error) {
        throw invalid(source, offset, `has a damaged record (${describeError(error)})`);
      }
      yield record;
    }
  } finally {
    await source.close();
  }
}

async function* readRecords(
  source: ByteSource,
): AsyncGenerator<{ readonly data: Uint8Array; readonly offset: number }> {
  const cutOff = (offset: number): UserError => invalid(source, offset, 'is cut off');
  if (source.size < HEADER.length) throw cutOff(0);
  const header = await readBytes(source, 0, HEADER.length);
  if (!HEADER.every((byte, i) => header[i] === byte)) throw invalid(source, 0, 'has no header');
  let begun: Uint8Array[] = [];
  let start = 0;
  for (let at: number = HEADER.length; at < source.size; ) {
    const room = BLOCK - (at % BLOCK);
    if (room < PIECE_HEADER) {
      at += room;
      continue;
    }
    if (at + PIECE_HEADER > source.size) throw cutOff(at);
    const head = Buffer.from(await readBytes(source, at, PIECE_HEADER));
    const length = head.readUInt16LE(4);
    const type = head.readUInt8(6);
    const end = at + PIECE_HEADER + length;
    if (PIECE_HEADER + length > room) throw invalid(source, at, 'has a piece of a wrong length');
    if (end > source.size) throw cutOff(at);
    const piece = await readBytes(source, at + PIECE_HEADER, length);
    if (checksum(piece, type) !== head.readUInt32LE(0)) {
      throw invalid(source, at, 'has a damaged piece');
    }
    const begins = type === PIECE.whole || type === PIECE.first;
    const known = begins || type === PIECE.middle || type === PIECE.last;
    if (!known || begins === begun.length > 0) {
      throw invalid(source, at, 'has a piece out of order');
    }
    if (begins) start = at;
    begun.push(piece);
    if (end - start > RECORD_LIMIT) throw invalid(source, start, 'has too long a record');
    if (type === PIECE.whole || type === PIECE.last) {
      yield { data: Buffer.concat(begun), offset: start };
      begun = [];
    }
    at = end;
  }
  if (begun.length > 0) throw cutOff(start);
}

function invalid({ name }: ByteSource, offset: number, why: string): UserError {
  return new UserError(`invalid log of a Weights & Biases run: '${name}' ${why} at byte ${offset}`);
}
