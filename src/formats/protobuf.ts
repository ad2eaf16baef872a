// Protobuf messages without a schema compiler: fields by number, or whole messages described by a table.
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** What a field holds: a text, a whole number, a message, or many of one of them. */
type Single = 'text' | 'integer' | MessageShape;
type FieldKind = Single | { readonly many: Single };

/** A message: number and kind of each field, by its name, in the order of the numbers. */
export interface MessageShape {
  readonly [name: string]: readonly [number: number, kind: FieldKind];
}

type ValueOf<Kind> = Kind extends 'text'
  ? string
  : Kind extends 'integer'
    ? number
    : Kind extends { readonly many: infer Each }
      ? readonly ValueOf<Each>[]
      : Kind extends MessageShape
        ? MessageOf<Kind>
        : never;

/** The values of a message; a field that is not there is empty. */
export type MessageOf<Shape extends MessageShape> = {
  readonly [Name in keyof Shape]?: ValueOf<Shape[Name][1]> | undefined;
};

/** Write a message. Empty texts and zeros go without saying, as in proto3; what the shape does not name is left out. */
export function encodeMessage<Shape extends MessageShape>(
  shape: Shape,
  values: MessageOf<Shape>,
): Uint8Array {
  const out = new BinaryWriter();
  for (const [name, [field, kind]] of Object.entries(shape)) {
    const value: unknown = values[name];
    if (value === undefined) continue;
    if (typeof kind === 'object' && isMany(kind)) {
      for (const each of value as unknown[]) writeField(out, field, kind.many, each);
    } else if (value !== '' && value !== 0) {
      writeField(out, field, kind, value);
    }
  }
  return out.finish();
}

function writeField(out: BinaryWriter, field: number, kind: Single, value: unknown): void {
  if (kind === 'text') out.tag(field, WireType.LengthDelimited).string(value as string);
  else if (kind === 'integer') out.tag(field, WireType.Varint).int64(value as number);
  else addMessage(out, field, encodeMessage(kind, value as MessageOf<MessageShape>));
}

/**
 * Read a message; fields that the shape does not name are passed over.
 * @throws {Error} when the bytes are no message.
 */
export function decodeMessage<Shape extends MessageShape>(
  shape: Shape,
  data: Uint8Array,
): MessageOf<Shape> {
  const found: Record<string, unknown> = {};
  const readers = Object.entries(shape).map(([name, [field, kind]]) => {
    const read = (reader: BinaryReader): void => {
      if (typeof kind !== 'object' || !isMany(kind)) {
        found[name] = readField(reader, kind);
        return;
      }
      found[name] ??= [];
      (found[name] as unknown[]).push(readField(reader, kind.many));
    };
    return [field, read] as const;
  });
  eachField(data, Object.fromEntries(readers));
  return found as MessageOf<Shape>;
}

function readField(reader: BinaryReader, kind: Single): unknown {
  if (kind === 'text') return reader.string();
  if (kind === 'integer') return Number(reader.int64());
  return decodeMessage(kind, reader.bytes());
}

function isMany(kind: MessageShape | { readonly many: Single }): kind is { readonly many: Single } {
  return 'many' in kind && !Array.isArray(kind.many);
}

/** Append a message, or bytes, as a field. */
export function addMessage(out: BinaryWriter, field: number, bytes: Uint8Array): BinaryWriter {
  return out.tag(field, WireType.LengthDelimited).bytes(bytes);
}

/** Read a message, giving each known field to its function and skipping the others. */
export function eachField(
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
