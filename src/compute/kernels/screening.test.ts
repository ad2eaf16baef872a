// Screening by an 8-bit product leaves out nothing that stays, and what it computes is what computing everything gives.
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import {
  type Case,
  fill,
  inputs,
  names,
  type Steps,
  twoSteps,
} from '../../../test/helpers/coder-cases.ts';
import { kernelBackends } from '../../../test/helpers/kernel-backends.ts';
import { Random } from '../../base/random.ts';
import { findByteProduct } from '../products/byte-product.ts';
import type { ByteGemm } from '../products/types.ts';
import { compiledKernels } from '../wasm/compiled.ts';
import { FIRST_FREE, instantiate, newMemory } from '../wasm/module.ts';
import { kernelsOn } from './cpu/coder.ts';
import type { CoderMemory } from './cpu/coder-memory.ts';
import { planLayout } from './cpu/memory-layout.ts';
import { screeningOf } from './cpu/screening.ts';
import { openPool } from './cpu/threads/pool.ts';
import { referenceKernels } from './reference/kernels.ts';
import type { DeviceCoder } from './types.ts';

const { open, closeAll } = kernelBackends();
afterAll(closeAll);

const bind = findByteProduct();

/** Exact products of bytes in plain TypeScript. */
const plainBytes =
  (buffer: ArrayBufferLike): ByteGemm =>
  ([m, n, k], a, b, c) => {
    const [left, right] = [new Int8Array(buffer, a, m * k), new Int8Array(buffer, b, n * k)];
    const out = new Int32Array(buffer, c, m * n);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let l = 0; l < k; l++) sum += left[i * k + l]! * right[j * k + l]!;
        out[i * n + j] = sum;
      }
    }
  };

it('multiplies bytes exactly, sums beyond 16 bits too', ({ skip }) => {
  if (bind === undefined) skip('this machine has no exact 8-bit product');
  const bytes = fc.int8Array({ minLength: 48 * 5, maxLength: 48 * 5 });
  fc.assert(
    fc.property(bytes, fc.constantFrom(1, 2), (values, times) => {
      const found = [bind!, plainBytes].map((product) => {
        const buffer = new ArrayBuffer(1024);
        // −128 is not written by rounding.
        new Int8Array(buffer).set(values.map((v) => Math.max(-127, v) * (times === 2 ? -1 : 1)));
        product(buffer)([2, 3, 48], 0, 96, 512);
        return new Int32Array(buffer, 512, 6).slice();
      });
      expect(found[0]).toEqual(found[1]);
    }),
  );
});

it('finds no 8-bit product where none is wanted', () => {
  expect(findByteProduct('none')).toBeUndefined();
});

/** Rows of one kind or another: spread evenly, with a few large numbers, tiny, huge, zero, or with numbers that are none. */
const kinds = ['even', 'tails', 'tiny', 'huge', 'zero', 'constant', 'infinite', 'none'] as const;

function rowsOf(random: Random, n: number, d: number, stride: number): Float32Array {
  const out = new Float32Array(n * stride);
  for (let r = 0; r < n; r++) {
    const kind = kinds[random.int(random.float() < 0.7 ? 2 : kinds.length)];
    for (let i = 0; i < d; i++) {
      const z = random.normal();
      out[r * stride + i] =
        kind === 'tails'
          ? z ** 5
          : ({ even: z, tiny: z * 1e-39, huge: z * 1e25, zero: 0, constant: 3 }[kind as 'even'] ??
            z);
    }
    if (kind === 'infinite') out[r * stride + random.int(d)] = Number.POSITIVE_INFINITY;
    if (kind === 'none') out[r * stride + random.int(d)] = Number.NaN;
  }
  return out;
}

