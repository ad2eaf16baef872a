import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Random } from '../base/random.ts';
import { referenceKernels } from '../compute/kernels/reference/kernels.ts';
import type {
  DeviceCoder,
  GateTerm,
  InputBias,
  ParameterName,
  StepOptions,
  StepSums,
} from '../compute/kernels/types.ts';

const [dIn, dSae, rows] = [4, 7, 5];
/** Parameters of a coder with gates. */
const GATED = ['wEnc', 'bEnc', 'wDec', 'bDec', 'bIn', 'rMag', 'bMag'] as const;

/** A coder far from every kink: no pre-activation is so near its threshold, or its rival for a place, to cross it. */
async function coderAwayFromKinks(
  seed: number,
  dOut: number,
  inputBias: InputBias = dIn === dOut ? 'decoder' : 'none',
): Promise<{ coder: DeviceCoder; x: Float32Array; target: Float32Array }> {
  for (let attempt = 0; ; attempt++) {
    const random = new Random(seed, `attempt ${attempt}`);
    const normal = (n: number): Float32Array =>
      Float32Array.from({ length: n }, () => random.normal());
    const directions = normal(4 * dOut);
    const wDec = normal(dSae * dOut);
    const coder = await referenceKernels().createCoder({
      dIn,
      dOut,
      dSae,
      maxRows: rows,
      maxPrefixes: 3,
      train: true,
      inputBias,
      directions,
    });
    await coder.write('wEnc', normal(dSae * dIn));
    await coder.write('bEnc', normal(dSae));
    await coder.write('wDec', wDec);
    await coder.write('bDec', normal(dOut));
    await coder.write('bIn', normal(dIn));
    const x = normal(rows * dIn);
    await coder.write('threshold', new Float32Array(dSae).fill(-0.02));
    const loose = await coder.encode(x, { kind: 'threshold', width: 0 });
    await coder.write('threshold', new Float32Array(dSae));
    const tight = await coder.encode(x, { kind: 'threshold', width: 0 });
    // All of the batch: what is one of the largest stays one, whether of its row or of all. Near 0 powers are steep.
    const clear = tight.value
      .slice()
      .sort()
      .every((value, i, all) => (i === 0 ? value > 0.05 : value - all[i - 1]! > 0.004));
    const nearlyAcross = (s: number, n: number): boolean => {
      let product = 0;
      for (let i = 0; i < dOut; i++) product += wDec[s * dOut + i]! * directions[n * dOut + i]!;
      return Math.abs(product) < 0.01;
    };
    const across = Array.from({ length: dSae * 4 }, (_, i) => nearlyAcross(i >> 2, i & 3)).includes(
      true,
    );
    if (loose.index.length === tight.index.length && clear && !across) {
      return { coder, x, target: dIn === dOut ? x : normal(rows * dOut) };
    }
  }
}

function loss(sums: StepSums, dOut: number, options: Variant): number {
  const squaredError = sums.squaredError.reduce((a, b) => a + b, 0);
  const mse = squaredError / (rows * dOut * sums.squaredError.length);
  const own = mse + sums.penalty + sums.preAct;
  return own + (options.l1 * sums.l1) / rows + ((options.connection ?? 0) * sums.connection) / 4;
}

type Variant = Omit<StepOptions, 'l0'> & { inputBias?: InputBias };

