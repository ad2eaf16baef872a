// What an edit must not do: change more than it is told to, or guess a scale.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  EDITS,
  editsCoder,
  editsPixels,
  openEditsFile,
  openEditsModel,
} from '../../../test/helpers/edits.ts';
import { Random } from '../../base/random.ts';
import { referenceKernels } from '../../compute/kernels/reference/kernels.ts';
import type { SparseCoder } from '../../sae/coder.ts';
import { decode } from '../../sae/decode.ts';
import { foldNormalization } from '../../sae/fold.ts';
import { denormalizeOutputs } from '../../sae/normalization.ts';
import { type Coder, openCoder } from '../../sae/open-coder.ts';
import { changeCodes, codeOf } from './change-codes.ts';
import { runClean, runEdited } from './edited-run.ts';
import { addVectors, randomUnitVectors } from './vectors.ts';

const { d, dSae } = EDITS;
const N_ROWS = 6;

let read: SparseCoder;
let coder: Coder;
let folded: Coder;

beforeAll(async () => {
  const golden = await openEditsFile();
  read = await editsCoder(golden);
  coder = await openCoder(read, { kernels: referenceKernels() });
  folded = await openCoder(foldNormalization(read), { kernels: referenceKernels() });
  await golden.close();
});

afterAll(async () => {
  await coder.close();
  await folded.close();
});

const rowsOf = (seed: number): Float32Array => {
  const random = new Random(seed);
  return Float32Array.from({ length: N_ROWS * d }, () => 2 * random.normal());
};
const edits = fc.record({
  seed: fc.nat(1000),
  latents: fc.uniqueArray(fc.nat(dSae - 1), { minLength: 1, maxLength: 4 }),
  value: fc.double({ min: -20, max: 20, noNaN: true }),
});

describe('changeCodes', () => {
  it('gives x + decode(f′) − decode(f) on the scale of the model', () =>
    fc.assert(
      fc.asyncProperty(edits, async ({ seed, latents, value }) => {
        const rows = rowsOf(seed);
        const edited = await changeCodes(
          rows,
          coder,
          latents.map((latent) => ({ latent, value })),
        );
        const codes = await coder.encode(rows);
        const dense = new Float32Array(N_ROWS * dSae);
        for (let row = 0; row < N_ROWS; row++)
          for (let latent = 0; latent < dSae; latent++)
            dense[row * dSae + latent] = latents.includes(latent)
              ? value
              : codeOf(codes, row, latent);
        const changed = {
          columns: dSae,
          rowStart: Uint32Array.from({ length: N_ROWS + 1 }, (_, row) => row * dSae),
          index: Uint32Array.from(dense, (_, i) => i % dSae),
          value: dense,
        };
        const back = (x: Float32Array): Float32Array => denormalizeOutputs(x, read.config);
        const [before, after] = [back(decode(codes, read)), back(decode(changed, read))];
        expect(edited).toBeNear(
          rows.map((x, i) => x + after[i]! - before[i]!),
          1e-5,
        );
      }),
      { numRuns: 20 },
    ));

  it('keeps every bit where codes stay what they are', () =>
    fc.assert(
      fc.asyncProperty(edits, async ({ seed, latents }) => {
        const rows = rowsOf(seed);
        const codes = await coder.encode(rows);
        const same = await changeCodes(rows, coder, (row) =>
          latents.map((latent) => ({ latent, value: codeOf(codes, row, latent) })),
        );
        expect(same).toEqual(rows);
        const kept = await changeCodes(
          rows,
          coder,
          latents.map((latent) => ({ latent, value: (code: number) => code })),
        );
        expect(kept).toEqual(rows);
        const one = await changeCodes(rows, coder, (row) =>
          row === 2 ? [{ latent: latents[0]!, value: 9 }] : [],
        );
        const others = (x: Float32Array): number[] => [
          ...x.subarray(0, 2 * d),
          ...x.subarray(3 * d),
        ];
        expect(others(one)).toEqual(others(rows));
        expect(one.subarray(2 * d, 3 * d)).not.toEqual(rows.subarray(2 * d, 3 * d));
      }),
      { numRuns: 10 },
    ));

  it('edits alike where mean and scale are folded into the weights', () =>
    fc.assert(
      fc.asyncProperty(edits, async ({ seed, latents, value }) => {
        const changes = latents.map((latent) => ({ latent, value }));
        const rows = rowsOf(seed);
        expect(await changeCodes(rows, folded, changes)).toBeNear(
          await changeCodes(rows, coder, changes),
          1e-5,
        );
      }),
      { numRuns: 10 },
    ));

  it('refuses what it cannot edit, in a sentence', async () => {
    const rows = rowsOf(1);
    const with_ = (config: object) => ({ ...coder, config: { ...read.config, ...config } });
    await expect(changeCodes(rows, with_({ isTranscoder: true }), [])).rejects.toThrow(
      'a transcoder cannot edit the rows that it reads',
    );
    const unsaid = with_({ isScaleUnsaid: true, normalization: undefined });
    await expect(changeCodes(rows, unsaid, [])).rejects.toThrow('does not say how its inputs');
    await expect(changeCodes(rows.subarray(1), coder, [])).rejects.toThrow(
      '143 numbers are no rows of width 24',
    );
    await expect(changeCodes(rows, coder, [{ latent: 96, value: 0 }])).rejects.toThrow(
      'unknown latent 96: the autoencoder has 0 to 95',
    );
    await expect(changeCodes(rows, coder, [{ latent: 1, value: Number.NaN }])).rejects.toThrow(
      'invalid value of latent 1: NaN',
    );
    const twice = [
      { latent: 1, value: 0 },
      { latent: 1, value: 2 },
    ];
    await expect(changeCodes(rows, coder, twice)).rejects.toThrow('changed twice');
  });
});

