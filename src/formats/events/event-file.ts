// TensorBoard event files: records of a length, its checksum, a protobuf Event and its checksum.
// tensorflow/core/lib/io/record_writer.h
import { type FileHandle, open } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describeError, UserError } from '../../base/errors.ts';
import { diskError } from '../../base/files.ts';
import { makeFolder } from '../../base/folders.ts';
import { openBytes, readBytes } from '../byte-source.ts';
import { crc32c } from './crc32c.ts';
import { decodeEvent, encodeEvent, type TensorBoardEvent } from './event.ts';
import { histogramOf } from './histogram.ts';

/** An event file that is being written; `wallTime` in seconds since 1970 is now unless given. */
export interface EventWriter {
  readonly path: string;
  /** Append scalars of one step, float32. */
  scalars(step: number, values: Readonly<Record<string, number>>, wallTime?: number): Promise<void>;
  /** Append how numbers are spread, by tag. Numbers that are not finite are left out; nothing is written of none. */
  histograms(
    step: number,
    values: Readonly<Record<string, ArrayLike<number>>>,
    wallTime?: number,
  ): Promise<void>;
  /** Append texts in Markdown, by tag. */
  texts(step: number, values: Readonly<Record<string, string>>, wallTime?: number): Promise<void>;
  close(): Promise<void>;
}

const FILE_VERSION = 'brain.Event:2';
/** Longest record accepted when reading. */
const RECORD_LIMIT = 2 ** 26;

/** Files made by this process, for names that differ within a second. */
let filesCreated = 0;

/** Start a new event file in `folder`, named so that TensorBoard finds it. */
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
    await makeFolder(folder);
    file = await open(path, 'a');
    await file.write(
      record(encodeEvent({ wallTime, step: 0, fileVersion: FILE_VERSION, scalars: {} })),
    );
  } catch (error) {
    throw diskError(error, path);
  }
  const append = async (event: Omit<TensorBoardEvent, 'wallTime'>, at: number): Promise<void> => {
    try {
      await file.write(record(encodeEvent({ wallTime: at, ...event })));
    } catch (error) {
      throw diskError(error, path);
    }
  };
  return {
    path,
    scalars: (step, scalars, time = Date.now() / 1000) => append({ step, scalars }, time),
    async histograms(step, values, time = Date.now() / 1000) {
      const histograms = Object.fromEntries(
        Object.entries(values).flatMap(([tag, numbers]) => {
          const histogram = histogramOf(numbers);
          return histogram === undefined ? [] : [[tag, histogram] as const];
        }),
      );
      if (Object.keys(histograms).length > 0) await append({ step, scalars: {}, histograms }, time);
    },
    texts: (step, texts, time = Date.now() / 1000) => append({ step, scalars: {}, texts }, time),
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