const relu = { select: { kind: 'threshold', width: 0 }, prefixes: [dSae], l1: 0.1 } as const;
const power = { kind: 'power', weight: 0.3 } as const;
const variants: [string, number, Variant][] = [
  ['relu, vanilla', dIn, { select: { kind: 'threshold', width: 0 }, prefixes: [dSae], l1: 0.1 }],
  [
    'relu, matryoshka',
    dIn,
    { select: { kind: 'threshold', width: 0 }, prefixes: [2, 5, dSae], l1: 0.1 },
  ],
  ['topk', dIn, { select: { kind: 'topk', k: 3 }, prefixes: [dSae], l1: 0 }],
  ['topk, matryoshka', dIn, { select: { kind: 'topk', k: 3 }, prefixes: [3, dSae], l1: 0 }],
  ['a transcoder with an input bias', 3, { ...relu, inputBias: 'own' }],
  ['errors over the norm of their targets', 3, { ...relu, inputBias: 'own', errorByNorm: true }],
  ['sparse connections', 3, { ...relu, connection: 0.5 }],
  ['batchtopk', dIn, { select: { kind: 'batchtopk', k: 2 }, prefixes: [dSae], l1: 0 }],
  ['batchtopk, matryoshka', 3, { select: { kind: 'batchtopk', k: 2 }, prefixes: [3, dSae], l1: 0 }],
  ['tanh of codes', dIn, { ...relu, l1: 0, penalty: { kind: 'tanh', weight: 0.3, scale: 2 } }],
  ['p-th powers', 3, { ...relu, l1: 0, penalty: { ...power, p: 0.7, root: false } }],
  ['a p-th root of them', 3, { ...relu, l1: 0, penalty: { ...power, p: 0.8, root: true } }],
  ['lifted latents', 3, { ...relu, preAct: { weight: 0.2, latents: Uint32Array.of(0, 2, 3, 6) } }],
  ['transcoder', 3, { select: { kind: 'threshold', width: 0 }, prefixes: [dSae], l1: 0.1 }],
];

it.each(variants)(
  'gradients of %s are those of its loss by finite differences',
  async (_, dOut, variant) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1e6 }), async (seed) => {
        const { coder, x, target } = await coderAwayFromKinks(seed, dOut, variant.inputBias);
        const options: StepOptions = { ...variant, l0: 0 };
        const lossNow = async (): Promise<number> =>
          loss(await coder.step(x, target, options), dOut, variant);
        const before = new Map<ParameterName, Float32Array>();
        const own = ['wEnc', 'bEnc', 'wDec', 'bDec', 'bIn'] as const;
        // Thresholds without a window: only what lifts latents up to them is smooth in them.
        for (const name of [...own, ...(variant.preAct ? (['threshold'] as const) : [])])
          before.set(name, await coder.read(name));
        await lossNow();
        await coder.update({
          learningRate: 0,
          step: 1,
          removeParallel: false,
          unitNorm: false,
          trainThreshold: variant.preAct !== undefined,
          thresholdScale: 'value',
        });
        for (const [name, values] of before) {
          const gradient = (await coder.read(`${name}.m`)).map((m) => m / 0.1);
          const numeric = new Float32Array(values.length);
          for (let i = 0; i < values.length; i++) {
            const h = 2 ** -10;
            const shifted = (by: number): Float32Array =>
              values.map((v, j) => (j === i ? v + by : v));
            await coder.write(name, shifted(h));
            const above = await lossNow();
            await coder.write(name, shifted(-h));
            numeric[i] = (above - (await lossNow())) / (2 * h);
          }
          await coder.write(name, values);
          expect(gradient, name).toBeClose(numeric, { relative: 2e-3, absolute: 2e-4 });
        }
      }),
      { numRuns: 8 },
    );
  },
);

/**
 * The loss of a coder with gates, restated: gates are kept from codes, and from the decoder where its error does not train
 * it, by reading those parameters from `held`.
 */
