import { expect, it } from 'vitest';
import { Random } from '../../base/random.ts';
import { initWeights } from './init.ts';

const [dIn, dSae] = [12, 40];
const sizes = { dIn, dOut: dIn, dSae, seed: 7 };
const norms = (weights: Float32Array, d: number): number[] =>
  Array.from({ length: weights.length / d }, (_, s) =>
    Math.hypot(...weights.subarray(s * d, (s + 1) * d)),
  );

it('starts the encoder as the decoder transposed, at the norm that is asked for', () => {
  const { wEnc, wDec } = initWeights({ ...sizes, encoder: 'transposed', norm: 0.1 });
  expect(wEnc).toEqual(wDec);
  expect(norms(wDec, dIn)).toBeClose(new Array(dSae).fill(0.1), { relative: 1e-6 });
  // The same directions as without.
  const drawn = initWeights(sizes).wDec;
  const lengths = norms(drawn, dIn);
  expect(wDec).toBeClose(
    drawn.map((value, i) => (0.1 * value) / lengths[Math.floor(i / dIn)]!),
    { relative: 1e-5, absolute: 1e-8 },
  );
});

it('points latents at rows of data by the share that is asked for', () => {
  const random = new Random(2);
  const normal = (n: number): Float32Array =>
    Float32Array.from({ length: n }, () => random.normal());
  const [inputs, targets] = [normal(dSae * dIn), normal(dSae * 5)];
  const [bIn, bDec] = [normal(dIn), normal(5)];
  const start = { ...sizes, dOut: 5, bIn, bDec };
  const plain = initWeights(start);
  const { wEnc, wDec } = initWeights({ ...start, data: { rows: { inputs, targets }, blend: 0.8 } });
  for (const [found, drawn, rows, bias] of [
    [wEnc, plain.wEnc, inputs, bIn],
    [wDec, plain.wDec, targets, bDec],
  ] as const) {
    const d = bias.length;
    expect(norms(found, d)).toBeClose(norms(drawn, d), { relative: 1e-5 });
    const unit = (row: Float32Array): Float32Array => row.map((v) => v / Math.hypot(...row));
    const towards = unit(rows.slice(0, d).map((value, i) => value - bias[i]!));
    const blend = unit(drawn.slice(0, d)).map((v, i) => 0.2 * v + 0.8 * towards[i]!);
    expect(unit(found.slice(0, d))).toBeClose(unit(blend), { relative: 1e-5, absolute: 1e-6 });
  }
  const all = initWeights({ ...start, data: { rows: { inputs, targets }, blend: 1 } });
  expect(all.bDec).toEqual(bDec);
});

it('refuses to transpose a decoder that does not fit', () => {
  expect(() => initWeights({ ...sizes, dOut: 5, encoder: 'transposed' })).toThrow(
    'decoder rows of 5 numbers are no encoder rows of 12',
  );
});
