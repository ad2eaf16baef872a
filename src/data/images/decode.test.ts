import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { BadImageError, decodeGrey, decodeImage } from './decode.ts';
import { encodeJpeg, encodePng } from './encode.ts';

const FILES = 'fixtures/images/files';
const names = readdirSync(FILES);
const expected: Record<
  string,
  { mode: string; width: number; height: number; rgb: string; grey: string; first: number[] }
> = JSON.parse(readFileSync('fixtures/images/expected.json', 'utf8')).images;

const sha = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
const bytesOf = (name: string) => new Uint8Array(readFileSync(join(FILES, name)));

const scratch = await mkdtemp(join(tmpdir(), 'decode-'));
afterAll(() => rm(scratch, { recursive: true }));

describe("an image has the pixels that Pillow's convert('RGB') gives", () => {
  test('the expectations cover every file', () => {
    expect(Object.keys(expected).sort()).toEqual([...names].sort());
  });

  test.each(names)('%s', async (name) => {
    const { width, height, data } = await decodeImage(join(FILES, name));
    const { rgb, grey, first, ...size } = expected[name]!;
    expect({ width, height }).toEqual({ width: size.width, height: size.height });
    expect([...data.subarray(0, first.length)]).toEqual(first);
    expect(sha(data)).toBe(rgb);
    expect(sha((await decodeGrey(bytesOf(name))).data)).toBe(grey);
  });
});

describe('a broken image', () => {
  test.each(names)('%s is refused when its second half is missing', async (name) => {
    const whole = bytesOf(name);
    const half = whole.slice(0, whole.length >> 1);
    await expect(decodeImage(half, 'album/x.jpg')).rejects.toThrow(BadImageError);
    await expect(decodeImage(half, 'album/x.jpg')).rejects.toThrow(/'album\/x\.jpg'/);
  });

  test.each([
    ['a file that does not exist', 'nowhere.jpg', /no such file/],
    ['a folder', '.', /not a file/],
  ])('%s is refused by its path', async (_, name, reason) => {
    const error = await decodeImage(join(scratch, name)).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(BadImageError);
    expect((error as Error).message).toMatch(reason);
    expect((error as Error).message).toContain(join(scratch, name));
  });

  test.each([
    ['nothing at all', '', /empty/],
    ['text', 'this is no image', /unsupported/],
    ['an SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', /unsupported/],
    ['a bitmap of 60000 × 60000 pixels', bmpHeader(60_000, 60_000), /size: 60000 × 60000/],
    ['a Netpbm of 60000 × 60000 pixels', 'P6 60000 60000 255\n', /size: 60000 × 60000/],
    ['a plain Netpbm that promises much', 'P2 10000 10000 255\n1 2 3', /truncated/],
    ['a Netpbm with a sample above its maximum', 'P2 2 1 10\n4 11 ', /invalid sample.*11/],
    ['a Netpbm without size', 'P5 x', /width/],
    ['a bitmap of 0 pixels', bmpHeader(0, 5), /size: 0 × 5/],
    ['a bitmap of an odd depth', bmpHeader(2, 2, 7), /7 bits/],
  ])('%s is refused', async (_, content, reason) => {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    await expect(decodeImage(bytes)).rejects.toThrow(reason);
    await expect(decodeImage(bytes)).rejects.toThrow(BadImageError);
  });

  test('a PNG that would fill the memory is refused by its header', async () => {
    const bytes = bytesOf('bilevel.png');
    new DataView(bytes.buffer).setUint32(16, 100_000);
    new DataView(bytes.buffer).setUint32(20, 100_000);
    await expect(decodeImage(bytes)).rejects.toThrow(BadImageError);
  });

  test('damage anywhere gives an image of the right size or a BadImageError', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(255)), {
          minLength: 1,
          maxLength: 4,
        }),
        async (name, damage) => {
          const bytes = bytesOf(name);
          for (const [at, value] of damage) bytes[Math.floor(at * bytes.length)] = value;
          try {
            const { width, height, data } = await decodeImage(bytes);
            expect(data.length).toBe(width * height * 3);
          } catch (error) {
            expect(error).toBeInstanceOf(BadImageError);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('an encoded image', () => {
  const grey = { width: 5, height: 3, data: Uint8Array.from({ length: 15 }, (_, i) => i * 17) };
  const rgb = { width: 3, height: 2, data: Uint8Array.from({ length: 18 }, (_, i) => i * 13) };

  test('comes back from PNG unchanged, in colour and in grey', async () => {
    expect(await decodeImage(await encodePng(rgb))).toEqual(rgb);
    expect(await decodeGrey(await encodePng(grey))).toEqual(grey);
  });

  test('is about the same after JPEG', async () => {
    const path = join(scratch, 'x.jpg');
    await writeFile(path, await encodeJpeg(rgb, { quality: 100 }));
    expect((await decodeImage(path)).data).toBeClose(rgb.data, { absolute: 12 });
  });

  test('needs as many bytes as its size says', async () => {
    await expect(encodePng({ width: 4, height: 4, data: rgb.data })).rejects.toThrow(
      /18 bytes for 4 × 4/,
    );
  });
});

function bmpHeader(width: number, height: number, bits = 24): Uint8Array {
  const bytes = new Uint8Array(54);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(10, 54, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(28, bits, true);
  return bytes;
}