function gatedLoss(
  now: Readonly<Record<string, Float32Array>>,
  held: Readonly<Record<string, Float32Array>>,
  {
    x,
    target,
    dOut,
    gates,
  }: { x: Float32Array; target: Float32Array; dOut: number; gates: GateTerm },
): number {
  const { l1, byNorm, trainsDecoder } = gates;
  const taught = trainsDecoder ? now : held;
  let total = 0;
  for (let r = 0; r < rows; r++) {
    const [byCodes, byGates] = [Float64Array.from(now.bDec!), Float64Array.from(taught.bDec!)];
    for (let s = 0; s < dSae; s++) {
      let p = 0;
      for (let i = 0; i < dIn; i++) p += (x[r * dIn + i]! - now.bIn![i]!) * now.wEnc![s * dIn + i]!;
      const gate = Math.max(0, p + now.bEnc![s]!);
      const code = gate > 0 ? Math.max(0, Math.exp(now.rMag![s]!) * p + now.bMag![s]!) : 0;
      for (let i = 0; i < dOut; i++) {
        byCodes[i]! += code * now.wDec![s * dOut + i]!;
        byGates[i]! += gate * taught.wDec![s * dOut + i]!;
      }
      const norm = Math.hypot(...now.wDec!.subarray(s * dOut, (s + 1) * dOut));
      total += ((byNorm ? norm : 1) * l1 * gate) / rows;
    }
    for (let i = 0; i < dOut; i++) {
      const y = target[r * dOut + i]!;
      total += ((byCodes[i]! - y) ** 2 + (byGates[i]! - y) ** 2) / (rows * dOut);
    }
  }
  return total;
}

it.each([
  ['as in the paper', { l1: 0.1, byNorm: false, trainsDecoder: false }],
  ['as in SAELens', { l1: 0.1, byNorm: true, trainsDecoder: true }],
] as const)(
  'gradients of gates are those of their loss by finite differences: %s',
  async (_, gates) => {
    const [dOut, random] = [3, new Random(21)];
    const normal = (n: number): Float32Array =>
      Float32Array.from({ length: n }, () => random.normal());
    const coder = await referenceKernels().createCoder({
      dIn,
      dOut,
      dSae,
      maxRows: rows,
      train: true,
      inputBias: 'own',
      gated: true,
    });
    const start: Record<(typeof GATED)[number], Float32Array> = {
      wEnc: normal(dSae * dIn),
      bEnc: normal(dSae),
      wDec: normal(dSae * dOut),
      bDec: normal(dOut),
      bIn: normal(dIn),
      rMag: normal(dSae),
      bMag: normal(dSae),
    };
    for (const name of GATED) await coder.write(name, start[name]);
    const [x, target] = [normal(rows * dIn), normal(rows * dOut)];
    const terms = {
      select: { kind: 'threshold', width: 0 },
      prefixes: [dSae],
      l1: 0,
      l0: 0,
    } as const;
    const sums = await coder.step(x, target, { ...terms, gates });
    const mean = (sums.squaredError[0]! + sums.gateError) / (rows * dOut);
    const whole = { x, target, dOut, gates };
    expect(mean + (gates.l1 * sums.gateL1) / rows).toBeCloseTo(gatedLoss(start, start, whole), 6);
    await coder.update({
      learningRate: 0,
      step: 1,
      removeParallel: false,
      unitNorm: false,
      trainThreshold: false,
    });
    for (const name of GATED) {
      const gradient = (await coder.read(`${name}.m`)).map((m) => m / 0.1);
      const h = 2 ** -12;
      const numeric = start[name].map((value, i) => {
        const at = (to: number): number => {
          const moved = start[name].map((v, j) => (j === i ? to : v));
          return gatedLoss({ ...start, [name]: moved }, start, whole);
        };
        return (at(value + h) - at(value - h)) / (2 * h);
      });
      expect(gradient, name).toBeClose(numeric, { relative: 2e-3, absolute: 2e-4 });
      expect(numeric.some((g) => Math.abs(g) > 1e-3)).toBe(true);
    }
  },
);

