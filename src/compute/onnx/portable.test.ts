import { expect, it } from 'vitest';
import { constant, type FileRange, input, integers, weight } from './graph.ts';
import { buildModel } from './model.ts';
import * as ops from './ops.ts';
import { packValues, unpackValues } from './portable.ts';

it('keeps a description, its numbers and what it shares', () => {
  const w = weight('w', [2, 3], 'float16', { file: 'a/b.safetensors', offset: 8, length: 12 });
  const cast = ops.cast(w, 'float32');
  const [left, right] = ops.split(ops.linear(input('x', ['batch', 3]), cast), [1, 1], -1);
  const parts = {
    config: { nLayers: 1, hasCls: false, nothing: undefined },
    blocks: [{ left, right }, { left }],
    scale: constant(Float32Array.of(0.1, -0, 1e-30), [3]),
    axes: integers([-1, 2]),
  };
  const packed = packValues(parts, (range) => ({ ...range, file: 'weights.bin' }));
  const back = unpackValues(JSON.parse(JSON.stringify(packed))) as typeof parts;
  expect(back.config).toEqual({ nLayers: 1, hasCls: false });
  expect(back.blocks[0]!.left).toBe(back.blocks[1]!.left);
  expect(back.blocks[0]!.left!.node).toBe(back.blocks[0]!.right!.node);
  expect(back.scale).toEqual(parts.scale);
  expect(back.axes).toEqual(parts.axes);

  const moved = {
    ...w,
    node: { ...w.node, range: { file: 'weights.bin', offset: 8, length: 12 } },
  };
  const again = ops.linear(input('x', ['batch', 3]), ops.cast(moved as typeof w, 'float32'));
  const [other] = ops.split(again, [1, 1], -1);
  const bytes = (value: typeof other): Uint8Array => buildModel(new Map([['y', value!]])).bytes;
  expect(bytes(back.blocks[0]!.left)).toEqual(bytes(other));
});

it('refuses what JSON would lose', () => {
  const same = (range: FileRange): FileRange => range;
  expect(() => packValues({ f: () => 1 }, same)).toThrow(TypeError);
  expect(() => packValues([Number.NEGATIVE_INFINITY], same)).toThrow('-Infinity in JSON');
});