it('lists to the bit what computing every entry the same way lists, for rows of any kind', () => {
  const memory = newMemory(4 * 2 ** 20);
  const wasm = instantiate(memory, compiledKernels());
  const gemm = plainBytes(memory.buffer);
  const floats = new Float32Array(memory.buffer);
  const ints = new Int32Array(memory.buffer);
  let [most, few] = [0, 0];
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1e9 }),
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 1, max: 20 }),
      fc.constantFrom(16, 48, 256),
      (seed, d, rows, latents) => {
        const random = new Random(seed);
        const stride = Math.ceil(d / 16) * 16;
        const bytes = stride * 4;
        let top = FIRST_FREE;
        const take = (size: number): number => {
          const at = top;
          top += Math.ceil(size / 64) * 64;
          return at;
        };
        const at = {
          x: take(rows * bytes),
          wEnc: take(latents * bytes),
          bias: take(latents * 4),
          floor: take(latents * 4),
          bounds: take(rows * 4),
          bytesX: take(rows * stride),
          bytesW: take(latents * stride),
          products: take(rows * latents * 4),
          listIndex: take(rows * latents * 4),
          listValue: take(rows * latents * 4),
          listCount: take(rows * 4),
        };
        const of = (n: number): { scale: number; near: number; far: number } => ({
          scale: take(n * 4),
          near: take(n * 4),
          far: take(n * 4),
        });
        const [ofX, ofW] = [of(rows), of(latents)];
        floats.set(rowsOf(random, rows, d, stride), at.x / 4);
        floats.set(rowsOf(random, latents, d, stride), at.wEnc / 4);
        for (let s = 0; s < latents; s++) {
          floats[at.bias / 4 + s] = random.normal();
          const special = [Number.POSITIVE_INFINITY, Number.NaN][random.int(20)];
          floats[at.floor / 4 + s] = special ?? 4 * random.float() * Math.sqrt(d);
        }
        for (let r = 0; r < rows; r++)
          floats[at.bounds / 4 + r] = random.float() < 0.5 ? Number.NEGATIVE_INFINITY : 2;
        wasm.roundRows({ rows: at.x, n: rows, bytes, out: at.bytesX, ...ofX, weights: 0 });
        wasm.roundRows({ rows: at.wEnc, n: latents, bytes, out: at.bytesW, ...ofW, weights: 1 });
        gemm([rows, latents, stride], at.bytesX, at.bytesW, at.products);
        const lists = (): { computed: number; rows: [Int32Array, Int32Array][] } => {
          ints.fill(0, at.listCount / 4, at.listCount / 4 + rows);
          const computed = wasm.screenTile({
            ...at,
            rows,
            width: latents,
            firstLatent: 0,
            bytes,
            scaleX: ofX.scale,
            nearX: ofX.near,
            farX: ofX.far,
            scaleW: ofW.scale,
            nearW: ofW.near,
            farW: ofW.far,
            capacity: latents,
            sample: rows,
          });
          const found = Array.from({ length: rows }, (_, r): [Int32Array, Int32Array] => {
            const n = ints[at.listCount / 4 + r]!;
            const part = (list: number): Int32Array =>
              ints.slice(list / 4 + r * latents, list / 4 + r * latents + n);
            return [part(at.listIndex), part(at.listValue)];
          });
          return { computed, rows: found };
        };
        const screened = lists();
        // Bounds without end have everything computed.
        floats.fill(Number.POSITIVE_INFINITY, ofX.near / 4, ofX.near / 4 + rows);
        floats.fill(1, ofW.near / 4, ofW.near / 4 + latents);
        const all = lists();
        expect(screened.rows).toEqual(all.rows);
        few += screened.computed;
        most += all.computed;
      },
    ),
    { numRuns: 200 },
  );
  expect(few).toBeLessThan(0.75 * most);
});

/** A coder of which about one latent in a hundred fires, as a case. */
function sparseCase(select: Case['select'], more: Partial<Case> = {}): Case {
  return {
    options: {
      dIn: 96,
      dOut: 96,
      dSae: 1100,
      maxRows: 200,
      maxPrefixes: 1,
      maxAux: 40,
      train: true,
      inputBias: 'decoder',
    },
    rows: 200,
    select,
    prefixes: [1100],
    bias: -2.5,
    seed: 11,
    transcoder: false,
    ...more,
  };
}