it("a jumprelu's threshold moves by the finite difference of its L0 across the window", async () => {
  const random = new Random(3);
  const [n, width, l0] = [400, 0.5, 0.3];
  const coder = await referenceKernels().createCoder({
    dIn,
    dOut: dIn,
    dSae,
    maxRows: n,
    train: true,
    inputBias: 'decoder',
  });
  await coder.write(
    'wEnc',
    Float32Array.from({ length: dSae * dIn }, () => random.normal()),
  );
  const threshold = Float32Array.from({ length: dSae }, () => 0.5 + random.float());
  // W_dec is zero, so that only the L0 depends on the thresholds.
  const x = Float32Array.from({ length: n * dIn }, () => random.normal());
  const activeAt = async (s: number, theta: number): Promise<number> => {
    await coder.write(
      'threshold',
      threshold.map((t, i) => (i === s ? theta : t)),
    );
    const codes = await coder.encode(x, { kind: 'threshold', width: 0 });
    return codes.index.filter((latent) => latent === s).length;
  };
  const numeric: number[] = [];
  for (let s = 0; s < dSae; s++) {
    const [above, below] = [
      await activeAt(s, threshold[s]! + width / 2),
      await activeAt(s, threshold[s]! - width / 2),
    ];
    numeric.push((l0 * (above - below)) / (n * width));
  }
  await coder.write('threshold', threshold);
  await coder.step(x, undefined, {
    select: { kind: 'threshold', width },
    prefixes: [dSae],
    l1: 0,
    l0,
  });
  await coder.update({
    learningRate: 0,
    step: 1,
    removeParallel: false,
    unitNorm: false,
    trainThreshold: true,
  });
  // The step is in log θ, whose gradient is θ times that of θ.
  const gradient = (await coder.read('threshold.m')).map((m, s) => m / 0.1 / threshold[s]!);
  expect(gradient).toBeClose(numeric, { relative: 1e-4, absolute: 1e-6 });
  expect(numeric.some((g) => g < 0)).toBe(true);
});

it.each(['target', 'input'] as const)(
  'ghost gradients are those of their loss with what is detached held fast: %s',
  async (ghostAim) => {
    // Biases so low that nothing fires: only the ghosts' loss depends on W_enc, b_enc and b_in.
    const { coder, x } = await coderAwayFromKinks(11, dIn, 'own');
    await coder.write(
      'bEnc',
      (await coder.read('bEnc')).map((b) => b - 12),
    );
    const ghosts = Uint32Array.of(1, 2, 5);
    const options: StepOptions = { ...relu, l1: 0, l0: 0, errorByNorm: true, ghosts, ghostAim };
    const target = x.map((value, i) => value * 0.5 + (i % 3));
    const names = ['wEnc', 'bEnc', 'wDec', 'bIn'] as const;
    const read = async (): Promise<Record<(typeof names)[number], Float32Array>> => ({
      wEnc: await coder.read('wEnc'),
      bEnc: await coder.read('bEnc'),
      wDec: await coder.read('wDec'),
      bIn: await coder.read('bIn'),
    });
    const bDec = await coder.read('bDec');
    type Weights = Awaited<ReturnType<typeof read>>;
    const ghostSum = (w: Weights, r: number): number[] =>
      Array.from({ length: dIn }, (_, j) => {
        let sum = 0;
        for (const s of ghosts) {
          let pre = w.bEnc[s]!;
          for (let i = 0; i < dIn; i++) pre += (x[r * dIn + i]! - w.bIn[i]!) * w.wEnc[s * dIn + i]!;
          sum += Math.exp(pre) * w.wDec[s * dIn + j]!;
        }
        return sum;
      });
    const start = await read();
    /** Per row: scale of the ghosts, residual, and the share of each dimension, all at the starting point. */
    const fixed = Array.from({ length: rows }, (_, r) => {
      const g = ghostSum(start, r);
      const y = target.subarray(r * dIn, (r + 1) * dIn);
      const aim = ghostAim === 'target' ? target : x;
      const residual = Array.from(bDec, (b, j) => aim[r * dIn + j]! - b);
      const length = Math.hypot(...residual);
      const scale = length / (1e-6 + 2 * Math.hypot(...g));
      const share = residual.map((res, j) => {
        const mse = (bDec[j]! - y[j]!) ** 2 / Math.hypot(...y);
        return mse / ((scale * g[j]! - res) ** 2 / length + 1e-6);
      });
      return { residual, length, scale, share };
    });
    const ghostLoss = (w: Weights): number => {
      let sum = 0;
      fixed.forEach(({ residual, length, scale, share }, r) => {
        ghostSum(w, r).forEach((g, j) => {
          sum += (share[j]! * (scale * g - residual[j]!) ** 2) / length;
        });
      });
      return sum / (rows * dIn);
    };
    const sums = await coder.step(x, target, options);
    expect(sums.l0).toBe(0);
    expect(sums.ghost / (rows * dIn)).toBeCloseTo(ghostLoss(start), 6);
    await coder.update({
      learningRate: 0,
      step: 1,
      removeParallel: false,
      unitNorm: false,
      trainThreshold: false,
    });
    for (const name of names) {
      const gradient = (await coder.read(`${name}.m`)).map((m) => m / 0.1);
      const h = 2 ** -8;
      const numeric = start[name].map((value, i) => {
        const at = (to: number): number =>
          ghostLoss({ ...start, [name]: start[name].map((v, j) => (j === i ? to : v)) });
        return (at(value + h) - at(value - h)) / (2 * h);
      });
      expect(gradient, name).toBeNear(numeric, 1e-3);
      expect(numeric.some((g) => Math.abs(g) > 1e-3)).toBe(true);
    }
  },
);

