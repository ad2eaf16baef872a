import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { openSafetensors } from '../../formats/safetensors.ts';
import { drawExample } from './example-picture.ts';

const golden = await openSafetensors('fixtures/visuals/heatmaps.safetensors');
const { shape, data } = await golden.read('make_img.image');
const image = { width: shape[1]!, height: shape[0]!, data: data as Uint8Array };

test('an example equals the original picture, byte for byte', async () => {
  const values = await golden.readFloat32('make_img.patches');
  const out = drawExample(image, { values, upper: 1.25 });
  const corner = (await golden.read('make_img.corner')).data as Uint8Array;
  for (let y = 0; y < 48; y++) {
    const row = out.data.subarray(y * 448 * 3, (y * 448 + 48) * 3);
    expect([...row]).toEqual([...corner.subarray(y * 144, (y + 1) * 144)]);
  }
  const digest = createHash('sha256').update(out.data).digest();
  const expected = (await golden.read('make_img.sha256')).data as Uint8Array;
  expect([...digest]).toEqual([...expected]);
});

test('an example of one token has no heat map', () => {
  const plain = drawExample(image, { upper: 1 });
  const dark = drawExample(image, { values: new Float32Array(4), upper: 1 });
  expect(Buffer.compare(plain.data, dark.data)).toBe(0);
  expect([plain.width, plain.height]).toEqual([448, 448]);
});
