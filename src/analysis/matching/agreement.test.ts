import { expect, it } from 'vitest';
import { agreementOf, type NamedCoder } from './agreement.ts';

/** A coder whose decoder rows are the axes of these numbers, of `dOut` dimensions. */
function coderOf(name: string, axes: readonly number[], dOut = 4): NamedCoder {
  const wDec = new Float32Array(axes.length * dOut);
  for (const [i, axis] of axes.entries()) wDec[i * dOut + Math.abs(axis)] = axis < 0 ? -2 : 1;
  return { name, config: { dOut }, weights: { wDec } as never };
}

it('says of every two coders how many features they share', async () => {
  const coders = [coderOf('a', [0, 1, 2, 3]), coderOf('b', [3, 2, -1, 0]), coderOf('c', [0, 0, 1])];
  const [ab, ac, bc] = await agreementOf(coders);
  expect(ab).toEqual({
    a: 'a',
    b: 'b',
    method: 'optimal',
    nPairs: 4,
    mcc: 1,
    above7: 1,
    above9: 1,
  });
  // Of two equal features one is left with nothing.
  expect(ac).toMatchObject({ a: 'a', b: 'c', nPairs: 3, mcc: 2 / 3, above9: 2 / 3 });
  expect(bc).toMatchObject({ a: 'b', b: 'c', mcc: 2 / 3 });
});

it('needs two coders, of one width', async () => {
  await expect(agreementOf([coderOf('a', [0])])).rejects.toThrow('there is 1');
  const other = coderOf('b', [0], 5);
  await expect(agreementOf([coderOf('a', [0]), other])).rejects.toThrow("'b' of 5");
});
