// A reader of Python pickles, protocols 0 to 5. https://docs.python.org/3/library/pickletools.html
import { describeError, UserError } from '../../base/errors.ts';
import { narrow, pickleCursor } from './pickle-cursor.ts';
import { PickleMachine, type PickleOptions } from './pickle-machine.ts';

interface Unpickled {
  /** Dicts as Maps, lists and tuples as arrays, sets as Sets, ints as numbers where no digit is lost, else bigints. */
  readonly value: unknown;
  /** Offset of the first byte after the pickle. */
  readonly end: number;
}

/**
 * Read the pickle at `start` of `bytes`.
 * @throws {UserError} when it is damaged or names a class that is not on the lists of `options`
 */
export function unpickle(
  bytes: Uint8Array<ArrayBuffer>,
  options: PickleOptions,
  start = 0,
): Unpickled {
  const cursor = pickleCursor(bytes, options.name, start);
  const machine = new PickleMachine(cursor, options);
  try {
    for (;;) {
      const opcode = cursor.byte();
      if (opcode === STOP) return { value: machine.pop(), end: cursor.position() };
      const step = OPCODES[opcode];
      if (step === undefined) throw machine.invalid(`has the unknown opcode ${opcode}`);
      step(machine);
    }
  } catch (error) {
    // What is left are the engine's own limits: a text or a dict of too many millions.
    throw error instanceof UserError
      ? error
      : machine.invalid(`is too big: ${describeError(error)}`);
  }
}

const STOP = 0x2e;

