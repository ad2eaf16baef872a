import { describe, expect, it } from 'vitest';
import { constant, identity, input, scalar, type Value } from './graph.ts';
import { buildModel } from './model.ts';
import * as ops from './ops.ts';
import { type OnnxTensor, openSession } from './session.ts';

const floats = (...values: number[]): Float32Array => Float32Array.from(values);

/** Run a graph once. */
async function evaluate(
  outputs: Record<string, Value>,
  feeds: Record<string, OnnxTensor> = {},
  replace: Record<string, Value> = {},
): Promise<Map<string, OnnxTensor>> {
  const model = buildModel(new Map(Object.entries(outputs)), new Map(Object.entries(replace)));
  const session = await openSession(model.bytes, { threads: 1 });
  try {
    return await session.run(new Map(Object.entries(feeds)));
  } finally {
    await session.close();
  }
}

describe('operators', () => {
  const x = input('x', ['batch', 2, 3]);
  const feed = {
    x: { data: floats(0, 1, 2, 3, 4, 5, -1, -2, -3, 0.5, 0.25, 0), shape: [2, 2, 3] },
  };
  const w = constant(floats(1, 0, 2, 0, 1, -1), [2, 3]);
  const b = constant(floats(10, 20), [2]);

  it('every result has the shape that the graph foretold', async () => {
    const values: Record<string, Value> = {
      linear: ops.linear(x, w, b),
      matMul: ops.matMul(x, ops.transpose(w, [1, 0])),
      reshaped: ops.reshape(x, ['batch', 3, 2]),
      flat: ops.reshape(x, ['rows', 3]),
      turned: ops.transpose(x, [2, 0, 1]),
      sliced: ops.slice(x, -1, 1, 3),
      joined: ops.concat([x, ops.slice(x, 1, 0, 1)], 1),
      gathered: ops.gather(x, constant(Int32Array.of(2, 0, 0), [3]), 2),
      mean: ops.reduceMean(x, [-1], false),
      sum: ops.reduceSum(x, [0, 2]),
      largest: ops.reduceMax(x, [1]),
      expanded: ops.expandLike(constant(floats(7), [1, 1, 1]), x, ['batch', 4, 1]),
      chosen: ops.where(ops.greater(x, scalar(0)), x, scalar(-1)),
      second: ops.split(x, [1, 2])[1]!,
      normed: ops.layerNorm(
        x,
        constant(floats(1, 1, 1), [3]),
        constant(floats(0, 0, 0), [3]),
        1e-5,
      ),
    };
    const results = await evaluate(values, feed);
    const sizes: Record<string, number> = { batch: 2, rows: 4 };
    for (const [name, value] of Object.entries(values)) {
      const foretold = value.shape.map((dim) => (typeof dim === 'string' ? sizes[dim] : dim));
      expect([name, results.get(name)!.shape]).toEqual([name, foretold]);
    }
    expect(results.get('linear')!.data).toBeClose([14, 19, 23, 19, 3, 21, 10.5, 20.25]);
    expect(results.get('matMul')!.data).toBeClose([4, -1, 13, -1, -7, 1, 0.5, 0.25]);
    expect(results.get('gathered')!.data.slice(0, 3)).toEqual(floats(2, 0, 0));
    expect(results.get('second')!.data.slice(0, 4)).toEqual(floats(1, 2, 4, 5));
    expect(results.get('chosen')!.data.slice(6)).toEqual(floats(-1, -1, -1, 0.5, 0.25, -1));
  });

  it('activation functions follow their formulas', async () => {
    const z = input('z', ['n']);
    const at = floats(-6, -1.5, -0.1, 0, 0.3, 2, 7);
    const results = await evaluate(
      {
        gelu: ops.gelu(z),
        tanh: ops.gelu(z, 'tanh'),
        quick: ops.quickGelu(z),
        silu: ops.silu(z),
        viaErf: ops.scale(ops.mul(z, ops.add(ops.erf(ops.scale(z, Math.SQRT1_2)), scalar(1))), 0.5),
      },
      { z: { data: at, shape: [7] } },
    );
    const of = (f: (v: number) => number): number[] => [...at].map(f);
    const close = { relative: 1e-5, absolute: 1e-6 };
    expect(results.get('quick')!.data).toBeClose(
      of((v) => v / (1 + Math.exp(-1.702 * v))),
      close,
    );
    expect(results.get('silu')!.data).toBeClose(
      of((v) => v / (1 + Math.exp(-v))),
      close,
    );
    const inner = (v: number): number => Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3);
    expect(results.get('tanh')!.data).toBeClose(
      of((v) => (v / 2) * (1 + Math.tanh(inner(v)))),
      close,
    );
    expect(results.get('gelu')!.data).toBeClose(
      [...(results.get('viaErf')!.data as Float32Array)],
      close,
    );
    // Φ(0.3) and Φ(2) from a table.
    expect(results.get('gelu')!.data[4]).toBeCloseTo(0.3 * 0.6179114, 6);
    expect(results.get('gelu')!.data[5]).toBeCloseTo(2 * 0.9772499, 5);
  });

  it.each<[string, () => unknown, RegExp]>([
    ['matMul', () => ops.matMul(x, w), /matMul: \[batch, 2, 3\] and \[2, 3\] do not fit/],
    ['add', () => ops.add(x, b), /Add: \[batch, 2, 3\] and \[2\] do not fit/],
    ['reshape', () => ops.reshape(x, ['batch', 7]), /reshape/],
    ['reshape with two open sizes', () => ops.reshape(x, ['a', 'b']), /reshape/],
    ['slice beyond the end', () => ops.slice(x, 2, 1, 4), /slice: 1…4/],
    ['slice of an open size', () => ops.slice(x, 0, 0, 1), /slice/],
    ['split', () => ops.split(x, [2, 2]), /split/],
    ['transpose', () => ops.transpose(x, [0, 0, 1]), /transpose/],
    ['concat', () => ops.concat([x, w], 0), /concat/],
    ['axis', () => ops.reduceSum(x, [3]), /axis 3/],
    ['constant', () => constant(floats(1, 2), [3]), /2 elements do not fill \[3\]/],
  ])('%s refuses shapes that do not fit while the graph is built', (_, build, message) => {
    expect(build).toThrow(message);
  });
});

