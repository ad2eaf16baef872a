// Heat maps as small pictures in an address. A canvas each would be a layer of its own to the browser: hundreds on one
// screen cost it more than all the rest.
import { PLASMA } from '../../../src/pages/plasma.ts';

const pictures = new WeakMap<Uint8Array, string>();

/** Address of a heat map, uint8 `[side · side]`, as a PNG of one pixel a patch: plasma's colour, as opaque as the value. */
export function heatPicture(heat: Uint8Array, side: number): string {
  let picture = pictures.get(heat);
  if (picture === undefined) {
    picture = `data:image/png;base64,${btoa(String.fromCharCode(...pngOf(heat, side)))}`;
    pictures.set(heat, picture);
  }
  return picture;
}

/** A picture of one byte a pixel, its place among plasma's colours. */
function pngOf(heat: Uint8Array, side: number): number[] {
  const rows = new Uint8Array(side * (side + 1)); // each begins with a 0: it is not filtered
  for (let y = 0; y < side; y++) {
    rows.set(heat.subarray(y * side, (y + 1) * side), y * (side + 1) + 1);
  }
  return [
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...pngChunk('IHDR', [...bigEndian(side), ...bigEndian(side), 8, 3, 0, 0, 0]),
    ...COLOURS,
    ...pngChunk('IDAT', stored(rows)),
    ...pngChunk('IEND', []),
  ];
}

/** Bytes as a zlib stream that is not compressed. */
function stored(bytes: Uint8Array): number[] {
  const out = [0x78, 0x01];
  const most = 65_535;
  for (let at = 0; at < bytes.length; at += most) {
    const part = bytes.subarray(at, at + most);
    const { length } = part;
    out.push(at + most < bytes.length ? 0 : 1, length & 255, length >> 8);
    out.push(~length & 255, (~length >> 8) & 255);
    for (const byte of part) out.push(byte);
  }
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return [...out, b >> 8, b & 255, a >> 8, a & 255];
}

function pngChunk(name: string, data: readonly number[]): number[] {
  const body = [...Array.from(name, (char) => char.charCodeAt(0)), ...data];
  let crc = 0xffffffff;
  for (const byte of body) crc = (crc >>> 8) ^ CRC[(crc ^ byte) & 255]!;
  return [...bigEndian(data.length), ...body, ...bigEndian(~crc)];
}

function bigEndian(value: number): number[] {
  return [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 * (crc & 1));
  return crc;
});

/** The colours of all heat maps, and how opaque they are. */
const COLOURS: readonly number[] = [
  ...pngChunk('PLTE', [...PLASMA]),
  ...pngChunk('tRNS', [...new Array(256).keys()]),
];
