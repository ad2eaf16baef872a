import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRowKernels } from './row-kernels.ts';
import { meanRow, type Scaling, scaleRow } from './scaling.ts';

const value = fc.oneof(
  { weight: 20, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 20, arbitrary: fc.float({ min: -4, max: 4, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity, -Infinity, -0) },
);

const cases = fc.integer({ min: 1, max: 600 }).chain((dModel) =>
  fc.record({
    rows: fc.array(fc.float32Array({ minLength: dModel, maxLength: dModel }), {
      minLength: 1,
      maxLength: 4,
    }),
    special: fc.option(fc.tuple(fc.nat(dModel - 1), value), { nil: undefined }),
    mean: fc.option(
      fc.float32Array({
        minLength: dModel,
        maxLength: dModel,
        noNaN: true,
        noDefaultInfinity: true,
        min: -8,
        max: 8,
      }),
      { nil: undefined },
    ),
    clamp: fc.constantFrom(1e5, 2.5, Infinity).map(Math.fround),
    scalar: fc.constantFrom(1, 0.3, 7.5).map(Math.fround),
  }),
);

describe('row kernels', () => {
  test('do bit for bit what the plain functions do, for every width of rows', () => {
    fc.assert(
      fc.property(cases, ({ rows, special, mean, clamp, scalar }) => {
        const dModel = rows[0]!.length;
        if (special !== undefined) rows[0]![special[0]] = special[1];
        const scaling: Scaling = { clamp, mean, scalar };
        const source = new Float32Array(rows.flatMap((row) => [...row]));
        const kernels = createRowKernels({
          dModel,
          dtype: 'float32',
          width: rows.length,
          blockBytes: source.byteLength,
          scaling,
        });
        const fill = () => kernels.bytes.set(new Uint8Array(source.buffer));
        const check = (at: number, expected: Float32Array, isNumber: boolean) => {
          expect(at !== -1).toBe(isNumber);
          if (isNumber) expect(kernels.floats.slice(at, at + dModel)).toEqual(expected);
        };
        const expected = new Float32Array(dModel);

        fill();
        const average = new Float32Array(dModel);
        const at = Int32Array.from(rows, (_, i) => i * dModel);
        meanRow(source, at, 0, rows.length, 0, average, dModel);
        const isNumber = scaleRow(average, 0, expected, 0, dModel, scaling);
        check(kernels.scaleMean(0, at, 0, rows.length), expected, isNumber);

        for (let row = 0; row < rows.length; row++) {
          fill();
          const isNumber = scaleRow(source, row * dModel, expected, 0, dModel, scaling);
          check(kernels.scale(row * dModel), expected, isNumber);
        }
      }),
      { numRuns: 150 },
    );
  });
});
