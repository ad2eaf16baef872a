import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { kernelBackends } from '../../../test/helpers/kernel-backends.ts';
import { Random } from '../../base/random.ts';
import { keepLargest, largestOf } from './cpu/largest.ts';
import { referenceKernels } from './reference/kernels.ts';
import type { CoderOptions, DeviceCoder, Kernels } from './types.ts';

const { open, closeAll } = kernelBackends();
afterAll(closeAll);

const values = fc.array(
  fc.constantFrom(-2, -1, -0.5, 0.25, 1, 1 + 2 ** -10, 1 + 2 ** -9, 7, 1e30),
  {
    maxLength: 40,
  },
);

it('keeps the largest entries, of equal ones those that come first, as sorting does', () => {
  fc.assert(
    fc.property(fc.array(values, { maxLength: 5 }), fc.nat(60), (rows, most) => {
      const flat = rows.flatMap((row, r) => row.map((value, index) => ({ r, index, value })));
      const order = flat
        .map((_, i) => i)
        .sort((a, b) => flat[b]!.value - flat[a]!.value || a - b)
        .slice(0, most);
      const rowStart = Uint32Array.of(0, ...rows.map((row) => row.length)).map((_, i, all) =>
        all.subarray(0, i + 1).reduce((sum, n) => sum + n, 0),
      );
      const codes = {
        columns: 40,
        rowStart,
        index: Uint32Array.from(flat, ({ index }) => index),
        value: Float32Array.from(flat, ({ value }) => value),
      };
      const kept = new Set(order);
      const found = largestOf(codes, most);
      expect([...found.index]).toEqual(
        flat.filter((_, i) => kept.has(i)).map(({ index }) => index),
      );
      const rowCount = Uint32Array.from(rows, (row) => row.length);
      const about = keepLargest(
        { rows: rows.length, ...codes, rowCount },
        codes.value.slice(),
        most,
      );
      const positive = order.map((i) => Math.fround(flat[i]!.value)).filter((value) => value > 0);
      expect(about.kept).toBe(order.length);
      expect(about.smallest).toBe(Math.min(Number.POSITIVE_INFINITY, ...positive));
    }),
  );
});

const options: CoderOptions = {
  dIn: 8,
  dOut: 8,
  dSae: 50,
  maxRows: 1300,
  train: true,
  inputBias: 'none',
};

/** A coder on rows of small whole numbers: every product is exact, and many are equal. */
async function coderOfTies(
  kernels: Kernels,
  { maxRows = 1300, dSae = 50 }: { readonly maxRows?: number; readonly dSae?: number } = {},
): Promise<DeviceCoder> {
  const random = new Random(3);
  const coder = await kernels.createCoder({ ...options, maxRows, dSae });
  const weights = (): Float32Array =>
    Float32Array.from({ length: dSae * 8 }, () => random.int(3) - 1);
  await coder.write('wEnc', weights());
  await coder.write('wDec', weights());
  return coder;
}

const rows = (n: number, stream: string): Float32Array => {
  const random = new Random(5, stream);
  return Float32Array.from({ length: n * 8 }, () => random.int(5) - 2);
};

it.each([1, 3])('keeps the same of equal entries on %d threads, in any chunks', async (threads) => {
  const select = { kind: 'batchtopk', k: 3 } as const;
  const x = rows(1300, 'x');
  const expected = await (await coderOfTies(referenceKernels())).encode(x, select);
  expect(expected.index.length).toBe(3900);
  const kernels = await open({ threads });
  for (const maxRows of [1300, 1000, 70]) {
    const coder = await coderOfTies(kernels, { maxRows });
    expect(await coder.encode(x, select)).toEqual(expected);
    const { codes, sums } = await coder.evaluate(x, undefined, select);
    expect(codes).toEqual(expected);
    expect(sums.l0).toBe(3900);
    coder.close();
  }
});

it.each([1, 7, 40, 700])(
  'keeps the %d largest of long rows, of equal ones the first',
  async (k) => {
    const x = rows(30, 'long');
    const sizes = { maxRows: 30, dSae: 3000 };
    const [expected, found] = await Promise.all(
      [referenceKernels(), await open({ threads: 2 })].map(async (kernels) => {
        const coder = await coderOfTies(kernels, sizes);
        const codes = await coder.encode(x, { kind: 'topk', k });
        coder.close();
        return codes;
      }),
    );
    expect(found).toEqual(expected);
  },
);

it('finds the largest of a batch where they are much smaller than those of the batch before', async () => {
  const step = { select: { kind: 'batchtopk', k: 3 }, prefixes: [50], l1: 0, l0: 0 } as const;
  const still = { learningRate: 0, step: 1, removeParallel: false, unitNorm: false } as const;
  const coders = [
    await coderOfTies(referenceKernels()),
    await coderOfTies(await open({ threads: 2 })),
  ];
  for (const scale of [1, 1 / 64, 8, 0]) {
    const x = rows(1200, String(scale)).map((value) => value * scale);
    const found = [];
    for (const coder of coders) {
      const { l0, l1, smallest } = await coder.step(x, undefined, step);
      await coder.update({ ...still, trainThreshold: false });
      found.push({ l0, l1, smallest, fired: await coder.fired() });
    }
    expect(found[1]).toEqual(found[0]);
    // Nothing is above its threshold where all rows are zero.
    expect(found[0]!.l0).toBe(scale === 0 ? 0 : 3600);
    expect(found[0]!.smallest).toBe(scale === 0 ? Number.POSITIVE_INFINITY : found[1]!.smallest);
  }
  for (const coder of coders) coder.close();
});
