// What a record of an event file holds: a protobuf Event with the numbers, histograms and texts of a step.
// tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { addMessage, eachField } from '../protobuf.ts';
import type { Histogram } from './histogram.ts';

/** One record of an event file. */
export interface TensorBoardEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  /** `brain.Event:2` in the first record of a file. */
  readonly fileVersion?: string;
  /** Value of each tag. */
  readonly scalars: Readonly<Record<string, number>>;
  readonly histograms?: Readonly<Record<string, Histogram>>;
  readonly texts?: Readonly<Record<string, string>>;
}

/** Field numbers of the messages. */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 } as const;
const SUMMARY_VALUE = 1;
const VALUE = { tag: 1, simpleValue: 2, histogram: 5, tensor: 8, metadata: 9 } as const;
const HISTOGRAM = { min: 1, max: 2, num: 3, sum: 4, sumSquares: 5, limits: 6, counts: 7 } as const;
const TENSOR = { dtype: 1, shape: 2, strings: 8 } as const;
const DT_STRING = 7;

export function encodeEvent(event: TensorBoardEvent): Uint8Array {
  const { wallTime, step, fileVersion, scalars, histograms = {}, texts = {} } = event;
  const out = new BinaryWriter().tag(EVENT.wallTime, WireType.Bit64).double(wallTime);
  out.tag(EVENT.step, WireType.Varint).int64(step);
  if (fileVersion !== undefined) {
    out.tag(EVENT.fileVersion, WireType.LengthDelimited).string(fileVersion);
  }
  const values = [
    ...Object.entries(scalars).map(([tag, value]) =>
      tagged(tag).tag(VALUE.simpleValue, WireType.Bit32).float(Math.fround(value)).finish(),
    ),
    ...Object.entries(histograms).map(([tag, value]) =>
      addMessage(tagged(tag), VALUE.histogram, encodeHistogram(value)).finish(),
    ),
    ...Object.entries(texts).map(([tag, value]) => encodeText(tag, value)),
  ];
  if (values.length === 0) return out.finish();
  const summary = new BinaryWriter();
  for (const value of values) addMessage(summary, SUMMARY_VALUE, value);
  return addMessage(out, EVENT.summary, summary.finish()).finish();
}

function tagged(tag: string): BinaryWriter {
  return new BinaryWriter().tag(VALUE.tag, WireType.LengthDelimited).string(tag);
}

function encodeHistogram(histogram: Histogram): Uint8Array {
  const out = new BinaryWriter();
  for (const name of ['min', 'max', 'num', 'sum', 'sumSquares'] as const) {
    // Zeros go without saying in this format.
    if (!Object.is(histogram[name], 0)) {
      out.tag(HISTOGRAM[name], WireType.Bit64).double(histogram[name]);
    }
  }
  for (const name of ['limits', 'counts'] as const) {
    const packed = new BinaryWriter();
    for (const value of histogram[name]) packed.double(value);
    addMessage(out, HISTOGRAM[name], packed.finish());
  }
  return out.finish();
}

/** A text is a tensor of one string, shown by the plugin of that name, which reads Markdown. */
function encodeText(tag: string, text: string): Uint8Array {
  const size = new BinaryWriter().tag(1, WireType.Varint).int64(1).finish();
  const shape = addMessage(new BinaryWriter(), 2, size).finish();
  const tensor = new BinaryWriter().tag(TENSOR.dtype, WireType.Varint).int32(DT_STRING);
  addMessage(tensor, TENSOR.shape, shape)
    .tag(TENSOR.strings, WireType.LengthDelimited)
    .string(text);
  const plugin = new BinaryWriter().tag(1, WireType.LengthDelimited).string('text').finish();
  const metadata = addMessage(new BinaryWriter(), 1, plugin).finish();
  const value = addMessage(tagged(tag), VALUE.tensor, tensor.finish());
  return addMessage(value, VALUE.metadata, metadata).finish();
}

/** @throws {Error} when the bytes are no such message. */
export function decodeEvent(data: Uint8Array): TensorBoardEvent {
  let wallTime = 0;
  let step = 0;
  let fileVersion: string | undefined;
  const scalars: Record<string, number> = {};
  const histograms: Record<string, Histogram> = {};
  const texts: Record<string, string> = {};
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
        [SUMMARY_VALUE]: (value) => decodeValue(value.bytes(), { scalars, histograms, texts }),
      });
    },
  });
  return {
    ...{ wallTime, step, scalars },
    ...(fileVersion === undefined ? {} : { fileVersion }),
    ...(Object.keys(histograms).length === 0 ? {} : { histograms }),
    ...(Object.keys(texts).length === 0 ? {} : { texts }),
  };
}

/** Put a value where its kind belongs; kinds that are not known are passed over. */
function decodeValue(
  data: Uint8Array,
  into: {
    scalars: Record<string, number>;
    histograms: Record<string, Histogram>;
    texts: Record<string, string>;
  },
): void {
  let tag = '';
  eachField(data, {
    [VALUE.tag]: (reader) => {
      tag = reader.string();
    },
    [VALUE.simpleValue]: (reader) => {
      into.scalars[tag] = reader.float();
    },
    [VALUE.histogram]: (reader) => {
      into.histograms[tag] = decodeHistogram(reader.bytes());
    },
    [VALUE.tensor]: (reader) => {
      eachField(reader.bytes(), {
        [TENSOR.strings]: (tensor) => {
          into.texts[tag] = tensor.string();
        },
      });
    },
  });
}

function decodeHistogram(data: Uint8Array): Histogram {
  const found = { min: 0, max: 0, num: 0, sum: 0, sumSquares: 0 };
  const lists: { limits: number[]; counts: number[] } = { limits: [], counts: [] };
  const numbers = Object.keys(found) as (keyof typeof found)[];
  eachField(data, {
    ...Object.fromEntries(
      numbers.map((name) => [
        HISTOGRAM[name],
        (reader: BinaryReader) => {
          found[name] = reader.double();
        },
      ]),
    ),
    ...Object.fromEntries(
      (['limits', 'counts'] as const).map((name) => [
        HISTOGRAM[name],
        (reader: BinaryReader) => {
          const packed = new BinaryReader(reader.bytes());
          while (packed.pos < packed.len) lists[name].push(packed.double());
        },
      ]),
    ),
  });
  return { ...found, ...lists };
}
