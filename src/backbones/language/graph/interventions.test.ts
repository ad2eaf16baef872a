// Interventions: against TransformerLens' run_with_hooks, and that each kind does what it says and nothing else.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type LanguageGolden,
  type LanguageWorkshop,
  languageGolden,
  languageWorkshop,
} from '../../../../test/helpers/language.ts';
import { Random } from '../../../base/random.ts';
import type { Tensor } from '../../types.ts';
import { type Intervention, type LanguageBackbone, LOGITS } from '../types.ts';
import { edited } from './interventions.ts';

let workshop: LanguageWorkshop;
let golden: LanguageGolden;
let gpt2: LanguageBackbone;
beforeAll(async () => {
  workshop = await languageWorkshop();
  golden = await languageGolden('gpt2');
  gpt2 = await workshop.open('gpt2', { maxSessions: 4 });
});
afterAll(() => workshop.close());

const scaled =
  (factor: number) =>
  ({ data, shape }: Tensor): Tensor => ({ data: data.map((value) => value * factor), shape });

/** Heads in reverse order, halved. */
function flippedHeads({ data, shape }: Tensor): Tensor {
  const [batch, heads, queries, keys] = shape as [number, number, number, number];
  const size = queries * keys;
  const flipped = data.map((_, i) => {
    const head = Math.floor(i / size) % heads;
    return 0.5 * data[i + (heads - 1 - 2 * head) * size]!;
  });
  expect(data.length).toBe(batch * heads * size);
  return { data: flipped, shape };
}

/** Two positions of one head given by `z`, as the original's hook does. */
const replacedHead =
  (z: Tensor) =>
  ({ data, shape }: Tensor): Tensor => {
    const [batch, positions, heads, dHead] = shape as [number, number, number, number];
    for (let b = 0; b < batch; b++)
      for (const [row, position] of [1, 2].entries())
        for (let i = 0; i < dHead; i++)
          data[((b * positions + position) * heads + 2) * dHead + i] = z.data[row * dHead + i]!;
    return { data, shape };
  };

describe('against run_with_hooks', () => {
  it('replacing, adding and functions at several depths at once agree', async () => {
    const interventions: Intervention[] = [
      { point: 'ln_final.hook_scale', apply: scaled(2) },
      { point: 'blocks.1.attn.hook_z', apply: replacedHead(golden.tensor('hooks/z')) },
      { point: 'blocks.0.hook_mlp_out', replace: golden.tensor('hooks/mlp'), positions: [3] },
      { point: 'blocks.1.hook_resid_pre', add: golden.tensor('hooks/resid') },
      { point: 'blocks.0.attn.hook_pattern', apply: flippedHeads },
    ];
    const record = ['blocks.0.hook_mlp_out', 'blocks.1.hook_resid_mid', LOGITS];
    const results = await gpt2.run(golden.tokens, { record, interventions });
    for (const name of record)
      expect(results.get(name)!.data, name).toBeNear(golden.tensor(`hooks/${name}`).data, 1e-5);
  });

  it('points that are off by default agree, and what one head reads can be changed', async () => {
    const record = ['blocks.1.attn.hook_result', 'blocks.1.hook_q_input', 'blocks.1.hook_mlp_in'];
    expect(gpt2.optionalHookPoints).toEqual(expect.arrayContaining(record));
    const results = await gpt2.run(golden.tokens, { record });
    for (const name of record) {
      const expected = golden.tensor(`optional/${name}`);
      expect(results.get(name)!.shape).toEqual(expected.shape);
      expect(results.get(name)!.data, name).toBeNear(expected.data, 1e-5);
    }
    const { data } = golden.tensor('optional/shift');
    const shift = { data: new Float32Array(4 * 16), shape: [4, 16] };
    shift.data.set(data, 2 * 16);
    const interventions: Intervention[] = [{ point: 'blocks.1.hook_q_input', add: shift }];
    const changed = await gpt2.run(golden.tokens, { record: [LOGITS], interventions });
    const expected = golden.tensor('optional/changed_logits').data;
    expect(changed.get(LOGITS)!.data).toBeNear(expected, 1e-5);
  });
});