describe('buildModel', () => {
  const x = input('x', ['n']);
  const doubled = identity(ops.scale(x, 2));
  const y = ops.exp(doubled);

  it('leaves out what no output needs', () => {
    const model = buildModel(new Map([['doubled', doubled]]));
    expect(model.operators).not.toContain('Exp');
    expect([...model.inputs.keys()]).toEqual(['x']);
  });

  it('cuts the graph where a value is replaced', async () => {
    const model = buildModel(new Map([['y', y]]), new Map([['mid', doubled]]));
    expect(model.operators).toEqual(['Exp']);
    expect([...model.inputs.keys()]).toEqual(['mid']);
    const results = await evaluate(
      { y },
      { mid: { data: floats(0, 1), shape: [2] } },
      { mid: doubled },
    );
    expect(results.get('y')!.data).toBeClose([1, Math.E]);
  });

  it('a replaced identity leaves other uses of the same numbers alone', async () => {
    const base = ops.scale(x, 3);
    const [left, right] = [identity(base), identity(base)];
    const sum = ops.add(left, right);
    const feeds = { x: { data: floats(1), shape: [1] }, left: { data: floats(100), shape: [1] } };
    const results = await evaluate({ sum }, feeds, { left });
    expect([...results.get('sum')!.data]).toEqual([103]);
  });

  it('one value may be read under two names, and an input may be read', async () => {
    const results = await evaluate({ a: y, b: y, echo: x }, { x: { data: floats(0), shape: [1] } });
    expect([...results.values()].map(({ data }) => data[0])).toEqual([1, 1, 0]);
  });

  it('drops identities that nobody reads', () => {
    expect(buildModel(new Map([['y', y]])).operators).toEqual(['Mul', 'Exp']);
  });

  it('refuses two inputs of one name', () => {
    const sum = ops.add(input('x', [2]), input('x', [2]));
    expect(() => buildModel(new Map([['sum', sum]]))).toThrow("two inputs are called 'x'");
  });

  it('writes graphs deeper than the call stack', () => {
    let value: Value = x;
    for (let i = 0; i < 20_000; i++) value = ops.neg(value);
    expect(buildModel(new Map([['out', value]])).operators).toHaveLength(20_000);
  });
});
