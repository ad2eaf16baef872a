// Screening by an 8-bit product leaves out nothing that stays, and what it computes is what computing everything gives.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
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
import { planLayout } from './cpu/memory/layout.ts';
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

it('keeps its library when the threads that use it have ended', async ({ skip }) => {
  if (bind === undefined) skip('this machine has no exact 8-bit product');
  // In a process of its own: here it is loaded already.
  const url = new URL('../../../dist/compute/kernels/cpu/kernels.js', import.meta.url);
  const code = `import('${url}').then(async ({ cpuKernels }) => {
    await (await cpuKernels({ threads: 2 })).close();
    const maps = require('node:fs').readFileSync('/proc/self/maps', 'utf8');
    console.log(maps.includes('libdnnl'), maps.includes('libgomp'));
  })`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--eval', code]);
  expect(stdout).toBe('true true\n');
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

/** A block of rows, an encoder and room for lists, in a memory of their own. */
interface Block {
  readonly rows: number;
  readonly latents: number;
  /** List what stays, above the bounds of rows: returns how many entries were computed. */
  screen(): number;
  /** List what can be among the k largest of rows, by tiles of 16 latents, and then those. */
  screenLargest(k: number): number;
  keepLargest(k: number): void;
  /** Make bounds so wide that everything is computed. */
  widen(): void;
  /** Indices and bits of the values of each row. */
  lists(): [Int32Array, Int32Array][];
}

const memory = newMemory(4 * 2 ** 20);
const wasm = instantiate(memory, compiledKernels());

function makeBlock(seed: number, d: number, rows: number, latents: number): Block {
  const gemm = plainBytes(memory.buffer);
  const floats = new Float32Array(memory.buffer);
  const ints = new Int32Array(memory.buffer);
  const random = new Random(seed);
  const stride = Math.ceil(d / 16) * 16;
  const bytes = stride * 4;
  let top = FIRST_FREE;
  const take = (size: number): number => {
    const at = top;
    top += Math.ceil(size / 64) * 64;
    return at;
  };
  const roundedX = take(rows * stride);
  const roundedW = take(latents * stride);
  const ofX = { scale: take(rows * 4), near: take(rows * 4), far: take(rows * 4) };
  const ofW = { scale: take(latents * 4), near: take(latents * 4), far: take(latents * 4) };
  const room = rows * latents * 4;
  const lists = {
    listIndex: take(room),
    listValue: take(room),
    listCount: take(rows * 4),
    capacity: latents,
    rows,
  };
  const more = { listLower: take(room), bounds: take(rows * 4) };
  const counts = { listRead: take(rows * 4), listKept: take(rows * 4) };
  const at = { x: take(rows * bytes), wEnc: take(latents * bytes), bytes };
  const limits = { bias: take(latents * 4), floor: take(latents * 4) };
  const [products, scratch] = [take(room), take(latents * 4)];
  floats.set(rowsOf(random, rows, d, stride), at.x / 4);
  floats.set(rowsOf(random, latents, d, stride), at.wEnc / 4);
  for (let s = 0; s < latents; s++) {
    floats[limits.bias / 4 + s] = random.normal();
    const special = [Number.POSITIVE_INFINITY, Number.NaN][random.int(20)];
    floats[limits.floor / 4 + s] = special ?? 4 * random.float() * Math.sqrt(d);
  }
  wasm.roundRows({ rows: at.x, n: rows, bytes, out: roundedX, ...ofX, weights: 0 });
  wasm.roundRows({ rows: at.wEnc, n: latents, bytes, out: roundedW, ...ofW, weights: 1 });
  const clear = (start: number): unknown => ints.fill(0, start / 4, start / 4 + rows);
  const tile = (firstLatent: number, width: number) => {
    gemm([rows, width, stride], roundedX, roundedW + firstLatent * stride, products);
    return {
      products,
      width,
      firstLatent,
      scaleX: ofX.scale,
      nearX: ofX.near,
      farX: ofX.far,
      scaleW: ofW.scale,
      nearW: ofW.near,
      farW: ofW.far,
      ...limits,
    };
  };
  const keepLargest = (k: number): void =>
    wasm.keepTopK({ ...lists, k, longest: k, bounds: more.bounds, scratch });
  return {
    rows,
    latents,
    keepLargest,
    screen() {
      clear(lists.listCount);
      for (let r = 0; r < rows; r++)
        floats[more.bounds / 4 + r] = r % 2 === 0 ? Number.NEGATIVE_INFINITY : 2;
      return wasm.screenTile({
        ...lists,
        ...at,
        ...tile(0, latents),
        bounds: more.bounds,
        sample: rows,
      });
    },
    screenLargest(k) {
      clear(lists.listCount);
      floats.fill(Number.NEGATIVE_INFINITY, more.bounds / 4, more.bounds / 4 + rows);
      clear(counts.listRead);
      for (let s = 0; s < latents; s += 16) {
        wasm.boundTile({ ...lists, ...more, ...tile(s, 16) });
        wasm.narrowLists({ ...lists, ...more, k, longest: 2 * k, scratch, next: counts.listRead });
      }
      wasm.narrowLists({ ...lists, ...more, k, longest: k, scratch, next: 0 });
      const listed = ints.subarray(lists.listCount / 4, lists.listCount / 4 + rows);
      const computed = listed.reduce((sum, n) => sum + n, 0);
      clear(counts.listRead);
      clear(counts.listKept);
      for (let s = 16; s <= latents; s += 16)
        wasm.computeListed({ ...lists, ...counts, ...at, ...limits, endLatent: s });
      listed.set(ints.subarray(counts.listKept / 4, counts.listKept / 4 + rows));
      keepLargest(k);
      return computed;
    },
    widen() {
      floats.fill(Number.POSITIVE_INFINITY, ofX.near / 4, ofX.near / 4 + rows);
      floats.fill(1, ofW.near / 4, ofW.near / 4 + latents);
    },
    lists: () =>
      Array.from({ length: rows }, (_, r): [Int32Array, Int32Array] => {
        const n = ints[lists.listCount / 4 + r]!;
        const part = (list: number): Int32Array =>
          ints.slice(list / 4 + r * latents, list / 4 + r * latents + n);
        return [part(lists.listIndex), part(lists.listValue)];
      }),
  };
}

const blocks = fc
  .tuple(
    fc.integer({ min: 0, max: 1e9 }),
    fc.integer({ min: 1, max: 100 }),
    fc.integer({ min: 1, max: 20 }),
    fc.constantFrom(16, 48, 256),
  )
  .map((sizes) => sizes as Parameters<typeof makeBlock>);

it('lists to the bit what computing every entry the same way lists, for rows of any kind', () => {
  let [few, most] = [0, 0];
  fc.assert(
    fc.property(blocks, (sizes) => {
      const block = makeBlock(...sizes);
      few += block.screen();
      const screened = block.lists();
      block.widen();
      most += block.screen();
      expect(screened).toEqual(block.lists());
    }),
    { numRuns: 200 },
  );
  expect(few).toBeLessThan(0.75 * most);
});

it('finds to the bit the largest of rows of any kind that computing every entry finds', () => {
  let [few, most] = [0, 0];
  fc.assert(
    fc.property(blocks, fc.constantFrom(1, 3, 10), (sizes, k) => {
      const block = makeBlock(...sizes);
      few += block.screenLargest(k);
      const found = block.lists();
      block.widen();
      most += block.screenLargest(block.latents);
      block.keepLargest(k);
      expect(found).toEqual(block.lists());
    }),
    { numRuns: 200 },
  );
  expect(few).toBeLessThan(0.5 * most);
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
  ['the largest of rows', sparseCase({ kind: 'topk', k: 5 })],
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

it('does not screen where that is not wanted', async () => {
  const { kernels, tasks } = await watched(2, 'none');
  await twoSteps(kernels, sparseCase({ kind: 'batchtopk', k: 5 }));
  await kernels.close();
  expect(tasks).not.toContain('roundEncoder');
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
