// A writer of Python pickles, protocol 2 (4 where bytes are in them, which protocol 2 cannot hold).

import { isPythonFloat, PyFloat } from '../python/python-format.ts';
import {
  type PickleValue,
  PyCall,
  PyGlobal,
  PyObject,
  PyPersistent,
  PyTuple,
} from './pickle-values.ts';

/** Pickle a value. Arrays are lists, Maps are dicts, integral numbers are ints. */
export function pickle(value: PickleValue): Uint8Array<ArrayBuffer> {
  return Buffer.concat([...picklePieces(value)]);
}

/** Pickle a value piece by piece: long byte strings are given as they are, not copied. */
export function* picklePieces(value: PickleValue): Generator<Uint8Array> {
  yield Uint8Array.of(0x80, hasBytes(value) ? 4 : 2);
  yield* write(value);
  yield op('.');
}

function* write(value: PickleValue): Generator<Uint8Array> {
  if (value === null) yield op('N');
  else if (typeof value === 'boolean') yield Uint8Array.of(value ? 0x88 : 0x89);
  else if (typeof value === 'number') yield isPythonFloat(value) ? float(value) : int(value);
  else if (typeof value === 'bigint') yield int(value);
  else if (typeof value === 'string') yield text(value);
  else if (value instanceof PyFloat) yield float(value.value);
  else if (value instanceof Uint8Array) yield* byteString(value);
  else if (value instanceof PyGlobal) yield op(`c${value.module}\n${value.name}\n`);
  else if (value instanceof PyTuple) yield* tuple(value.items);
  else if (value instanceof PyCall) {
    yield* write(value.callable);
    yield* tuple(value.args);
    yield op('R');
  } else if (value instanceof PyObject) {
    // An instance is made without its constructor, then given its attributes.
    yield* write(value.type);
    yield op(')\x81');
    yield* write(value.state as Map<string, PickleValue>);
    yield op('b');
  } else if (value instanceof PyPersistent) {
    yield* write(value.id);
    yield op('Q');
  } else if (value instanceof Map) {
    yield op('}(');
    for (const [key, item] of value as Map<string | number, PickleValue>) {
      yield* write(key);
      yield* write(item);
    }
    yield op('u');
  } else {
    yield op('](');
    for (const item of value as readonly PickleValue[]) yield* write(item);
    yield op('e');
  }
}

function* tuple(items: readonly PickleValue[]): Generator<Uint8Array> {
  yield op('(');
  for (const item of items) yield* write(item);
  yield op('t');
}

function* byteString(bytes: Uint8Array): Generator<Uint8Array> {
  const head = Buffer.alloc(9, 0x8e);
  head.writeBigUInt64LE(BigInt(bytes.byteLength), 1);
  yield head;
  yield bytes;
}

function int(value: number | bigint): Uint8Array {
  const big = BigInt(value);
  if (BigInt.asIntN(32, big) === big) {
    const bytes = Buffer.from('J    ', 'latin1');
    bytes.writeInt32LE(Number(big), 1);
    return bytes;
  }
  let length = 8;
  while (BigInt.asIntN(8 * length, big) !== big) length++;
  const bytes = Buffer.alloc(2 + length);
  bytes[0] = 0x8a;
  bytes[1] = length;
  for (let i = 0; i < length; i++) bytes[2 + i] = Number((big >> BigInt(8 * i)) & 0xffn);
  return bytes;
}

function float(value: number): Uint8Array {
  const bytes = Buffer.alloc(9, 'G');
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

function text(value: string): Uint8Array {
  const utf8 = Buffer.from(value, 'utf8');
  const head = Buffer.alloc(5, 'X');
  head.writeUInt32LE(utf8.byteLength, 1);
  return Buffer.concat([head, utf8]);
}

function op(characters: string): Uint8Array {
  return Buffer.from(characters, 'latin1');
}

function hasBytes(value: unknown): boolean {
  if (value instanceof Uint8Array) return true;
  if (value instanceof PyTuple) return value.items.some(hasBytes);
  if (value instanceof PyCall) return value.args.some(hasBytes);
  if (value instanceof PyObject) return hasBytes(value.state);
  if (value instanceof Map) return [...value.values()].some(hasBytes);
  return Array.isArray(value) && value.some(hasBytes);
}