it.each([
  { k: 2, relu: false, overVariance: false },
  { k: 3, relu: true, overVariance: true },
])('gradients of AuxK are those of its loss with what is left held fast: %j', async (how) => {
  const dOut = 3;
  const { coder, x, target } = await coderAwayFromKinks(5, dOut, 'own');
  const aux = { ...how, weight: 0.7, latents: Uint32Array.of(0, 2, 3, 5, 6) };
  const names = ['wEnc', 'bEnc', 'wDec', 'bIn', 'bDec'] as const;
  const start = new Map<ParameterName, Float32Array>();
  for (const name of names) start.set(name, await coder.read(name));
  /** Gradients of a step, and its auxiliary loss. */
  const gradients = async (
    terms: Pick<StepOptions, 'aux'>,
  ): Promise<{ loss: number; of: Map<ParameterName, Float32Array> }> => {
    const sums = await coder.step(x, target, { ...relu, l0: 0, ...terms });
    const still = { learningRate: 0, step: 1, beta1: 0, removeParallel: false, unitNorm: false };
    await coder.update({ ...still, trainThreshold: false });
    const of = new Map<ParameterName, Float32Array>();
    for (const name of names) of.set(name, await coder.read(`${name}.m`));
    return { loss: sums.aux, of };
  };
  const [without, with_] = [await gradients({}), await gradients({ aux })];
  const { codes } = await coder.evaluate(x, target, relu.select);
  const left = (await coder.decode(codes)).map((value, i) => target[i]! - value);
  const mean = Array.from({ length: dOut }, (_, j) => {
    const column = left.filter((_, i) => i % dOut === j);
    return column.reduce((a, b) => a + b, 0) / rows;
  });
  const variance = left.reduce((sum, r, i) => sum + (r - mean[i % dOut]!) ** 2, 0);
  const over = how.overVariance ? variance : rows * dOut;
  const lossOf = (changed: ParameterName, values: Float32Array): number => {
    const of = (name: ParameterName): Float32Array =>
      name === changed ? values : start.get(name)!;
    let squared = 0;
    for (let r = 0; r < rows; r++) {
      const taken = Array.from(aux.latents, (s) => {
        let pre = of('bEnc')[s]!;
        for (let i = 0; i < dIn; i++)
          pre += (x[r * dIn + i]! - of('bIn')[i]!) * of('wEnc')[s * dIn + i]!;
        return { s, pre };
      })
        .filter(({ pre }) => !how.relu || pre > 0)
        .sort((a, b) => b.pre - a.pre)
        .slice(0, how.k);
      for (let j = 0; j < dOut; j++) {
        const given = taken.reduce((sum, { s, pre }) => sum + pre * of('wDec')[s * dOut + j]!, 0);
        squared += (given - left[r * dOut + j]!) ** 2;
      }
    }
    return (aux.weight * squared) / over;
  };
  expect(with_.loss).toBeCloseTo(lossOf('bEnc', start.get('bEnc')!), 5);
  for (const name of names) {
    const own = with_.of.get(name)!.map((g, i) => g - without.of.get(name)![i]!);
    const h = 2 ** -10;
    const numeric = start.get(name)!.map((value, i, all) => {
      const at = (to: number): number =>
        lossOf(
          name,
          all.map((v, j) => (j === i ? to : v)),
        );
      return (at(value + h) - at(value - h)) / (2 * h);
    });
    expect(own, name).toBeClose(numeric, { relative: 2e-3, absolute: 2e-4 });
    // What is left passes no gradient on, so that b_dec has none.
    expect(
      numeric.some((g) => Math.abs(g) > 1e-3),
      name,
    ).toBe(name !== 'bDec');
  }
});