/** What each opcode does, by its byte; the names are those of Python's pickletools. */
const OPCODES: Readonly<Record<number, (m: PickleMachine) => void>> = {
  40: (m) => m.mark(), // MARK
  48: (m) => void m.pop(), // POP
  49: (m) => void m.popMark(), // POP_MARK
  50: (m) => m.push(m.top()), // DUP
  128: (m) => {
    const version = m.cursor.byte(); // PROTO
    if (version > 5) throw m.invalid(`has the unknown protocol ${version}`);
  },
  149: (m) => void m.cursor.length64(), // FRAME

  78: (m) => m.push(null), // NONE
  136: (m) => m.push(true), // NEWTRUE
  137: (m) => m.push(false), // NEWFALSE
  73: (m) => m.push(decimal(m, m.cursor.line())), // INT
  76: (m) => m.push(decimal(m, m.cursor.line().replace(/L$/, ''))), // LONG
  74: (m) => m.push(m.cursor.int32()), // BININT
  75: (m) => m.push(m.cursor.byte()), // BININT1
  77: (m) => m.push(m.cursor.uint16()), // BININT2
  138: (m) => m.push(m.cursor.integer(m.cursor.byte())), // LONG1
  139: (m) => m.push(m.cursor.integer(m.cursor.uint32())), // LONG4
  70: (m) => m.push(Number(m.cursor.line().replace('inf', 'Infinity'))), // FLOAT
  71: (m) => m.push(m.cursor.float64()), // BINFLOAT

  83: (m) => m.push(unquoted(m.cursor.line())), // STRING
  84: (m) => m.push(m.cursor.utf8(m.cursor.uint32())), // BINSTRING
  85: (m) => m.push(m.cursor.utf8(m.cursor.byte())), // SHORT_BINSTRING
  86: (m) => m.push(rawUnicode(m.cursor.line())), // UNICODE
  88: (m) => m.push(m.cursor.utf8(m.cursor.uint32())), // BINUNICODE
  140: (m) => m.push(m.cursor.utf8(m.cursor.byte())), // SHORT_BINUNICODE
  141: (m) => m.push(m.cursor.utf8(m.cursor.length64())), // BINUNICODE8
  66: (m) => m.push(m.cursor.bytes(m.cursor.uint32())), // BINBYTES
  67: (m) => m.push(m.cursor.bytes(m.cursor.byte())), // SHORT_BINBYTES
  142: (m) => m.push(m.cursor.bytes(m.cursor.length64())), // BINBYTES8
  150: (m) => m.push(m.cursor.bytes(m.cursor.length64())), // BYTEARRAY8

  93: (m) => m.push([]), // EMPTY_LIST
  41: (m) => m.push([]), // EMPTY_TUPLE
  125: (m) => m.push(new Map()), // EMPTY_DICT
  143: (m) => m.push(new Set()), // EMPTY_SET
  108: (m) => m.push(m.popMark()), // LIST
  116: (m) => m.push(m.popMark()), // TUPLE
  133: (m) => m.push(m.popItems(1)), // TUPLE1
  134: (m) => m.push(m.popItems(2)), // TUPLE2
  135: (m) => m.push(m.popItems(3)), // TUPLE3
  145: (m) => m.push(new Set(m.popMark())), // FROZENSET
  100: (m) => {
    const items = m.popMark(); // DICT
    m.push(new Map());
    m.setItems(items);
  },
  97: (m) => m.append([m.pop()]), // APPEND
  101: (m) => m.append(m.popMark()), // APPENDS
  144: (m) => m.append(m.popMark()), // ADDITEMS
  115: (m) => m.setItems(m.popItems(2)), // SETITEM
  117: (m) => m.setItems(m.popMark()), // SETITEMS

  103: (m) => m.get(Number(m.cursor.line())), // GET
  104: (m) => m.get(m.cursor.byte()), // BINGET
  106: (m) => m.get(m.cursor.uint32()), // LONG_BINGET
  112: (m) => m.put(Number(m.cursor.line())), // PUT
  113: (m) => m.put(m.cursor.byte()), // BINPUT
  114: (m) => m.put(m.cursor.uint32()), // LONG_BINPUT
  148: (m) => m.memoize(), // MEMOIZE

  99: (m) => m.global(m.cursor.line(), m.cursor.line()), // GLOBAL
  147: (m) => {
    const [module, name] = m.popItems(2); // STACK_GLOBAL
    m.global(String(module), String(name));
  },
  82: (m) => {
    const args = m.popList(); // REDUCE
    m.push(m.call(m.pop(), args));
  },
  129: (m) => {
    const args = m.popList(); // NEWOBJ
    m.push(m.call(m.pop(), args));
  },
  146: (m) => {
    m.pop(); // NEWOBJ_EX: the keyword arguments are of no use to a record
    const args = m.popList();
    m.push(m.call(m.pop(), args));
  },
  105: (m) => {
    const args = m.popMark(); // INST
    m.global(m.cursor.line(), m.cursor.line());
    m.push(m.call(m.pop(), args));
  },
  111: (m) => {
    const [callee, ...args] = m.popMark(); // OBJ
    m.push(m.call(callee, args));
  },
  98: (m) => m.build(m.pop()), // BUILD
  80: (m) => m.persistent(m.cursor.line()), // PERSID
  81: (m) => m.persistent(m.pop()), // BINPERSID
};

/** Protocol 0 writes the booleans as the ints 00 and 01. */
function decimal(m: PickleMachine, line: string): number | bigint | boolean {
  if (line === '00') return false;
  if (line === '01') return true;
  if (!/^[+-]?\d{1,2000}$/.test(line)) throw m.invalid(`has the invalid integer '${line}'`);
  return narrow(BigInt(line.replace('+', '')));
}

/** Protocol 0's byte string: a Python literal. */
function unquoted(line: string): string {
  const escapes: Record<string, string> = {
    n: '\n',
    r: '\r',
    t: '\t',
    '\\': '\\',
    "'": "'",
    '"': '"',
  };
  return line
    .slice(1, -1)
    .replace(/\\(?:x([0-9a-f]{2})|(.))/gi, (_, hex: string | undefined, char: string) =>
      hex === undefined
        ? (escapes[char] ?? `\\${char}`)
        : String.fromCharCode(Number.parseInt(hex, 16)),
    );
}

/** Protocol 0's text: latin-1 with \u and \U escapes. */
function rawUnicode(line: string): string {
  return line.replace(/\\u([0-9a-f]{4})|\\U([0-9a-f]{8})/gi, (_, short: string, long: string) =>
    String.fromCodePoint(Math.min(Number.parseInt(short ?? long, 16), 0x10ffff)),
  );
}