describe('interventions', () => {
  it('that give back what they got change nothing, at any point of a block', async () => {
    const clean = await gpt2.logits(golden.tokens);
    for (const point of gpt2.hookPoints.filter((each) => each.startsWith('blocks.1'))) {
      const interventions = [{ point, apply: (value: Tensor) => value }];
      const again = await gpt2.logits(golden.tokens, { interventions });
      expect(again.data, point).toBeNear(clean.data, 1e-6);
    }
  });

  it('see and change the same as a replacement by recorded values', async () => {
    const point = 'blocks.0.hook_resid_post';
    const value = (await gpt2.run(golden.tokens, { record: [point] })).get(point)!;
    const doubled = scaled(2)(value);
    const [first, second, third] = await Promise.all([
      gpt2.logits(golden.tokens, { interventions: [{ point, replace: doubled }] }),
      gpt2.logits(golden.tokens, { interventions: [{ point, apply: scaled(2) }] }),
      gpt2.logits(golden.tokens, { interventions: [{ point, add: value }] }),
    ]);
    expect(second.data).toBeNear(first.data, 1e-6);
    expect(third.data).toBeNear(first.data, 1e-6);
  });

  it('at one point are applied one after the other, and what is recorded is what they leave', async () => {
    const point = 'blocks.1.hook_mlp_out';
    const one: Tensor = { data: Float32Array.of(1), shape: [1] };
    const interventions: Intervention[] = [
      { point, replace: one },
      { point, apply: scaled(3) },
      { point, add: one },
    ];
    const results = await gpt2.run(golden.tokens, { record: [point], interventions });
    expect(new Set(results.get(point)!.data)).toEqual(new Set([4]));
  });

  it('tell functions where they are', async () => {
    const seen: unknown[] = [];
    const apply: Extract<Intervention, { apply: unknown }>['apply'] = (value, context) => {
      seen.push({ ...context, rows: value.shape[0] });
      return value;
    };
    const point = 'hook_embed';
    const small = await workshop.open('gpt2', { tokensPerRun: 6 });
    await small.logits(golden.tokens, { interventions: [{ point, apply }] });
    const positions = [0, 1, 2, 3, 4, 5];
    expect(seen).toEqual([
      { point, firstRow: 0, positions, rows: 1 },
      { point, firstRow: 1, positions, rows: 1 },
    ]);
  });

  it('with a row for each sequence reach their rows when a batch is cut', async () => {
    const point = 'blocks.0.hook_attn_out';
    const random = new Random(1);
    const data = new Float32Array(2 * 6 * 16).map(() => random.normal());
    const interventions: Intervention[] = [{ point, add: { data, shape: [2, 6, 16] } }];
    const small = await workshop.open('gpt2', { tokensPerRun: 6 });
    const [together, cut] = await Promise.all(
      [gpt2, small].map((backbone) => backbone.logits(golden.tokens, { interventions })),
    );
    expect(cut!.data).toBeNear(together!.data, 1e-6);
  });

  it('at positions leave the others alone', async () => {
    const point = 'blocks.0.hook_resid_post';
    const zero: Tensor = { data: Float32Array.of(0), shape: [1] };
    const interventions: Intervention[] = [{ point, replace: zero, positions: [2, -1] }];
    const clean = (await gpt2.run(golden.tokens, { record: [point] })).get(point)!;
    const changed = (await gpt2.run(golden.tokens, { record: [point], interventions })).get(point)!;
    clean.data.forEach((value, i) => {
      const position = Math.floor(i / 16) % 6;
      expect(changed.data[i]).toBe(position === 2 || position === 5 ? 0 : value);
    });
  });
});

describe('edited', () => {
  it('broadcasts as nested loops over all axes do', () => {
    const size = fc.integer({ min: 1, max: 3 });
    const shapes = fc
      .tuple(size, fc.integer({ min: 2, max: 4 }), size, size)
      .chain((shape) =>
        fc.tuple(
          fc.constant(shape),
          fc.tuple(...shape.map((n) => fc.constantFrom(1, n))),
          fc.integer({ min: 0, max: 3 }),
          fc.boolean(),
        ),
      );
    fc.assert(
      fc.property(shapes, ([shape, own, drop, adds]) => {
        const count = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);
        const value = { data: Float32Array.from({ length: count(shape) }, (_, i) => i), shape };
        const given = own.slice(drop);
        const tensor = {
          data: Float32Array.from({ length: count(given) }, (_, i) => 100 + i),
          shape: given,
        };
        const point = 'blocks.0.attn.hook_z';
        const positions = shape[1] === 1 ? [0] : Array.from({ length: shape[1] }, (_, i) => i);
        const edit = adds ? { point, add: tensor } : { point, replace: tensor };
        const result = edited(value, edit, { point, firstRow: 0, positions });
        const padded = [...Array(drop).fill(1), ...given] as number[];
        const index = (sizes: readonly number[], at: readonly number[]): number =>
          sizes.reduce((sum, n, axis) => sum * n + (n === 1 ? 0 : at[axis]!), 0);
        for (let a = 0; a < shape[0]; a++)
          for (let b = 0; b < shape[1]; b++)
            for (let c = 0; c < shape[2]; c++)
              for (let d = 0; d < shape[3]; d++) {
                const at = [a, b, c, d];
                const i = index(shape, at);
                const number = tensor.data[index(padded, at)]!;
                expect(result.data[i]).toBe(adds ? value.data[i]! + number : number);
              }
      }),
    );
  });
});

describe('a shortformer', () => {
  it('gives the same with an input for each head', async () => {
    const { tokens } = await languageGolden('shortformer');
    const model = await workshop.open('shortformer');
    const clean = await model.logits(tokens);
    const record = ['blocks.0.hook_q_input', 'blocks.1.hook_attn_in', LOGITS];
    const split = await model.run(tokens, { record });
    expect(split.get(LOGITS)!.data).toBeNear(clean.data, 1e-6);
  });
});
