import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { makeTree } from '../../../test/helpers/folders.ts';
import { decodeClassMap } from './class-map.ts';
import { encodePng } from './encode.ts';

/** A PNG of one channel with rows as they stand, behind a filter of 0. */
function plainPng(width: number, bitDepth: number, colourType: number, rows: number[][]): Buffer {
  const chunk = (kind: string, data: Uint8Array): Buffer => {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(data.length);
    return Buffer.concat([size, Buffer.from(kind), data, Buffer.alloc(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(rows.length, 4);
  header.set([bitDepth, colourType], 8);
  const data = deflateSync(Buffer.from(rows.flatMap((row) => [0, ...row])));
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

async function read(bytes: Uint8Array, name = 'map.png') {
  const path = join(await makeTree({}), name);
  await writeFile(path, bytes);
  return decodeClassMap(path);
}

test('levels come back as they were written, under every filter', async () => {
  const data = Uint8Array.from({ length: 60 * 40 }, (_, i) => (i * 7 + (i >> 4)) % 151);
  const map = { width: 60, height: 40, data };
  expect(await read(await encodePng(map))).toEqual(map);
  const filtered = sharp(Buffer.from(data), { raw: { width: 60, height: 40, channels: 1 } });
  const bytes = await filtered.toColourspace('b-w').png({ adaptiveFiltering: true }).toBuffer();
  expect(await read(bytes)).toEqual(map);
  const tiff = await sharp(bytes).toColourspace('b-w').tiff({ compression: 'lzw' }).toBuffer();
  expect(await read(tiff, 'map.tif')).toEqual(map);
});

test('a palette gives its entries, and few bits are not stretched', async () => {
  const two = plainPng(5, 2, 0, [
    [0b00011011, 0b01000000],
    [0b11000000, 0b10000000],
  ]);
  expect([...(await read(two)).data]).toEqual([0, 1, 2, 3, 1, 3, 0, 0, 0, 2]);
  expect([...(await read(plainPng(3, 1, 0, [[0b10100000]]))).data]).toEqual([1, 0, 1]);
  expect([...(await read(plainPng(3, 8, 3, [[4, 150, 0]]))).data]).toEqual([4, 150, 0]);
  expect([...(await read(plainPng(2, 16, 0, [[0, 9, 0, 200]]))).data]).toEqual([9, 200]);
});

test('what holds no class numbers is refused in a sentence', async () => {
  await expect(read(plainPng(2, 16, 0, [[0, 9, 1, 4]]))).rejects.toThrow(/class 260/);
  const red = await encodePng({ width: 1, height: 1, data: Uint8Array.of(200, 0, 0) });
  await expect(read(red)).rejects.toThrow(/holds colours, not numbers of classes/);
  const grey = await encodePng({ width: 1, height: 1, data: Uint8Array.of(9, 9, 9) });
  expect([...(await read(grey)).data]).toEqual([9]);
  await expect(read(readFileSync('fixtures/images/files/grey.jpg'), 'map.png')).rejects.toThrow(
    /is a JPEG/,
  );
  const whole = await encodePng({
    width: 20,
    height: 20,
    data: new Uint8Array(400).map((_, i) => i),
  });
  await expect(read(whole.subarray(0, 80))).rejects.toThrow(/cannot be read/);
  await expect(decodeClassMap('nowhere.png')).rejects.toThrow(/no such file/);
});
