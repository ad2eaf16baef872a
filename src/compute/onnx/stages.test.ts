// Graphs cut into stages: what is computed where, and that the numbers stay the same.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../base/random.ts';
import { constant, identity, input, scalar, type Value } from './graph.ts';
import type { Model } from './model.ts';
import { add, matMul, mul, relu, scale, split } from './ops.ts';
import { type OnnxTensor, openSession } from './session.ts';
import { cutIntoStages } from './stages.ts';

type Named = ReadonlyMap<string, OnnxTensor>;

/** Run stages in order, changing the value of each cut behind its stage. */
async function runAll(
  models: readonly Model[],
  feeds: Named,
  change: ReadonlyMap<string, (x: Float32Array) => Float32Array>,
): Promise<Map<string, OnnxTensor>> {
  const known = new Map(feeds);
  const cuts = [...change];
  for (const [i, model] of models.entries()) {
    if (model.outputs.size > 0) {
      const session = await openSession(model.bytes, { threads: 1 });
      const wanted = new Map([...model.inputs.keys()].map((name) => [name, known.get(name)!]));
      for (const [name, value] of await session.run(wanted)) known.set(name, value);
      await session.close();
    }
    const cut = cuts[i];
    if (cut === undefined) continue;
    const { data, shape } = known.get(cut[0])!;
    known.set(cut[0], { data: cut[1](data as Float32Array), shape });
  }
  return known;
}

const row = (...numbers: number[]): OnnxTensor => ({
  data: Float32Array.from(numbers),
  shape: [1, numbers.length],
});

const x = input('x', [1, 3]);
const weights = constant(Float32Array.from([1, 0, 2, 0, 1, 0, 1, 1, 1]), [3, 3]);

describe('cutIntoStages', () => {
  it('gives one model when nothing is cut', () => {
    const models = cutIntoStages(new Map([['y', relu(x)]]), new Map());
    expect(models.map(({ operators }) => operators.filter((op) => op !== 'Identity'))).toEqual([
      ['Relu'],
    ]);
  });

  it('carries what a later stage needs, and computes it once', async () => {
    const left = relu(x);
    const right = identity(matMul(left, weights));
    const y = add(left, right);
    const models = cutIntoStages(new Map([['y', y]]), new Map([['right', right]]));
    expect(models.map(({ operators }) => operators.filter((op) => op !== 'Identity'))).toEqual([
      ['Relu', 'MatMul'],
      ['Add'],
    ]);
    expect([...models[1]!.inputs.keys()].sort()).toEqual(['carried.0', 'right']);
    const change = new Map([['right', (value: Float32Array) => value.map((v) => 10 * v)]]);
    const known = await runAll(models, new Map([['x', row(1, -2, 3)]]), change);
    expect([...known.get('y')!.data]).toEqual([1 + 40, 0 + 30, 3 + 50]);
  });

  it('does not carry weights, nor what only they make', () => {
    const doubled = scale(weights, 2);
    const first = identity(matMul(x, doubled));
    const y = matMul(relu(first), doubled);
    const models = cutIntoStages(new Map([['y', y]]), new Map([['first', first]]));
    expect([...models[1]!.inputs.keys()]).toEqual(['first']);
    expect(models[1]!.operators).toContain('Mul');
  });

  it('takes both cuts of one depth out of one stage, and leaves the other empty', async () => {
    const [a, b] = [identity(relu(x)), identity(scale(x, 2))];
    const models = cutIntoStages(
      new Map([['y', add(a, b)]]),
      new Map([
        ['a', a],
        ['b', b],
      ]),
    );
    expect(models.map(({ outputs }) => outputs.size)).toEqual([2, 0, 1]);
    const change = new Map([
      ['a', (value: Float32Array) => value.map(() => 100)],
      ['b', (value: Float32Array) => value.map((v) => v + 1)],
    ]);
    const known = await runAll(models, new Map([['x', row(1, 2, 3)]]), change);
    expect([...known.get('y')!.data]).toEqual([103, 105, 107]);
  });

  it('feeds replaced values from the start and leaves out what only they needed', () => {
    const hidden = identity(matMul(x, weights));
    const after = identity(relu(hidden));
    const models = cutIntoStages(
      new Map([['y', scale(after, 3)]]),
      new Map([['after', after]]),
      new Map([['hidden', hidden]]),
    );
    expect(models[0]!.operators).toContain('Relu');
    expect(models[0]!.operators).not.toContain('MatMul');
    expect([...models[0]!.inputs.keys()]).toEqual(['hidden']);
  });

  it('gives an output that comes early in its own stage, under its own name also when it is carried', () => {
    const early = identity(relu(x));
    const cut = identity(scale(early, 2));
    const models = cutIntoStages(
      new Map([
        ['early', early],
        ['y', add(cut, early)],
      ]),
      new Map([['cut', cut]]),
    );
    expect([...models[0]!.outputs.keys()].sort()).toEqual(['cut', 'early']);
    expect([...models[1]!.inputs.keys()].sort()).toEqual(['cut', 'early']);
  });

  it('refuses cuts that are out of order', () => {
    const first = identity(relu(x));
    const second = identity(scale(first, 2));
    const cuts = new Map([
      ['second', second],
      ['first', first],
    ]);
    expect(() => cutIntoStages(new Map([['y', second]]), cuts)).toThrow(/depends on a later one/);
  });

  it('changes no number, whatever the graph and the cuts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 0, max: 3 }), async (seed, nCuts) => {
        const random = new Random(seed);
        const values: Value[] = [input('x', [1, 4])];
        for (let i = 0; i < 8; i++) values.push(identity(randomStep(values, random)));
        const outputs = new Map([
          ['y', values.at(-1)!],
          ['z', values[1 + random.int(7)]!],
        ]);
        const picked = [...random.permutation(8)].slice(0, nCuts).sort((a, b) => a - b);
        const cuts = new Map(picked.map((i) => [`cut${i}`, values[i + 1]!]));
        const feeds = new Map([['x', row(1, -2, 0.5, 3)]]);
        const whole = await runAll(cutIntoStages(outputs, new Map()), feeds, new Map());
        const same = new Map([...cuts.keys()].map((name) => [name, (v: Float32Array) => v]));
        const cut = await runAll(cutIntoStages(outputs, cuts), feeds, same);
        for (const [name, value] of outputs) {
          const from = [...cuts].find(([, each]) => each === value)?.[0] ?? name;
          expect(cut.get(from)!.data).toEqual(whole.get(name)!.data);
        }
      }),
      { numRuns: 5 },
    );
  });
});

/** A random operation on values made so far. */
function randomStep(values: readonly Value[], random: Random): Value {
  const [a, b] = [random.pick(values), random.pick(values)];
  switch (random.int(5)) {
    case 0:
      return add(a, b);
    case 1:
      return relu(a);
    case 2:
      return mul(a, scalar(0.5));
    case 3: {
      const [left, right] = split(a, [2, 2]);
      return add(
        matMul(left!, constant(new Float32Array(8).fill(0.25), [2, 4])),
        matMul(right!, constant(new Float32Array(8).fill(-0.5), [2, 4])),
      );
    }
    default:
      return scale(b, -1);
  }
}
