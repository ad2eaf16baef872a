// The transformer block in each of its kinds, against a plain evaluation in float64.
import { describe, expect, it } from 'vitest';
import { Random } from '../../base/random.ts';
import { constant, input, type Value } from '../../compute/onnx/graph.ts';
import { buildModel } from '../../compute/onnx/model.ts';
import { type OnnxTensor, openSession } from '../../compute/onnx/session.ts';
import { type Block, transformerBlock } from './block.ts';
import { collectHooks, type HookConvention, LANGUAGE_HOOKS, VISION_HOOKS } from './hooks.ts';
import type { Linear } from './linear.ts';
import type { Norm } from './norm.ts';

const [BATCH, N, D, D_HEAD, D_MLP] = [2, 5, 12, 4, 10];

interface Kind {
  readonly norm?: 'layer' | 'rms';
  /** Norms behind attention and MLP, too. */
  readonly behind?: boolean;
  readonly layerScale?: boolean;
  readonly nHeads?: number;
  readonly nKeyHeads?: number;
  readonly fused?: boolean;
  readonly order?: Linear['order'];
  readonly bias?: boolean;
  readonly softcap?: number;
  readonly causal?: boolean;
  /** Elements of a head that are turned. */
  readonly rotary?: number;
  readonly mlp?: 'plain' | 'gated' | 'gated in one' | 'none';
  readonly activation?: 'relu' | 'silu' | 'gelu_tanh';
  readonly parallel?: boolean;
}

type Matrix = number[][];
type Plain = { w: Matrix; b: number[] };