/** Kernels whose tasks are written down. */
async function watched(threads: number, screen?: 'none') {
  const pool = await openPool(threads, undefined, screen);
  const tasks: string[] = [];
  const run: typeof pool.run = (coder, work) => {
    tasks.push(work.task);
    return pool.run(coder, work);
  };
  return { kernels: kernelsOn({ ...pool, run }), tasks };
}

const sparseCases: [string, Case][] = [
  ['thresholds', sparseCase({ kind: 'threshold', width: 0 })],
  ['the largest of a batch', sparseCase({ kind: 'batchtopk', k: 5 })],
  [
    'the largest of a batch, where many explain what is left',
    sparseCase(
      { kind: 'batchtopk', k: 5 },
      { aux: { share: 0.8, k: 40, relu: false, weight: 1, overVariance: false } },
    ),
  ],
  [
    'gates',
    sparseCase(
      { kind: 'threshold', width: 0 },
      {
        options: { ...sparseCase({ kind: 'threshold', width: 0 }).options, gated: true },
        ghosts: 0,
        gates: { l1: 0.07, byNorm: false, trainsDecoder: false },
      },
    ),
  ],
];

it.each(sparseCases)(
  'steps as the reference does while it screens, with any number of threads: %s',
  async (_, c) => {
    const expected = await twoSteps(referenceKernels(), c);
    const found: Steps[] = [];
    for (const threads of [1, 3]) {
      const { kernels, tasks } = await watched(threads);
      found.push(await twoSteps(kernels, c));
      await kernels.close();
      // Thresholds are probed for how sparse codes are; else the first step finds out.
      const screened = c.select.kind === 'threshold' ? 2 : 1;
      expect(tasks.filter((task) => task === 'roundEncoder')).toHaveLength(
        bind === undefined ? 0 : screened,
      );
    }
    expect(found[0]).toEqual(found[1]);
    expect(found[0]!.fired).toEqual(expected.fired);
    expect(found[0]!.sums).toBeClose(expected.sums, { relative: 1e-4, absolute: 1e-3 });
    names.forEach((name, i) => {
      const tolerance = { relative: 1e-4, absolute: 2e-5 };
      expect(found[0]!.tensors[i], name).toBeClose(expected.tensors[i]!, tolerance);
    });
  },
);

it('does not screen where that is not wanted, nor the largest of rows', async () => {
  const { kernels, tasks } = await watched(2, 'none');
  await twoSteps(kernels, sparseCase({ kind: 'batchtopk', k: 5 }));
  await kernels.close();
  const rowwise = await watched(2);
  await twoSteps(rowwise.kernels, sparseCase({ kind: 'topk', k: 5 }));
  await rowwise.kernels.close();
  expect([...tasks, ...rowwise.tasks]).not.toContain('roundEncoder');
});

it('goes on to the same bits from what was saved', async () => {
  const c = sparseCase({ kind: 'batchtopk', k: 5 });
  const kernels = await open({ threads: 2 });
  const step = async (coder: DeviceCoder, n: number): Promise<void> => {
    const { x } = inputs(c, `batch ${n}`);
    await coder.step(x, undefined, { select: c.select, prefixes: c.prefixes, l1: 0, l0: 0 });
    const adam = { removeParallel: true, unitNorm: true, trainThreshold: false };
    await coder.update({ learningRate: 1e-3, step: n, ...adam });
  };
  const first = await kernels.createCoder(c.options);
  await fill(first, c);
  for (const n of [1, 2, 3]) await step(first, n);
  const second = await kernels.createCoder(c.options);
  const all = ['wEnc', 'bEnc', 'wDec', 'bDec', 'threshold'] as const;
  await second.write('seen', await first.read('seen'));
  for (const name of all) {
    for (const tensor of [name, `${name}.m`, `${name}.v`] as const)
      await second.write(tensor, await first.read(tensor));
  }
  await second.loadState(JSON.parse(JSON.stringify(await first.saveState())));
  for (const coder of [first, second]) for (const n of [4, 5]) await step(coder, n);
  for (const name of all) expect(await second.read(name), name).toEqual(await first.read(name));
  for (const coder of [first, second]) coder.close();
});