describe('runEdited', () => {
  it('computes only what is behind, and leaves CLS and unedited images as they were', async () => {
    const golden = await openEditsFile();
    const backbone = await openEditsModel();
    try {
      const hook = 'blocks.0.hook_resid_post';
      const place = { hook, record: ['output'] };
      const clean = await runClean(backbone, await editsPixels(golden), place);
      const before = clean.values.get('output')!;
      expect((await runEdited(backbone, clean, clean.rows.slice())).get('output')).toBe(before);
      const rows = clean.rows.map((x, i) => (i < 16 * d ? x : x + 1));
      const after = (await runEdited(backbone, clean, rows)).get('output')!;
      const image = 17 * d;
      expect(after.data.subarray(0, image)).toEqual(before.data.subarray(0, image));
      expect(after.data.subarray(image)).not.toEqual(before.data.subarray(image));
      const stream = await runClean(backbone, clean.pixels, {
        hook,
        record: ['blocks.1.hook_resid_pre'],
      });
      const moved = await runEdited(backbone, stream, rows);
      const cls = moved.get('blocks.1.hook_resid_pre')!.data.subarray(image, image + d);
      expect(cls).toEqual(clean.values.get(hook)!.data.subarray(image, image + d));
      await expect(
        runEdited(
          backbone,
          clean,
          rows.map(() => Number.POSITIVE_INFINITY),
        ),
      ).rejects.toThrow('not all finite');
      await expect(
        runClean(backbone, clean.pixels, { ...place, hook: 'blocks.9' }),
      ).rejects.toThrow("unknown hook point: 'blocks.9'");
    } finally {
      await backbone.close();
      await golden.close();
    }
  });
});

describe('vectors', () => {
  it('draws directions of norm 1, the same from the same seed', () => {
    const vectors = randomUnitVectors(50, 7, new Random(3, 'v'));
    for (let row = 0; row < 50; row++) {
      const norm = Math.hypot(...vectors.subarray(row * 7, row * 7 + 7));
      expect(norm).toBeCloseTo(1, 6);
    }
    expect(randomUnitVectors(50, 7, new Random(3, 'v'))).toEqual(vectors);
  });

  it('adds one vector to all rows, or one each', () => {
    const rows = Float32Array.of(1, 2, 3, 4);
    expect(addVectors(rows, Float32Array.of(1, -1), { d: 2, factor: 2 })).toEqual(
      Float32Array.of(3, 0, 5, 2),
    );
    expect(addVectors(rows, Float32Array.of(1, 0, 0, 1), { d: 2 })).toEqual(
      Float32Array.of(2, 2, 3, 5),
    );
    expect(() => addVectors(rows, Float32Array.of(1), { d: 2 })).toThrow(RangeError);
  });
});
