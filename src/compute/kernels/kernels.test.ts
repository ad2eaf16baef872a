import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  arbitraryCase,
  type Case,
  caseWithAux,
  caseWithGates,
  caseWithPenalties,
  caseWithSkip,
  caseWithTerms,
  clearOfKinks,
  expectedSteps,
  fill,
  inputs,
  names,
  twoSteps,
} from '../../../test/helpers/coder-cases.ts';
import { kernelBackends } from '../../../test/helpers/kernel-backends.ts';
import type { SparseRows } from '../sparse-rows.ts';
import { referenceKernels } from './reference/kernels.ts';
import type { BatchSums, Kernels, Selection, StepOptions } from './types.ts';

const { open, backends, closeAll } = kernelBackends();
afterAll(closeAll);

describe.each(backends)('%s', (_, start) => {
  it('steps as the float64 reference does, for any shape, selection and density', async ({
    skip,
  }) => {
    const tested = await start(skip);
    await fc.assert(
      fc.asyncProperty(arbitraryCase, async (c) => {
        const [expected, actual] = [await expectedSteps(c), await twoSteps(tested, c)];
        expect(actual.sums).toBeClose(expected.sums, { relative: 2e-5, absolute: 1e-4 });
        expect(actual.errors).toBeClose(expected.errors, { relative: 1e-4, absolute: 1e-4 });
        names.forEach((name, i) => {
          expect(actual.tensors[i], name).toBeClose(expected.tensors[i]!, {
            relative: 2e-6,
            absolute: 2e-6,
          });
        });
      }),
      { numRuns: 25 },
    );
  });

  it('adds ghosts, connections, scaled errors and a bias of its own as the reference does', async ({
    skip,
  }) => {
    const tested = await start(skip);
    await fc.assert(
      fc.asyncProperty(caseWithTerms, async (c) => {
        const [expected, actual] = [await expectedSteps(c), await twoSteps(tested, c)];
        expect(actual.sums).toBeClose(expected.sums, { relative: 1e-4, absolute: 1e-3 });
        expect(actual.fired).toEqual(expected.fired);
        expect(actual.errors).toBeClose(expected.errors, { relative: 1e-3, absolute: 1e-4 });
        expected.tensors.forEach((tensor, i) => {
          const tolerance = { relative: 1e-3, absolute: 1e-4 };
          expect(actual.tensors[i], names[i] ?? 'bIn').toBeClose(tensor, tolerance);
        });
      }),
      { numRuns: 12 },
    );
  });

  it('lets some latents explain what is left as the reference does', async ({ skip }) => {
    const tested = await start(skip);
    await fc.assert(
      fc.asyncProperty(caseWithAux, async (c) => {
        const [expected, actual] = [await expectedSteps(c), await twoSteps(tested, c)];
        expect(actual.sums).toBeClose(expected.sums, { relative: 1e-4, absolute: 1e-3 });
        expect(actual.fired).toEqual(expected.fired);
        expect(actual.errors).toBeClose(expected.errors, { relative: 1e-3, absolute: 1e-4 });
        expected.tensors.forEach((tensor, i) => {
          const tolerance = { relative: 1e-4, absolute: 2e-5 };
          expect(actual.tensors[i], names[i] ?? 'bIn').toBeClose(tensor, tolerance);
        });
      }),
      { numRuns: 8 },
    );
  });

  it.for([
    ['teaches gates', caseWithGates],
    ['trains a skip connection', caseWithSkip],
  ] as const)('%s as the reference does', async ([, cases], { skip }) => {
    const tested = await start(skip);
    await fc.assert(
      fc.asyncProperty(cases, async (c) => {
        const [expected, actual] = [await expectedSteps(c), await twoSteps(tested, c)];
        expect(actual.sums).toBeClose(expected.sums, { relative: 1e-4, absolute: 1e-3 });
        expect(actual.fired).toEqual(expected.fired);
        expect(actual.errors).toBeClose(expected.errors, { relative: 1e-3, absolute: 1e-4 });
        expected.tensors.forEach((tensor, i) => {
          const tolerance = { relative: 1e-4, absolute: 2e-5 };
          expect(actual.tensors[i], names[i] ?? `gates ${i - names.length}`).toBeClose(
            tensor,
            tolerance,
          );
        });
      }),
      { numRuns: 12 },
    );
  });

  it('penalises codes, counts them towards a target and lifts latents as the reference does', async ({
    skip,
  }) => {
    const tested = await start(skip);
    await fc.assert(
      fc.asyncProperty(caseWithPenalties, async (c) => {
        const [expected, actual] = [await expectedSteps(c), await twoSteps(tested, c)];
        expect(actual.sums).toBeClose(expected.sums, { relative: 1e-4, absolute: 1e-3 });
        expect(actual.fired).toEqual(expected.fired);
        expected.tensors.forEach((tensor, i) => {
          const tolerance = { relative: 1e-4, absolute: 5e-5 };
          expect(actual.tensors[i], names[i] ?? 'bIn').toBeClose(tensor, tolerance);
        });
      }),
      { numRuns: 15 },
    );
  });

  it('encodes as the reference does', async ({ skip }) => {
    const reference = referenceKernels();
    const tested = await start(skip);
    await fc.assert(
      fc.asyncProperty(fc.oneof(arbitraryCase, caseWithGates, caseWithSkip), async (c) => {
        const select: Selection =
          c.select.kind === 'threshold' ? { kind: 'threshold', width: 0 } : c.select;
        const encodedBy = async (
          on: Kernels,
        ): Promise<{ encoded: SparseRows; sums: BatchSums }> => {
          const coder = await on.createCoder({ ...c.options, train: false });
          await fill(coder, c);
          const { x, target } = inputs(c, 'x');
          if (on === reference) fc.pre(await clearOfKinks(coder, x, { ...c, select }));
          const encoded = await coder.encode(x, select);
          const evaluated = await coder.evaluate(x, target, select);
          coder.close();
          expect(evaluated.codes.index).toEqual(encoded.index);
          return { encoded, sums: evaluated.sums };
        };
        const [expected, actual] = [await encodedBy(reference), await encodedBy(tested)];
        expect(actual.encoded.rowStart).toEqual(expected.encoded.rowStart);
        expect(actual.encoded.index).toEqual(expected.encoded.index);
        expect(actual.encoded.value).toBeClose(expected.encoded.value, {
          relative: 1e-4,
          absolute: 1e-5,
        });
        expect(actual.sums.squaredError).toBeClose(expected.sums.squaredError, { relative: 1e-4 });
      }),
      { numRuns: 15 },
    );
  });
});

it('gives the same bits with any number of threads', async () => {
  const [one, three] = [await open({ threads: 1 }), await open({ threads: 3 })];
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(arbitraryCase, caseWithAux, caseWithGates, caseWithSkip, caseWithPenalties),
      async (c) => {
        const [a, b] = [await twoSteps(one, c), await twoSteps(three, c)];
        expect(b.sums).toEqual(a.sums);
        names.forEach((name, i) => {
          expect(b.tensors[i], name).toEqual(a.tensors[i]);
        });
      },
    ),
    { numRuns: 15 },
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