it('gradients of free decoder rows are those of a coder whose codes are multiples of their lengths', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 1e6 }), async (seed) => {
      const dOut = 3;
      const { coder, x, target } = await coderAwayFromKinks(seed, dOut, 'own');
      await coder.normalizeDecoder();
      const random = new Random(seed, 'norms');
      const norms = Float32Array.from({ length: dSae }, () => 0.5 + random.float());
      await coder.write('decoderNorms', norms);
      const of = async (name: ParameterName, width: number, by: 1 | -1): Promise<Float32Array> =>
        (await coder.read(name)).map((value, i) => value * norms[Math.floor(i / width)]! ** by);
      // What Adam steps: `w = n u`, `e = E / n`, `b = B / n`.
      const free = {
        wDec: await of('wDec', dOut, 1),
        wEnc: await of('wEnc', dIn, -1),
        bEnc: await of('bEnc', 1, -1),
      };
      const lossAt = async ({ wDec, wEnc, bEnc }: typeof free): Promise<number> => {
        const lengths = bEnc.map((_, s) => Math.hypot(...wDec.subarray(s * dOut, (s + 1) * dOut)));
        await coder.write(
          'wDec',
          wDec.map((w, i) => w / lengths[Math.floor(i / dOut)]!),
        );
        await coder.write(
          'wEnc',
          wEnc.map((e, i) => e * lengths[Math.floor(i / dIn)]!),
        );
        await coder.write(
          'bEnc',
          bEnc.map((b, s) => b * lengths[s]!),
        );
        return loss(await coder.step(x, target, { ...relu, l0: 0 }), dOut, relu);
      };
      await lossAt(free);
      const still = { learningRate: 0, step: 1, beta1: 0, removeParallel: true, unitNorm: true };
      await coder.update({ ...still, freeNorms: true, trainThreshold: false });
      expect(await coder.read('decoderNorms')).toBeClose(norms, { relative: 1e-6 });
      for (const name of ['wDec', 'wEnc', 'bEnc'] as const) {
        const gradient = await coder.read(`${name}.m`);
        // Lengths move no code across a kink. Steps that might are short, and feel that weights are float32.
        const h = name === 'wDec' ? 2 ** -7 : 2 ** -10;
        const numeric = new Float32Array(gradient.length);
        for (let i = 0; i < numeric.length; i++) {
          const at = (by: number): Promise<number> =>
            lossAt({ ...free, [name]: free[name].map((v, j) => (j === i ? v + by : v)) });
          numeric[i] = ((await at(h)) - (await at(-h))) / (2 * h);
        }
        expect(gradient, name).toBeClose(numeric, { relative: 2e-3, absolute: 5e-4 });
      }
    }),
    { numRuns: 6 },
  );
});