/** Numbers of one kind, as plain arrays and as the description of a block. */
function makeBlock(kind: Kind, seed: number) {
  const random = new Random(seed, 'block');
  const { nHeads = 3, nKeyHeads = nHeads, order = 'out-in', mlp = 'plain' } = kind;
  const some = (n: number): number[] =>
    Array.from({ length: n }, () => Math.fround(random.normal() * 0.5));
  const matrix = (rows: number, columns: number): Matrix =>
    Array.from({ length: rows }, () => some(columns));
  const plainLinear = (nIn: number, nOut: number): Plain => ({
    w: matrix(nIn, nOut),
    b: kind.bias === false ? Array(nOut).fill(0) : some(nOut),
  });
  const linear = ({ w, b }: Plain): Linear => {
    const stored = order === 'in-out' ? w : w[0]!.map((_, c) => w.map((row) => row[c]!));
    const weight = constant(Float32Array.from(stored.flat()), [stored.length, stored[0]!.length]);
    const bias = kind.bias === false ? undefined : constant(Float32Array.from(b), [b.length]);
    return { weight, bias, order };
  };
  const joined = (...parts: Plain[]): Plain => ({
    w: parts[0]!.w.map((_, r) => parts.flatMap(({ w }) => w[r]!)),
    b: parts.flatMap(({ b }) => b),
  });
  const norms = Object.fromEntries(
    ['ln1', 'ln2', 'ln1Post', 'ln2Post'].map((name) => [name, { gain: some(D), bias: some(D) }]),
  );
  const norm = (name: string): Norm | undefined =>
    kind.norm === undefined
      ? undefined
      : {
          kind: kind.norm,
          epsilon: 1e-3,
          gain: constant(Float32Array.from(norms[name]!.gain), [D]),
          // RMS norms have no bias.
          bias:
            kind.norm === 'rms' ? undefined : constant(Float32Array.from(norms[name]!.bias), [D]),
        };
  const [q, k, v] = [nHeads, nKeyHeads, nKeyHeads].map((heads) => plainLinear(D, heads * D_HEAD));
  const [out, gate, into, back] = [
    plainLinear(nHeads * D_HEAD, D),
    plainLinear(D, D_MLP),
    plainLinear(D, D_MLP),
    plainLinear(D_MLP, D),
  ];
  const scales = [some(D), some(D)];
  const scale = (i: number): Value | undefined =>
    kind.layerScale ? constant(Float32Array.from(scales[i]!), [D]) : undefined;
  const { activation = 'relu' } = kind;
  const block: Block = {
    ln1: norm('ln1'),
    ln2: norm('ln2'),
    ...(kind.behind && { ln1Post: norm('ln1Post'), ln2Post: norm('ln2Post') }),
    attention: {
      qkv: kind.fused
        ? linear(joined(q!, k!, v!))
        : { q: linear(q!), k: linear(k!), v: linear(v!) },
      out: linear(out!),
      nHeads,
      nKeyHeads,
      divisor: Math.sqrt(D_HEAD),
      softcap: kind.softcap,
    },
    mlp:
      mlp === 'none'
        ? undefined
        : mlp === 'plain'
          ? { kind: 'plain', activation, in: linear(into!), out: linear(back!) }
          : {
              kind: 'gated',
              activation,
              gateAndIn:
                mlp === 'gated'
                  ? { gate: linear(gate!), in: linear(into!) }
                  : linear(joined(gate!, into!)),
              out: linear(back!),
            },
    scale1: scale(0),
    scale2: scale(1),
    parallel: kind.parallel,
  };
  return {
    block,
    plain: { q: q!, k: k!, v: v!, out: out!, gate: gate!, into: into!, back: back! },
    norms,
    scales,
  };
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const plus = (a: readonly number[], b: readonly number[]): number[] => a.map((x, i) => x + b[i]!);

function applied(x: readonly number[], { w, b }: Plain): number[] {
  return b.map(
    (bias, c) =>
      bias +
      dot(
        x,
        w.map((row) => row[c]!),
      ),
  );
}

function quotient(x: readonly number[], kind: 'layer' | 'rms'): { y: number[]; root: number } {
  const mean = kind === 'rms' ? 0 : x.reduce((a, b) => a + b, 0) / x.length;
  const centred = x.map((value) => value - mean);
  const root = Math.sqrt(dot(centred, centred) / x.length + 1e-3);
  return { y: centred.map((value) => value / root), root };
}

function activated(x: number, activation: Kind['activation'] = 'relu'): number {
  if (activation === 'relu') return Math.max(0, x);
  if (activation === 'silu') return x / (1 + Math.exp(-x));
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

const angle = (position: number, i: number, dim: number): number =>
  position / 100 ** ((2 * (i % (dim / 2))) / dim);

function turned(x: readonly number[], position: number, dim: number): number[] {
  return x.map((value, i) => {
    if (i >= dim) return value;
    const other = i < dim / 2 ? -x[i + dim / 2]! : x[i - dim / 2]!;
    const a = angle(position, i, dim);
    return value * Math.cos(a) + other * Math.sin(a);
  });
}

/** The block in float64, one sequence `[N][D]`, with some of its points. */
function evaluated(kind: Kind, made: ReturnType<typeof makeBlock>, x: Matrix, after: boolean) {
  const { plain, norms, scales } = made;
  const { nHeads = 3, nKeyHeads = nHeads, mlp = 'plain' } = kind;
  const points: Record<string, Matrix> = {};
  const norm = (rows: Matrix, name: string): Matrix => {
    if (kind.norm === undefined) return rows;
    const { gain, bias } = norms[name]!;
    const quotients = rows.map((row) => quotient(row, kind.norm!));
    const gained = quotients.map(({ y }) =>
      y.map((value, i) => value * gain[i]! + (kind.norm === 'rms' ? 0 : bias[i]!)),
    );
    points[`${name}.hook_normalized`] = after ? gained : quotients.map(({ y }) => y);
    points[`${name}.hook_scale`] = quotients.map(({ root }) => [root]);
    return gained;
  };
  const behind = (rows: Matrix, name: string, gains: number[]): Matrix => {
    const normed = kind.behind ? norm(rows, name) : rows;
    return kind.layerScale ? normed.map((row) => row.map((value, i) => value * gains[i]!)) : normed;
  };
  const read = norm(x, 'ln1');
  const rows = (part: Plain): Matrix => read.map((row) => applied(row, part));
  const [qs, ks, vs] = [rows(plain.q), rows(plain.k), rows(plain.v)];
  const of = (all: Matrix, p: number, head: number): number[] => {
    const part = all[p]!.slice(head * D_HEAD, (head + 1) * D_HEAD);
    return kind.rotary === undefined || all === vs ? part : turned(part, p, kind.rotary);
  };
  points['attn.hook_pattern'] = [];
  const zs = x.map((): number[] => []);
  for (let head = 0; head < nHeads; head++) {
    const shared = Math.floor((head * nKeyHeads) / nHeads);
    for (let p = 0; p < N; p++) {
      const scores = Array.from({ length: N }, (_, key) => {
        if (kind.causal && key > p) return Number.NEGATIVE_INFINITY;
        const score = dot(of(qs, p, head), of(ks, key, shared)) / Math.sqrt(D_HEAD);
        return kind.softcap ? kind.softcap * Math.tanh(score / kind.softcap) : score;
      });
      const powers = scores.map((score) => Math.exp(score));
      const sum = powers.reduce((a, b) => a + b, 0);
      const pattern = powers.map((power) => power / sum);
      points['attn.hook_pattern'].push(pattern);
      zs[p]!.push(
        ...Array.from({ length: D_HEAD }, (_, i) =>
          pattern.reduce((total, share, key) => total + share * of(vs, key, shared)[i]!, 0),
        ),
      );
    }
  }
  points['attn.hook_z'] = zs;
  const attentionOut = behind(
    zs.map((z) => applied(z, plain.out)),
    'ln1Post',
    scales[0]!,
  );
  points.hook_attn_out = attentionOut;
  const middle = x.map((row, p) => plus(row, attentionOut[p]!));
  if (mlp === 'none') return { ...points, hook_resid_post: middle };
  const readByMlp = norm(kind.parallel ? x : middle, 'ln2');
  const hidden = readByMlp.map((row) => {
    const into = applied(row, plain.into);
    if (mlp === 'plain') return into.map((value) => activated(value, kind.activation));
    return applied(row, plain.gate).map((gate, i) => activated(gate, kind.activation) * into[i]!);
  });
  points['mlp.hook_post'] = hidden;
  const mlpOut = behind(
    hidden.map((row) => applied(row, plain.back)),
    'ln2Post',
    scales[1]!,
  );
  points.hook_mlp_out = mlpOut;
  return { ...points, hook_resid_post: middle.map((row, p) => plus(row, mlpOut[p]!)) };
}

/** Run the block's graph, with the points in `names` (all where it is undefined). */
async function computed(
  kind: Kind,
  block: Block,
  xs: Matrix[],
  convention: HookConvention,
  names?: ReadonlySet<string>,
): Promise<Map<string, OnnxTensor>> {
  const hooks = collectHooks(
    convention,
    names && new Set([...names].map((name) => `blocks.0.${name}`)),
  );
  const x = input('x', ['batch', 'positions', D]);
  const feeds = new Map<string, OnnxTensor>([
    ['x', { data: Float32Array.from(xs.flat(2)), shape: [BATCH, N, D] }],
  ]);
  const flat = (make: (a: number, b: number) => number, columns: number): Float32Array =>
    Float32Array.from({ length: N * columns }, (_, i) =>
      make(Math.floor(i / columns), i % columns),
    );
  const dim = kind.rotary ?? 0;
  if (kind.causal) {
    const data = flat((p, key) => (key > p ? Number.NEGATIVE_INFINITY : 0), N);
    feeds.set('mask', { data, shape: [1, 1, N, N] });
  }
  if (dim > 0) {
    const shape = [1, N, 1, dim];
    feeds.set('cos', { data: flat((p, i) => Math.cos(angle(p, i, dim)), dim), shape });
    feeds.set('sin', { data: flat((p, i) => Math.sin(angle(p, i, dim)), dim), shape });
  }
  const rotations = [1, 'positions', 1, dim];
  transformerBlock(x, block, 'blocks.0', hooks, {
    mask: kind.causal ? input('mask', [1, 1, 'positions', 'positions']) : undefined,
    rotary: dim > 0 ? { cos: input('cos', rotations), sin: input('sin', rotations) } : undefined,
  });
  const model = buildModel(hooks.points, new Map());
  const session = await openSession(model.bytes, { threads: 1 });
  try {
    const wanted = [...feeds].filter(([name]) => model.inputs.has(name));
    const results = await session.run(new Map(wanted));
    return new Map([...results].map(([name, value]) => [name.replace('blocks.0.', ''), value]));
  } finally {
    await session.close();
  }
}

const LLAMA: Kind = {
  norm: 'rms',
  nHeads: 6,
  nKeyHeads: 2,
  bias: false,
  causal: true,
  rotary: 4,
  mlp: 'gated',
  activation: 'silu',
};

const KINDS: Record<string, Kind> = {
  'a plain one of images': { norm: 'layer', fused: true },
  'images with LayerScale and a gate in one weight': {
    norm: 'layer',
    layerScale: true,
    mlp: 'gated in one',
    activation: 'silu',
  },
  'no norm, no MLP': { mlp: 'none', causal: true, order: 'in-out' },
  'texts, one after the other': {
    norm: 'layer',
    causal: true,
    order: 'in-out',
    activation: 'gelu_tanh',
  },
  'parallel, partly rotary': { norm: 'layer', causal: true, rotary: 2, parallel: true },
  'RMS norms of images': { norm: 'rms' },
  'Llama: RMS norms, shared heads of keys, rotary, gated': LLAMA,
  'one head of keys for all, fused weights': { ...LLAMA, nKeyHeads: 1, fused: true },
  'Gemma: norms behind, soft-capped scores': {
    ...LLAMA,
    behind: true,
    softcap: 0.7,
    activation: 'gelu_tanh',
    order: 'in-out',
  },
  'soft-capped without a mask': { norm: 'layer', softcap: 0.5, nHeads: 4, nKeyHeads: 2 },
};

describe('the transformer block', () => {
  describe.each(Object.entries(KINDS))('%s', (_, kind) => {
    const made = makeBlock(kind, 7);
    const random = new Random(11, 'inputs');
    const xs = Array.from({ length: BATCH }, () =>
      Array.from({ length: N }, () =>
        Array.from({ length: D }, () => Math.fround(random.normal())),
      ),
    );
    it.each([
      ['images', VISION_HOOKS],
      ['texts', LANGUAGE_HOOKS],
    ])('agrees with float64, with the points of %s', async (_, convention) => {
      const after = convention.normalized === 'after';
      const expected = xs.map((x) => evaluated(kind, made, x, after));
      const names = Object.keys(expected[0]!).map((name) => name.replace('Post', '_post'));
      const plain = (name: string): Float64Array => {
        const key = name.replace('_post.', 'Post.') as keyof (typeof expected)[0];
        return Float64Array.from(expected.flatMap((points) => points[key]!.flat()));
      };
      const all = await computed(kind, made.block, xs, convention);
      for (const name of names) expect(all.get(name)!.data, name).toBeNear(plain(name), 1e-5);
      // Alone, a point may be computed in another way: norms in one step, attention in one kernel.
      const alone = ['ln1.hook_normalized', 'attn.hook_z', 'hook_resid_post'];
      for (const name of alone.filter((each) => names.includes(each))) {
        const one = await computed(kind, made.block, xs, convention, new Set([name]));
        expect(one.get(name)!.data, name).toBeNear(plain(name), 1e-5);
      }
    });
  });

  it('offers points of single heads in texts alone, and only where no heads share keys', async () => {
    const points = (kind: Kind, convention: HookConvention): string[] => {
      const hooks = collectHooks(convention);
      transformerBlock(input('x', ['batch', N, D]), makeBlock(kind, 1).block, 'blocks.0', hooks);
      return [...hooks.points.keys()].map((name) => name.replace('blocks.0.', ''));
    };
    expect(points({ norm: 'layer' }, LANGUAGE_HOOKS)).toContain('hook_q_input');
    expect(points({ norm: 'layer' }, VISION_HOOKS)).not.toContain('hook_q_input');
    expect(points({ norm: 'layer' }, VISION_HOOKS)).not.toContain('hook_mlp_in');
    expect(points(LLAMA, LANGUAGE_HOOKS)).not.toContain('hook_q_input');
    expect(points(LLAMA, LANGUAGE_HOOKS)).toContain('mlp.hook_pre_linear');
  });
});
