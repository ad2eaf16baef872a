import { describe, expect, it } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { constant, input, integers, scalar, type Value } from '../../src/compute/onnx/graph.ts';
import { buildModel } from '../../src/compute/onnx/model.ts';
import * as ops from '../../src/compute/onnx/ops.ts';
import { openSession } from '../../src/compute/onnx/session.ts';
import { gradients } from './gradients.ts';

/** Compare the gradients of `Σ f(inputs)·mask` with finite differences; the mask makes every output count. */
async function check(
  shapes: readonly (readonly number[])[],
  f: (...inputs: Value[]) => Value,
  draw: (random: Random) => number = (random) => random.normal(),
): Promise<void> {
  const random = new Random(11);
  const inputs = shapes.map((shape, i) => input(`x${i}`, shape));
  const y = f(...inputs);
  const size = (y.shape as number[]).reduce((a, b) => a * b, 1);
  const mask = constant(
    Float32Array.from({ length: size }, () => random.normal()),
    y.shape as number[],
  );
  const axes = y.shape.map((_, i) => i);
  const loss =
    y.shape.length === 0 ? ops.mul(y, mask) : ops.reduceSum(ops.mul(y, mask), axes, false);
  const outputs = new Map([['loss', loss]]);
  gradients(loss, inputs).forEach((value, i) => {
    expect(value.shape).toEqual(shapes[i]);
    outputs.set(`g${i}`, value);
  });
  const session = await openSession(buildModel(outputs).bytes, { threads: 1 });
  try {
    const values = shapes.map((shape) =>
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => draw(random)),
    );
    const run = (at: readonly Float32Array[]) =>
      session.run(
        new Map(
          at.map((data, i) => [`x${i}`, { data: Float32Array.from(data), shape: shapes[i]! }]),
        ),
      );
    const found = await run(values);
    for (const [i, value] of values.entries()) {
      const numeric: number[] = [];
      for (let j = 0; j < value.length; j++) {
        const h = 1 / 128;
        const shifted = async (by: number): Promise<number> => {
          const moved = values.map((v, k) =>
            k === i ? v.map((x, l) => (l === j ? x + by : x)) : v,
          );
          return ((await run(moved)).get('loss')!.data as Float32Array)[0]!;
        };
        numeric.push(((await shifted(h)) - (await shifted(-h))) / (2 * h));
      }
      expect(found.get(`g${i}`)!.data as Float32Array, `input ${i}`).toBeClose(numeric, {
        relative: 1e-2,
        absolute: 5e-3,
      });
    }
  } finally {
    await session.close();
  }
}

const positive = (random: Random): number => 0.5 + random.float();
/** Away from 0, where relu and abs have no derivative. */
const awayFromZero = (random: Random): number =>
  (random.float() < 0.5 ? -1 : 1) * (0.2 + random.float());

