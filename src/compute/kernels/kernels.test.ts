import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { Random } from '../../base/random.ts';
import { type CpuOptions, cpuKernels } from './cpu.ts';
import { referenceKernels } from './reference.ts';
import type {
  CoderOptions,
  DeviceCoder,
  Kernels,
  Selection,
  StepOptions,
  TensorName,
} from './types.ts';

interface Case {
  readonly options: CoderOptions;
  readonly rows: number;
  readonly select: Selection;
  readonly prefixes: readonly number[];
  /** Shift of the encoder bias: how many latents fire. */
  readonly bias: number;
  readonly seed: number;
  readonly transcoder: boolean;
  readonly errorByNorm?: boolean;
  /** Share of the latents that are ghosts. */
  readonly ghosts?: number;
  readonly connection?: number;
}

const kernels: Kernels[] = [];
const open = async (options: CpuOptions): Promise<Kernels> => {
  const opened = await cpuKernels(options);
  kernels.push(opened);
  return opened;
};
afterAll(async () => {
  for (const opened of kernels) await opened.close();
});

const backends: [string, () => Promise<Kernels>][] = [
  ['cpu, 1 thread, sparse', () => open({ threads: 1, products: 'sparse' })],
  ['cpu, 3 threads, sparse', () => open({ threads: 3, products: 'sparse' })],
  ['cpu, 2 threads, dense', () => open({ threads: 2, products: 'dense' })],
  ['cpu, 2 threads, by density', () => open({ threads: 2 })],
  ['cpu by onnxruntime, sparse', () => open({ threads: 2, products: 'sparse', blas: 'none' })],
  ['cpu by onnxruntime, dense', () => open({ threads: 2, products: 'dense', blas: 'none' })],
  ['cpu by its own products, sparse', () => open({ threads: 2, products: 'sparse', blas: 'wasm' })],
  ['cpu by its own products, dense', () => open({ threads: 2, products: 'dense', blas: 'wasm' })],
];

const arbitraryCase: fc.Arbitrary<Case> = fc
  .record({
    dIn: fc.integer({ min: 1, max: 90 }),
    dOut: fc.integer({ min: 1, max: 90 }),
    dSae: fc.integer({ min: 2, max: 150 }),
    rows: fc.integer({ min: 1, max: 90 }),
    transcoder: fc.boolean(),
    width: fc.constantFrom(0, 0, 0.3),
    k: fc.integer({ min: 1, max: 20 }),
    topk: fc.boolean(),
    cuts: fc.array(fc.double({ min: 0.01, max: 0.99, noNaN: true }), { maxLength: 3 }),
    bias: fc.constantFrom(0.5, 0, -1, -2),
    seed: fc.integer({ min: 0, max: 1e9 }),
  })
  .map(({ dIn, dOut, dSae, rows, transcoder, width, k, topk, cuts, bias, seed }) => {
    const ends = [...new Set(cuts.map((c) => Math.max(1, Math.floor(c * dSae))))].filter(
      (c) => c < dSae,
    );
    const prefixes = [...ends.sort((a, b) => a - b), dSae];
    return {
      options: {
        dIn,
        dOut: transcoder ? dOut : dIn,
        dSae,
        maxRows: rows + (seed % 7),
        maxPrefixes: prefixes.length,
        train: true,
        inputBias: transcoder ? 'none' : 'decoder',
      },
      rows,
      select: topk ? { kind: 'topk', k } : { kind: 'threshold', width },
      prefixes,
      bias,
      seed,
      transcoder,
    };
  });

/** Cases with the terms of language training: dIn = dOut, one prefix, any number of ghosts and directions. */
const caseWithTerms: fc.Arbitrary<Case> = fc
  .record({
    base: arbitraryCase,
    own: fc.boolean(),
    errorByNorm: fc.boolean(),
    ghosts: fc.constantFrom(0, 0.1, 0.9),
    nDirections: fc.constantFrom(0, 3, 600),
  })
  .map(({ base, own, errorByNorm, ghosts, nDirections }) => {
    const { dIn, dSae } = base.options;
    const random = new Random(base.seed, 'directions');
    const directions = Float32Array.from({ length: nDirections * dIn }, () => random.normal());
    return {
      ...base,
      options: {
        ...base.options,
        dOut: dIn,
        inputBias: own ? 'own' : 'decoder',
        ...(nDirections > 0 ? { directions } : {}),
      },
      // Codes well inside their windows only: rounding decides at the edges.
      select: base.select.kind === 'topk' ? base.select : { kind: 'threshold', width: 0 },
      prefixes: [dSae],
      errorByNorm,
      ghosts,
      connection: nDirections > 0 ? 0.1 : 0,
    };
  });

const names: TensorName[] = [
  'wEnc',
  'bEnc',
  'wDec',
  'bDec',
  'threshold',
  'wEnc.m',
  'wDec.v',
  'bDec.m',
  'threshold.m',
];

