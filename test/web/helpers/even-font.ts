// A font in which every character is a box of the same width, so that pages are laid out alike on every machine.

/** Units of an em, and of a character's width, ascent and descent. */
const EM = 1000;
const WIDTH = 540;
const ASCENT = 800;
const DESCENT = 200;

/** Write the font as the bytes of a TrueType file. */
export function evenFont(): Buffer {
  const box = glyph();
  const tables: [tag: string, bytes: Buffer][] = [
    ['OS/2', os2()],
    ['cmap', cmap()],
    ['glyf', box],
    ['head', head()],
    ['hhea', hhea()],
    ['hmtx', u16(WIDTH, 0, WIDTH, 0)],
    ['loca', u32(0, 0, box.length)],
    ['maxp', Buffer.concat([u32(0x10000), u16(2, 4, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0)])],
    ['name', u16(0, 0, 6)],
    ['post', Buffer.concat([u32(0x30000, 0), i16(-100, 50), u32(1, 0, 0, 0, 0)])],
  ];
  const offset = 12 + 16 * tables.length;
  const entries: Buffer[] = [];
  const bodies: Buffer[] = [];
  let at = offset;
  for (const [tag, bytes] of tables) {
    const padded = Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
    entries.push(Buffer.from(tag, 'latin1'), u32(sumOf(padded), at, bytes.length));
    bodies.push(padded);
    at += padded.length;
  }
  const power = 2 ** Math.floor(Math.log2(tables.length));
  const search = u16(tables.length, 16 * power, Math.log2(power), 16 * (tables.length - power));
  return Buffer.concat([u32(0x10000), search, ...entries, ...bodies]);
}

/** A box on the base line. */
function glyph(): Buffer {
  const [right, top] = [WIDTH - 60, 600];
  const points = Buffer.concat([i16(60, 0, right - 60, 0), i16(0, top, 0, -top)]);
  const outline = [i16(1, 60, 0, right, top), u16(3, 0), Buffer.alloc(4, 1), points];
  return pad(Buffer.concat(outline));
}

/** Every character is the box: a table that gives many the same (format 13). */
function cmap(): Buffer {
  const groups = [u16(13, 0), u32(16 + 12, 0, 1, 0x20, 0x10ffff, 1)];
  return Buffer.concat([u16(0, 1, 3, 10), u32(12), ...groups]);
}

function head(): Buffer {
  const times = Buffer.alloc(16);
  const box = i16(0, 0, WIDTH, ASCENT);
  const start = u32(0x10000, 0x10000, 0, 0x5f0f3cf5);
  return Buffer.concat([start, u16(0, EM), times, box, u16(0, 8), i16(2, 1, 0)]);
}

function hhea(): Buffer {
  const lines = i16(ASCENT, -DESCENT, 0, WIDTH, 0, 0, WIDTH, 1, 0, 0, 0, 0, 0, 0, 0);
  return Buffer.concat([u32(0x10000), lines, u16(2)]);
}

function os2(): Buffer {
  const sizes = i16(4, WIDTH, 400, 5, 0, 650, 600, 0, 75, 650, 600, 0, 350, 50, 300, 0);
  const kinds = Buffer.concat([Buffer.alloc(10), u32(1, 0, 0, 0), Buffer.from('EVEN')]);
  const lines = [u16(0x40, 0x20, 0xffff), i16(ASCENT, -DESCENT, 0), u16(ASCENT, DESCENT)];
  return Buffer.concat([sizes, kinds, ...lines, u32(1, 0), i16(500, 700, 0, 32, 1)]);
}

function pad(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}

function sumOf(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 4) sum = (sum + bytes.readUInt32BE(at)) >>> 0;
  return sum;
}

function u16(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt16BE(value, 2 * i);
  return bytes;
}

function i16(...values: readonly number[]): Buffer {
  return u16(...values.map((value) => value & 0xffff));
}

function u32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, 4 * i);
  return bytes;
}
