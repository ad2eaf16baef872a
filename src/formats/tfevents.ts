// TensorBoard event files: records of a length, its checksum, a protobuf Event and its checksum.
// tensorflow/core/lib/io/record_writer.h, tensorflow/core/util/event.proto
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { describeError, UserError } from '../base/errors.ts';
import { diskError } from '../base/files.ts';
import { openBytes, readBytes } from './byte-source.ts';
import { crc32c } from './crc32c.ts';

/** One record of an event file. */
export interface TensorBoardEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  /** `brain.Event:2` in the first record of a file. */
  readonly fileVersion?: string;
  /** Value of each tag. */
  readonly scalars: Readonly<Record<string, number>>;
}

/** An event file that is being written. */
export interface EventWriter {
  readonly path: string;
  /** Append scalars of one step, float32; `wallTime` in seconds since 1970 is now unless given. */
  scalars(step: number, values: Readonly<Record<string, number>>, wallTime?: number): Promise<void>;
  close(): Promise<void>;
}

const FILE_VERSION = 'brain.Event:2';
/** Longest record accepted when reading. */
const RECORD_LIMIT = 2 ** 26;

/** Field numbers of Event, Summary and Summary.Value. */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 } as const;
const SUMMARY_VALUE = 1;
const VALUE = { tag: 1, simpleValue: 2 } as const;

/** Files made by this process, for names that differ within a second. */
let filesCreated = 0;

/** Start a new event file in `folder`, named so that TensorBoard and `wandb sync` find it. */
export async function createEventFile(
  folder: string,
  options: { wallTime?: number } = {},
): Promise<EventWriter> {
  const wallTime = options.wallTime ?? Date.now() / 1000;
  const seconds = String(Math.floor(wallTime)).padStart(10, '0');
  const name = `events.out.tfevents.${seconds}.${hostname()}.${process.pid}.${filesCreated++}`;
  const path = join(folder, name);
  let file: FileHandle;
  try {
    await mkdir(folder, { recursive: true });
    file = await open(path, 'a');
    await file.write(
      record(encodeEvent({ wallTime, step: 0, fileVersion: FILE_VERSION, scalars: {} })),
    );
  } catch (error) {
    throw diskError(error, path);
  }
  return {
    path,
    async scalars(step, scalars, time = Date.now() / 1000) {
      try {
        await file.write(record(encodeEvent({ wallTime: time, step, scalars })));
      } catch (error) {
        throw diskError(error, path);
      }
    },
    close: () => file.close(),
  };
}

/**
 * Read the events of a file in order, checking both checksums of each.
 * @throws {UserError} at the first bad record
 */
export async function* readEventFile(path: string): AsyncGenerator<TensorBoardEvent> {
  const source = await openBytes(path, 'event file');
  const invalid = (offset: number, why: string): UserError =>
    new UserError(`invalid event file: '${path}' ${why} at byte ${offset}`);
  try {
    for (let offset = 0; offset < source.size; ) {
      if (source.size - offset < 16) throw invalid(offset, 'is cut off');
      const head = new DataView((await readBytes(source, offset, 12)).buffer);
      const length = Number(head.getBigUint64(0, true));
      if (maskedCrc(new Uint8Array(head.buffer, 0, 8)) !== head.getUint32(8, true)) {
        throw invalid(offset, 'has a damaged length');
      }
      if (length > RECORD_LIMIT) throw invalid(offset, `has a record of ${length} bytes`);
      if (offset + 16 + length > source.size) throw invalid(offset, 'is cut off');
      const body = await readBytes(source, offset + 12, length + 4);
      const data = body.subarray(0, length);
      if (maskedCrc(data) !== new DataView(body.buffer).getUint32(length, true)) {
        throw invalid(offset, 'has a damaged record');
      }
      let event: TensorBoardEvent;
      try {
        event = decodeEvent(data);
      } catch (error) {
        throw invalid(offset, `has a damaged event (${describeError(error)})`);
      }
      yield event;
      offset += 16 + length;
    }
  } finally {
    await source.close();
  }
}

function record(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16 + data.byteLength);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.byteLength), true);
  view.setUint32(8, maskedCrc(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.byteLength, maskedCrc(data), true);
  return bytes;
}

/** The checksum is rotated and offset, because a checksum of data that holds checksums is weak. */
function maskedCrc(data: Uint8Array): number {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function encodeEvent({ wallTime, step, fileVersion, scalars }: TensorBoardEvent): Uint8Array {
  const event = new BinaryWriter().tag(EVENT.wallTime, WireType.Bit64).double(wallTime);
  event.tag(EVENT.step, WireType.Varint).int64(step);
  if (fileVersion !== undefined) {
    event.tag(EVENT.fileVersion, WireType.LengthDelimited).string(fileVersion);
  }
  const entries = Object.entries(scalars);
  if (entries.length > 0) event.tag(EVENT.summary, WireType.LengthDelimited).fork();
  for (const [tag, value] of entries) {
    event.tag(SUMMARY_VALUE, WireType.LengthDelimited).fork();
    event.tag(VALUE.tag, WireType.LengthDelimited).string(tag);
    event.tag(VALUE.simpleValue, WireType.Bit32).float(Math.fround(value)).join();
  }
  if (entries.length > 0) event.join();
  return event.finish();
}

function decodeEvent(data: Uint8Array): TensorBoardEvent {
  let wallTime = 0;
  let step = 0;
  let fileVersion: string | undefined;
  const scalars: Record<string, number> = {};
  eachField(data, {
    [EVENT.wallTime]: (reader) => {
      wallTime = reader.double();
    },
    [EVENT.step]: (reader) => {
      step = Number(reader.int64());
    },
    [EVENT.fileVersion]: (reader) => {
      fileVersion = reader.string();
    },
    [EVENT.summary]: (reader) => {
      eachField(reader.bytes(), {
        [SUMMARY_VALUE]: (value) => Object.assign(scalars, decodeScalar(value.bytes())),
      });
    },
  });
  return { wallTime, step, scalars, ...(fileVersion === undefined ? {} : { fileVersion }) };
}

function decodeScalar(data: Uint8Array): Record<string, number> {
  let tag = '';
  let value: number | undefined;
  eachField(data, {
    [VALUE.tag]: (reader) => {
      tag = reader.string();
    },
    [VALUE.simpleValue]: (reader) => {
      value = reader.float();
    },
  });
  return value === undefined ? {} : { [tag]: value };
}

/** Read a message, giving each known field to its function and skipping the others. */
function eachField(
  data: Uint8Array,
  fields: Readonly<Record<number, (reader: BinaryReader) => void>>,
): void {
  const reader = new BinaryReader(data);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (fields[number] === undefined) reader.skip(wireType, number);
    else fields[number](reader);
  }
}