it('leaves screening out where there is room for the coder alone', () => {
  const plan = (dSae: number, screens: boolean): boolean => {
    const sizes = { dIn: 768, dOut: 768, dSae, maxRows: 2048, train: true };
    return planLayout({ ...sizes, inputBias: 'decoder' }, 2, { screens }).screens;
  };
  expect(plan(24_576, true)).toBe(true);
  expect(plan(24_576, false)).toBe(false);
  let dSae = 24_576;
  while (plan(dSae, true)) dSae += 1024;
  expect(plan(dSae, true)).toBe(false);
  expect(() => plan(2 * dSae, true)).toThrow('needs more than 4 GiB');
});

it('rests where bounds leave much to be computed, and remembers that', () => {
  let computed = 0;
  const memory = { layout: { screens: true, shape: { dIn: 8, dOut: 8, dSae: 1000 } } };
  const screening = screeningOf({ ...memory, computed: () => computed } as CoderMemory);
  const select = { kind: 'threshold', width: 0 } as const;
  expect(screening.wanted(select, 0.001, Number.NEGATIVE_INFINITY)).toBe(true);
  expect(screening.wanted(select, 0.03, Number.NEGATIVE_INFINITY)).toBe(false);
  expect(screening.wanted(select, Number.NaN, Number.NEGATIVE_INFINITY)).toBe(false);
  expect(screening.wanted({ kind: 'batchtopk', k: 3 }, 0.001, Number.NEGATIVE_INFINITY)).toBe(
    false,
  );
  expect(screening.wanted({ kind: 'batchtopk', k: 3 }, 0.001, 0.5)).toBe(true);
  computed = 400;
  screening.see(512);
  expect(screening.wanted(select, 0.001, 0)).toBe(true);
  computed = 600;
  screening.see(512);
  expect(screening.wanted(select, 0.001, 0)).toBe(false);
  const other = screeningOf({ ...memory, computed: () => computed } as CoderMemory);
  other.load(screening.save());
  for (let step = 0; step < 99; step++) other.rest();
  expect(other.wanted(select, 0.001, 0)).toBe(false);
  other.rest();
  expect(other.wanted(select, 0.001, 0)).toBe(true);
  expect(other.save()).toEqual({});
});

it.each([
  ['of which few fire', -2.5],
  ['of which half fire', 0],
])('encodes rows with latents %s as the reference does', async (_, bias) => {
  const c = sparseCase({ kind: 'threshold', width: 0 }, { bias });
  const { kernels, tasks } = await watched(2);
  const coders: DeviceCoder[] = [];
  for (const on of [referenceKernels(), kernels]) {
    const coder = await on.createCoder({ ...c.options, train: false });
    await fill(coder, c);
    coders.push(coder);
  }
  const { x } = inputs(c, 'x');
  const [expected, found] = await Promise.all(coders.map((coder) => coder.encode(x, c.select)));
  expect(found!.rowStart).toEqual(expected!.rowStart);
  expect(found!.index).toEqual(expected!.index);
  expect(found!.value).toBeClose(expected!.value, { relative: 1e-4, absolute: 1e-5 });
  const encodings = tasks.filter((task) => task === 'encode').length;
  expect(encodings).toBe(bind === undefined ? 1 : 2);
  // The encoder is rounded once, until it changes.
  const rounded = (): number => tasks.filter((task) => task === 'roundEncoder').length;
  await coders[1]!.encode(x, c.select);
  expect(rounded()).toBe(bind === undefined ? 0 : 1);
  const wEnc = await coders[1]!.read('wEnc');
  await coders[1]!.write(
    'wEnc',
    wEnc.map((value) => -value),
  );
  await coders[0]!.write(
    'wEnc',
    wEnc.map((value) => -value),
  );
  const [other, turned] = await Promise.all(coders.map((coder) => coder.encode(x, c.select)));
  expect(turned!.index).toEqual(other!.index);
  expect(rounded()).toBe(bind === undefined ? 0 : 2);
  for (const coder of coders) coder.close();
  await kernels.close();
});