/** Random weights with well separated thresholds: no pre-activation so close to one that rounding decides. */
function fill(coder: DeviceCoder, c: Case): void {
  const random = new Random(c.seed);
  const normal = (n: number, scale: number, shift = 0): Float32Array =>
    Float32Array.from({ length: n }, () => shift + scale * random.normal());
  const { dIn, dOut, dSae } = c.options;
  coder.write('wEnc', normal(dSae * dIn, 1 / Math.sqrt(dIn)));
  coder.write('wDec', normal(dSae * dOut, 1 / Math.sqrt(dOut)));
  coder.write('bEnc', normal(dSae, 0.1, c.bias));
  coder.write('bDec', normal(dOut, 0.1));
  if (c.options.inputBias === 'own') coder.write('bIn', normal(dIn, 0.3));
  const width = c.select.kind === 'threshold' ? c.select.width : 0;
  if (width > 0)
    coder.write(
      'threshold',
      Float32Array.from({ length: dSae }, () => 0.2 + random.float()),
    );
  coder.normalizeDecoder();
}

function inputs(c: Case, stream: string): { x: Float32Array; target: Float32Array | undefined } {
  const random = new Random(c.seed, stream);
  const make = (n: number): Float32Array => Float32Array.from({ length: n }, () => random.normal());
  const x = make(c.rows * c.options.dIn);
  return { x, target: c.transcoder ? make(c.rows * c.options.dOut) : undefined };
}

/** Two steps: the second sees the moments and weights of the first. */
async function twoSteps(
  on: Kernels,
  c: Case,
): Promise<{ tensors: Float32Array[]; sums: number[]; fired: Uint32Array }> {
  const coder = await on.createCoder(c.options);
  try {
    fill(coder, c);
    const sums: number[] = [];
    const options: StepOptions = { select: c.select, prefixes: c.prefixes, l1: 0.05, l0: 0.02 };
    if (c.ghosts !== undefined) {
      const random = new Random(c.seed, 'ghosts');
      const all = Uint32Array.from({ length: c.options.dSae }, (_, s) => s);
      const ghosts = all.filter(() => random.float() < c.ghosts!);
      Object.assign(options, { ghosts: ghosts.length > 0 ? ghosts : undefined });
      Object.assign(options, { errorByNorm: c.errorByNorm, connection: c.connection });
    }
    if (c.select.kind === 'threshold' && c.select.width > 0) Object.assign(options, { l1: 0 });
    for (const step of [1, 2]) {
      const { x, target } = inputs(c, `batch ${step}`);
      const result = await coder.step(x, target, options);
      sums.push(result.l0, result.l1, ...result.squaredError, result.ghost, result.connection);
      await coder.update({
        learningRate: 1e-3,
        step,
        epsilon: 1e-3, // Large beside rounding: Adam divides gradients near 0 by their own size.
        removeParallel: true,
        unitNorm: true,
        trainThreshold: c.select.kind === 'threshold' && c.select.width > 0,
      });
    }
    const own = c.options.inputBias === 'own' ? [coder.read('bIn'), coder.read('bIn.m')] : [];
    const tensors = [...names.map((name) => coder.read(name)), ...own];
    return { tensors, sums, fired: coder.fired() };
  } finally {
    coder.close();
  }
}

describe.each(backends)('%s', (_, start) => {
  it('steps as the float64 reference does, for any shape, selection and density', async () => {
    const reference = referenceKernels();
    const tested = await start();
    await fc.assert(
      fc.asyncProperty(arbitraryCase, async (c) => {
        const [expected, actual] = [await twoSteps(reference, c), await twoSteps(tested, c)];
        expect(actual.sums).toBeClose(expected.sums, { relative: 2e-5, absolute: 1e-4 });
        names.forEach((name, i) => {
          expect(actual.tensors[i], name).toBeClose(expected.tensors[i]!, {
            relative: 1e-4,
            absolute: 2e-5,
          });
        });
      }),
      { numRuns: 60 },
    );
  });

  it('adds ghosts, connections, scaled errors and a bias of its own as the reference does', async () => {
    const reference = referenceKernels();
    const tested = await start();
    await fc.assert(
      fc.asyncProperty(caseWithTerms, async (c) => {
        const [expected, actual] = [await twoSteps(reference, c), await twoSteps(tested, c)];
        expect(actual.sums).toBeClose(expected.sums, { relative: 1e-4, absolute: 1e-3 });
        expect(actual.fired).toEqual(expected.fired);
        expected.tensors.forEach((tensor, i) => {
          const tolerance = { relative: 1e-3, absolute: 1e-4 };
          expect(actual.tensors[i], names[i] ?? 'bIn').toBeClose(tensor, tolerance);
        });
      }),
      { numRuns: 25 },
    );
  });

  it('encodes as the reference does', async () => {
    const reference = referenceKernels();
    const tested = await start();
    await fc.assert(
      fc.asyncProperty(arbitraryCase, async (c) => {
        const select: Selection =
          c.select.kind === 'topk' ? c.select : { kind: 'threshold', width: 0 };
        const codes = await Promise.all(
          [reference, tested].map(async (on) => {
            const coder = await on.createCoder({ ...c.options, train: false });
            fill(coder, c);
            const { x, target } = inputs(c, 'x');
            const encoded = await coder.encode(x, select);
            const evaluated = await coder.evaluate(x, target, select);
            coder.close();
            expect(evaluated.codes.index).toEqual(encoded.index);
            return { encoded, sums: evaluated.sums };
          }),
        );
        const [expected, actual] = codes as [(typeof codes)[0], (typeof codes)[0]];
        expect(actual.encoded.rowStart).toEqual(expected.encoded.rowStart);
        expect(actual.encoded.index).toEqual(expected.encoded.index);
        expect(actual.encoded.value).toBeClose(expected.encoded.value, {
          relative: 1e-4,
          absolute: 1e-5,
        });
        expect(actual.sums.squaredError).toBeClose(expected.sums.squaredError, { relative: 1e-4 });
      }),
      { numRuns: 30 },
    );
  });
});