const cases: [string, number[][], (...x: Value[]) => Value, ((random: Random) => number)?][] = [
  ['add with broadcasting', [[2, 3], [3]], (a, b) => ops.add(a, b)],
  [
    'sub with broadcasting',
    [
      [2, 1],
      [2, 3],
    ],
    (a, b) => ops.sub(a, b),
  ],
  [
    'mul with broadcasting',
    [
      [2, 3],
      [1, 3],
    ],
    (a, b) => ops.mul(a, b),
  ],
  [
    'div',
    [
      [2, 3],
      [2, 1],
    ],
    (a, b) => ops.div(a, b),
    positive,
  ],
  ['a value used twice', [[4]], (a) => ops.mul(a, ops.add(a, ops.neg(ops.square(a))))],
  ['sqrt', [[4]], (a) => ops.sqrt(a), positive],
  ['exp', [[4]], (a) => ops.exp(a)],
  ['log', [[4]], (a) => ops.log(a), positive],
  ['reciprocal', [[4]], (a) => ops.reciprocal(a), positive],
  ['erf', [[4]], (a) => ops.erf(a)],
  ['tanh', [[4]], (a) => ops.tanh(a)],
  ['sigmoid', [[4]], (a) => ops.sigmoid(a)],
  ['relu', [[6]], (a) => ops.relu(a), awayFromZero],
  ['gelu', [[6]], (a) => ops.gelu(a)],
  ['gelu, tanh', [[6]], (a) => ops.gelu(a, 'tanh')],
  ['quick gelu', [[6]], (a) => ops.quickGelu(a)],
  ['silu', [[6]], (a) => ops.silu(a)],
  [
    'matMul',
    [
      [2, 3],
      [3, 4],
    ],
    (a, b) => ops.matMul(a, b),
  ],
  [
    'matMul of batches',
    [
      [2, 2, 3],
      [2, 3, 2],
    ],
    (a, b) => ops.matMul(a, b),
  ],
  [
    'matMul with a shared right side',
    [
      [2, 2, 3],
      [3, 2],
    ],
    (a, b) => ops.matMul(a, b),
  ],
  ['gemm', [[2, 3], [3, 4], [4]], (a, b, c) => ops.gemm(a, b, c)],
  [
    'gemm, B transposed',
    [
      [2, 3],
      [4, 3],
    ],
    (a, b) => ops.gemm(a, b, undefined, { transposeB: true }),
  ],
  [
    'gemm, A transposed',
    [
      [3, 2],
      [3, 4],
    ],
    (a, b) => ops.gemm(a, b, undefined, { transposeA: true }),
  ],
  [
    'gemm, both transposed',
    [
      [3, 2],
      [4, 3],
    ],
    (a, b) => ops.gemm(a, b, undefined, { transposeA: true, transposeB: true }),
  ],
  ['linear', [[2, 2, 3], [4, 3], [4]], (x, w, b) => ops.linear(x, w, b)],
  ['layerNorm', [[3, 5], [5], [5]], (x, gain, bias) => ops.layerNorm(x, gain, bias, 1e-5)],
  ['softmax', [[2, 4]], (a) => ops.softmax(a)],
  ['logSoftmax', [[2, 4]], (a) => ops.logSoftmax(a)],
  ['reshape and transpose', [[2, 6]], (a) => ops.transpose(ops.reshape(a, [2, 3, 2]), [2, 0, 1])],
  [
    'split, all parts',
    [[2, 5]],
    (a) => ops.mul(...(ops.split(ops.concat([a, a], 1), [5, 5]) as [Value, Value])),
  ],
  ['split, one part', [[2, 5]], (a) => ops.split(a, [2, 3])[1]!],
  ['slice', [[2, 5]], (a) => ops.slice(a, 1, 1, 3)],
  [
    'concat',
    [
      [2, 2],
      [2, 3],
    ],
    (a, b) => ops.square(ops.concat([a, b], 1)),
  ],
  ['gather', [[4, 3]], (a) => ops.gather(a, integers([1, 3, 1]))],
  [
    'where',
    [[4], [4]],
    (a, b) => ops.where(ops.greater(b, scalar(0)), a, ops.square(b)),
    awayFromZero,
  ],
  ['reduceSum', [[2, 3]], (a) => ops.reduceSum(ops.square(a), [1])],
  ['reduceMean, axis gone', [[2, 3]], (a) => ops.reduceMean(ops.square(a), [0], false)],
  ['reduceLogSumExp', [[2, 4]], (a) => ops.reduceLogSumExp(a, [1])],
  ['reduceLogSumExp, axis gone', [[2, 4]], (a) => ops.reduceLogSumExp(a, [0], false)],
  [
    'gatherElements, one of them twice',
    [[2, 3]],
    (a) => ops.gatherElements(a, constant(BigInt64Array.of(2n, 2n, 0n, 1n), [2, 2]), 1),
  ],
  ['expand', [[1, 3]], (a) => ops.expandLike(a, a, [4, 3])],
];

describe('gradients agree with finite differences', () => {
  it.each(cases)('%s', async (_, shapes, f, draw) => {
    await check(shapes, f, draw);
  });
});

it('refuses an operator without a rule, and a value that does not count', () => {
  const x = input('x', [2]);
  const loss = ops.reduceSum(ops.abs(x), [0], false);
  expect(() => gradients(loss, [x])).toThrow(/no rule for operator Abs/);
  const other = ops.reduceSum(ops.square(x), [0], false);
  expect(() => gradients(other, [input('y', [2])])).toThrow(/does not depend/);
  expect(() => gradients(ops.square(x), [x])).toThrow(/one number/);
});
