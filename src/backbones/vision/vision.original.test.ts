// Every family against the Python library that published it (fixtures/backbones/make.py).
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { relativeError } from '../../../test/helpers/close.ts';
import { openSafetensors } from '../../formats/safetensors.ts';
import { resizeGrid } from './bicubic.ts';
import { openVisionModel } from './open.ts';
import { OUTPUT } from './vision-graph.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures/backbones');
const LIMIT = 1e-5;

const cases = readdirSync(FIXTURES)
  .filter((file) => file.endsWith('.golden.safetensors'))
  .map((file) => file.replace('.golden.safetensors', ''));

describe('against the original libraries', () => {
  it.each(cases)('%s: the residual stream after every block and the output agree', async (name) => {
    const golden = await openSafetensors(join(FIXTURES, `${name}.golden.safetensors`));
    const { family, ...config } = JSON.parse(golden.metadata.config!);
    const weights = join(FIXTURES, `${name}.weights.safetensors`);
    const backbone = await openVisionModel({ family, weights, config });
    const { nLayers, imageSize } = backbone.config;
    const pixels = {
      data: await golden.readFloat32('pixels'),
      shape: golden.tensors.get('pixels')!.shape,
    };
    expect(imageSize).toBe(pixels.shape[2]);
    expect(nLayers).toBe(golden.tensors.get('residuals')!.shape[0]);

    const points = Array.from({ length: nLayers }, (_, i) => `blocks.${i}.hook_resid_post`);
    const results = await backbone.run(pixels, { record: [...points, OUTPUT] });
    const residuals = await golden.readFloat32('residuals');
    const output = await golden.readFloat32('output');
    const size = residuals.length / nLayers;
    const errors: string[] = [];
    points.forEach((point, i) => {
      const expected = residuals.subarray(i * size, (i + 1) * size);
      expect(results.get(point)!.shape).toEqual(golden.tensors.get('residuals')!.shape.slice(1));
      expect(results.get(point)!.data).toBeNear(expected, LIMIT);
      errors.push(relativeError(results.get(point)!.data, expected).toExponential(1));
    });
    expect(results.get(OUTPUT)!.shape).toEqual(golden.tensors.get('output')!.shape);
    expect(results.get(OUTPUT)!.data).toBeNear(output, LIMIT);
    if (process.env.SHOW_ERRORS)
      process.stdout.write(
        `${name} ${errors.join(' ')} output ${relativeError(results.get(OUTPUT)!.data, output).toExponential(1)}\n`,
      );
    await backbone.close();
    await golden.close();
  });
});

describe('resizeGrid', () => {
  it.each([
    ['plain', 16, { step: 37 / 16.1 }],
    ['plain', 40, { step: 37 / 40.1 }],
    ['antialiased', 16, { antialias: true }],
    ['antialiased', 40, { antialias: true }],
  ])('%s to %i a side gives what PyTorch gives', async (kind, size, options) => {
    const golden = await openSafetensors(join(FIXTURES, 'bicubic.safetensors'));
    const resized = resizeGrid(await golden.readFloat32('grid'), 37, size, options);
    const expected = await golden.readFloat32(`${kind}.${size}`);
    if (process.env.SHOW_ERRORS)
      process.stdout.write(
        `bicubic ${kind} ${size} ${relativeError(resized, expected).toExponential(1)}\n`,
      );
    expect(resized).toBeNear(expected, 1e-6);
    await golden.close();
  });
});