it('gives the same bits with any number of threads', async () => {
  const [one, three] = [await open({ threads: 1 }), await open({ threads: 3 })];
  await fc.assert(
    fc.asyncProperty(arbitraryCase, async (c) => {
      const [a, b] = [await twoSteps(one, c), await twoSteps(three, c)];
      expect(b.sums).toEqual(a.sums);
      names.forEach((name, i) => {
        expect(b.tensors[i], name).toEqual(a.tensors[i]);
      });
    }),
    { numRuns: 30 },
  );
});

it.each([0, 0.3])(
  'adds the columns of many rows as the reference does (width %d)',
  async (width) => {
    const c: Case = {
      options: {
        dIn: 20,
        dOut: 33,
        dSae: 300,
        maxRows: 1300,
        maxPrefixes: 2,
        train: true,
        inputBias: 'none',
      },
      rows: 1290,
      select: { kind: 'threshold', width },
      prefixes: [110, 300],
      bias: -1,
      seed: 5,
      transcoder: true,
    };
    const expected = await twoSteps(referenceKernels(), c);
    const actual = await twoSteps(await open({ threads: 2, products: 'sparse' }), c);
    expect(actual.sums).toBeClose(expected.sums, { relative: 2e-5, absolute: 1e-4 });
    names.forEach((name, i) => {
      expect(actual.tensors[i], name).toBeClose(expected.tensors[i]!, {
        relative: 1e-4,
        absolute: 2e-5,
      });
    });
  },
);

it.each(['none', 'wasm'])('large products without a BLAS (%s) agree with one', async (blas) => {
  const c: Case = {
    options: {
      dIn: 200,
      dOut: 200,
      dSae: 2500,
      maxRows: 300,
      maxPrefixes: 2,
      train: true,
      inputBias: 'decoder',
    },
    rows: 300,
    select: { kind: 'threshold', width: 0 },
    prefixes: [700, 2500],
    bias: -1,
    seed: 4,
    transcoder: false,
  };
  for (const products of ['sparse', 'dense'] as const) {
    const [with_, without] = [
      await open({ threads: 2, products }),
      await open({ threads: 2, products, blas }),
    ];
    expect(without.name).toContain(blas === 'none' ? 'onnxruntime' : 'wasm');
    const [expected, actual] = [await twoSteps(with_, c), await twoSteps(without, c)];
    names.forEach((name, i) => {
      expect(actual.tensors[i], name).toBeClose(expected.tensors[i]!, {
        relative: 1e-4,
        absolute: 1e-5,
      });
    });
  }
});

it('refuses more rows than it was made for', async () => {
  const on = await open({ threads: 1 });
  const coder = await on.createCoder({
    dIn: 2,
    dOut: 2,
    dSae: 4,
    maxRows: 3,
    train: true,
    inputBias: 'decoder',
  });
  const options: StepOptions = {
    select: { kind: 'threshold', width: 0 },
    prefixes: [4],
    l1: 0,
    l0: 0,
  };
  await expect(coder.step(new Float32Array(8), undefined, options)).rejects.toThrow(
    /at most \[3, 2\]/,
  );
  await expect(coder.step(new Float32Array(3), undefined, options)).rejects.toThrow(
    /at most \[3, 2\]/,
  );
  coder.close();
});

it('refuses a coder that does not fit the memory, with a hint', async () => {
  const on = await open({ threads: 1 });
  const huge = {
    dIn: 4096,
    dOut: 4096,
    dSae: 131_072,
    maxRows: 4096,
    train: true,
    inputBias: 'decoder',
  } as const;
  await expect(on.createCoder(huge)).rejects.toThrow(/needs more than 4 GiB/);
});
