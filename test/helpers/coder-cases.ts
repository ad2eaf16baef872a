// Random coders and batches on which every implementation of the kernels must agree with the reference.
import fc from 'fast-check';
import { Random } from '../../src/base/random.ts';
import { referenceKernels } from '../../src/compute/kernels/reference/kernels.ts';
import type {
  Aim,
  AuxTerm,
  CodePenalty,
  CoderOptions,
  DeviceCoder,
  GateTerm,
  Kernels,
  L0Target,
  Selection,
  StepOptions,
  TensorName,
  ThresholdScale,
} from '../../src/compute/kernels/types.ts';

/** A coder, its batch, and what a step is asked. */
export interface Case {
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
  readonly ghostAim?: Aim;
  readonly connection?: number;
  /** Of latents that explain what is left: their share, and how. */
  readonly aux?: { readonly share: number } & Omit<AuxTerm, 'latents'>;
  readonly penalty?: CodePenalty | undefined;
  readonly l0Target?: L0Target | undefined;
  /** Of latents that are lifted to their thresholds: their share, and the weight of it. */
  readonly preAct?: { readonly share: number; readonly weight: number } | undefined;
  readonly thresholdScale?: ThresholdScale | undefined;
  readonly clip?: number | undefined;
  readonly weightDecay?: number;
  /** Whether Adam steps decoder rows of any length. */
  readonly freeNorms?: boolean;
  readonly gates?: GateTerm;
  /** Relative size of random changes to the inputs. */
  readonly nudge?: number;
}

/** Cases of any shape, selection and density. */
export const arbitraryCase: fc.Arbitrary<Case> = fc
  .record({
    dIn: fc.integer({ min: 1, max: 90 }),
    dOut: fc.integer({ min: 1, max: 90 }),
    dSae: fc.integer({ min: 2, max: 150 }),
    rows: fc.integer({ min: 1, max: 90 }),
    transcoder: fc.boolean(),
    width: fc.constantFrom(0, 0, 0.3),
    k: fc.integer({ min: 1, max: 20 }),
    kind: fc.constantFrom('threshold' as const, 'topk' as const, 'batchtopk' as const),
    cuts: fc.array(fc.double({ min: 0.01, max: 0.99, noNaN: true }), { maxLength: 3 }),
    bias: fc.constantFrom(0.5, 0, -1, -2),
    seed: fc.integer({ min: 0, max: 1e9 }),
  })
  .map(({ dIn, dOut, dSae, rows, transcoder, width, k, kind, cuts, bias, seed }) => {
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
      select: kind === 'threshold' ? { kind, width } : { kind, k },
      prefixes,
      bias,
      seed,
      transcoder,
    };
  });

/** Cases with the terms of language training: one prefix, any number of ghosts and directions. */
export const caseWithTerms: fc.Arbitrary<Case> = fc
  .record({
    base: arbitraryCase,
    own: fc.boolean(),
    errorByNorm: fc.boolean(),
    ghosts: fc.constantFrom(0, 0.1, 0.9),
    ghostAim: fc.constantFrom('target' as const, 'input' as const),
    nDirections: fc.constantFrom(0, 3, 520),
    freeNorms: fc.boolean(),
  })
  .map(({ base, own, errorByNorm, ghosts, ghostAim, nDirections, freeNorms }) => {
    const { dIn, dSae } = base.options;
    const dOut = own && ghostAim === 'target' ? base.options.dOut : dIn;
    const random = new Random(base.seed, 'directions');
    const directions = Float32Array.from({ length: nDirections * dOut }, () => random.normal());
    return {
      ...base,
      options: {
        ...base.options,
        dOut,
        inputBias: own ? 'own' : 'decoder',
        ...(nDirections > 0 ? { directions } : {}),
      },
      // Codes well inside their windows only: rounding decides at the edges.
      select: base.select.kind === 'threshold' ? { kind: 'threshold', width: 0 } : base.select,
      prefixes: [dSae],
      errorByNorm,
      ghosts,
      ghostAim,
      freeNorms,
      connection: nDirections > 0 ? 0.1 : 0,
    };
  });

/** Cases in which some latents explain what is left, with any selection, density and number of prefixes. */
export const caseWithAux: fc.Arbitrary<Case> = fc
  .record({
    base: arbitraryCase,
    own: fc.boolean(),
    errorByNorm: fc.boolean(),
    share: fc.constantFrom(0.05, 0.5, 1),
    k: fc.integer({ min: 1, max: 40 }),
    relu: fc.boolean(),
    weight: fc.constantFrom(1 / 32, 1),
    overVariance: fc.boolean(),
    clip: fc.constantFrom(undefined, 0.02, 100),
    weightDecay: fc.constantFrom(0, 10),
    freeNorms: fc.boolean(),
  })
  .map(({ base, own, errorByNorm, clip, weightDecay, freeNorms, ...aux }) => {
    const { inputBias } = base.options;
    const k = Math.min(aux.k, base.options.dSae);
    return {
      ...base,
      options: { ...base.options, maxAux: k, inputBias: own ? 'own' : inputBias },
      select: base.select.kind === 'threshold' ? { kind: 'threshold', width: 0 } : base.select,
      errorByNorm,
      clip,
      weightDecay,
      freeNorms,
      aux: { ...aux, k },
    };
  });

/** Cases of coders with gates, with latents that explain what is left or without. */
export const caseWithGates: fc.Arbitrary<Case> = fc
  .record({
    base: caseWithAux,
    withAux: fc.boolean(),
    byNorm: fc.boolean(),
    trainsDecoder: fc.boolean(),
    nDirections: fc.constantFrom(0, 3),
  })
  .map(({ base: { aux, ...base }, withAux, byNorm, trainsDecoder, nDirections }) => {
    const { dOut } = base.options;
    const random = new Random(base.seed, 'directions');
    const directions = Float32Array.from({ length: nDirections * dOut }, () => random.normal());
    return {
      ...base,
      options: { ...base.options, gated: true, ...(nDirections > 0 ? { directions } : {}) },
      select: { kind: 'threshold', width: 0 },
      prefixes: [base.options.dSae],
      freeNorms: false,
      gates: { l1: 0.07, byNorm, trainsDecoder },
      ...(withAux && aux !== undefined ? { aux } : { ghosts: 0 }),
      connection: nDirections > 0 ? 0.1 : 0,
    };
  });
/** Cases of codes above thresholds with the penalties that jumprelu and p-annealing know. */
export const caseWithPenalties: fc.Arbitrary<Case> = fc
  .record({
    base: arbitraryCase,
    own: fc.boolean(),
    width: fc.constantFrom(0.3, 0),
    penalty: fc.constantFrom<(CodePenalty | undefined)[]>(
      undefined,
      { kind: 'tanh', weight: 0.05, scale: 4 },
      { kind: 'power', weight: 0.05, p: 0.7, root: false },
      { kind: 'power', weight: 0.01, p: 0.8, root: true, nextP: 0.6 },
    ),
    of: fc.constantFrom('batch' as const, 'row' as const, undefined),
    target: fc.integer({ min: 1, max: 20 }),
    share: fc.constantFrom(0, 0.3, 1),
    thresholdScale: fc.constantFrom('logarithm' as const, 'value' as const),
    clip: fc.constantFrom(undefined, 0.02),
    freeNorms: fc.boolean(),
  })
  .map(({ base, own, width, of, target, share, freeNorms, ...more }) => ({
    ...base,
    ...more,
    freeNorms,
    options: { ...base.options, inputBias: own ? 'own' : base.options.inputBias },
    select: { kind: 'threshold', width },
    l0Target: of && { weight: 0.02, target, of },
    preAct: share === 0 || freeNorms ? undefined : { share, weight: 0.03 },
  }));

/** Cases with a skip connection, with gates or without. */
export const caseWithSkip: fc.Arbitrary<Case> = fc
  .oneof(caseWithAux, caseWithGates)
  .map((c) => ({ ...c, options: { ...c.options, skip: true } }));

/** Tensors that are compared. */
export const names: TensorName[] = [
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

/** Write random weights, with thresholds above 0 where the selection has a window. */
export async function fill(coder: DeviceCoder, c: Case): Promise<void> {
  const random = new Random(c.seed);
  const normal = (n: number, scale: number, shift = 0): Float32Array =>
    Float32Array.from({ length: n }, () => shift + scale * random.normal());
  const { dIn, dOut, dSae } = c.options;
  await coder.write('wEnc', normal(dSae * dIn, 1 / Math.sqrt(dIn)));
  await coder.write('wDec', normal(dSae * dOut, 1 / Math.sqrt(dOut)));
  await coder.write('bEnc', normal(dSae, 0.1, c.bias));
  await coder.write('bDec', normal(dOut, 0.1));
  if (c.options.inputBias === 'own') await coder.write('bIn', normal(dIn, 0.3));
  if (c.options.skip === true) await coder.write('wSkip', normal(dOut * dIn, 0.3));
  if (c.options.gated === true) {
    await coder.write('rMag', normal(dSae, 0.3));
    await coder.write('bMag', normal(dSae, 0.3, c.bias));
  }
  const width = c.select.kind === 'threshold' ? c.select.width : 0;
  if (width > 0)
    await coder.write(
      'threshold',
      Float32Array.from({ length: dSae }, () => 0.2 + random.float()),
    );
  await coder.normalizeDecoder();
}

export function inputs(
  c: Case,
  stream: string,
): { x: Float32Array; target: Float32Array | undefined } {
  const random = new Random(c.seed, stream);
  const make = (n: number): Float32Array => Float32Array.from({ length: n }, () => random.normal());
  const x = make(c.rows * c.options.dIn);
  const target = c.transcoder ? make(c.rows * c.options.dOut) : undefined;
  const { nudge = 0 } = c;
  return { x: nudge === 0 ? x : x.map((value) => value * (1 + nudge * random.normal())), target };
}

/** What two steps leave. */
export interface Steps {
  readonly tensors: Float32Array[];
  readonly sums: number[];
  readonly fired: Uint32Array;
  /** Of the second step. */
  readonly errors: Float32Array;
}

/** Two steps: the second sees the moments and weights of the first. `watch` is called before each. */
export async function twoSteps(
  on: Kernels,
  c: Case,
  watch: (coder: DeviceCoder, x: Float32Array) => Promise<void> = async () => {},
): Promise<Steps> {
  const coder = await on.createCoder(c.options);
  try {
    await fill(coder, c);
    if (c.freeNorms === true) await coder.write('decoderNorms', normsOf(c));
    const sums: number[] = [];
    const windowed = c.select.kind === 'threshold' && c.select.width > 0;
    const options: StepOptions = {
      select: c.select,
      prefixes: c.prefixes,
      l1: windowed ? 0 : 0.05,
      l0: 0.02,
      ...termsOf(c),
    };
    for (const step of [1, 2]) {
      const { x, target } = inputs(c, `batch ${step}`);
      await watch(coder, x);
      const result = await coder.step(x, target, options);
      sums.push(result.l0, result.l1, ...result.squaredError, result.ghost, result.connection);
      sums.push(result.aux, result.gateError, result.gateL1, result.penalty, result.preAct);
      sums.push(...result.powers);
      if (Number.isFinite(result.smallest)) sums.push(result.smallest);
      await coder.update({
        learningRate: 1e-3,
        step,
        epsilon: 1e-3, // Large beside rounding: Adam divides gradients near 0 by their own size.
        removeParallel: true,
        unitNorm: true,
        freeNorms: c.freeNorms,
        trainThreshold: windowed,
        thresholdScale: c.thresholdScale,
        thresholdRate: c.thresholdScale === 'value' ? 3 : 1,
        clip: c.clip,
        weightDecay: c.weightDecay,
      });
    }
    const own: TensorName[] = c.options.inputBias === 'own' ? ['bIn', 'bIn.m'] : [];
    if (c.freeNorms === true) own.push('decoderNorms');
    if (c.options.skip === true) own.push('wSkip', 'wSkip.m', 'wSkip.v');
    if (c.gates !== undefined) own.push('rMag', 'bMag', 'rMag.m', 'bMag.m', 'rMag.v', 'bMag.v');
    const tensors: Float32Array[] = [];
    for (const name of [...names, ...own]) tensors.push(await coder.read(name));
    return { tensors, sums, fired: await coder.fired(), errors: await coder.errors() };
  } finally {
    coder.close();
  }
}

/** Lengths of decoder rows where they are free. */
function normsOf({ seed, options }: Case): Float32Array {
  const random = new Random(seed, 'norms');
  return Float32Array.from({ length: options.dSae }, () => 0.1 + 2 * random.float());
}

/** A share of the latents of a case; one at least. */
function someLatents({ seed, options }: Case, share: number): Uint32Array {
  const random = new Random(seed, 'aux');
  const all = Uint32Array.from({ length: options.dSae }, (_, s) => s);
  const some = all.filter(() => random.float() < share);
  return some.length > 0 ? some : Uint32Array.of(options.dSae - 1);
}

/** The terms of language training that a case has. */
function termsOf(c: Case): Partial<StepOptions> {
  return { ...(c.gates === undefined ? {} : { gates: c.gates }), ...otherTermsOf(c) };
}

function otherTermsOf(c: Case): Partial<StepOptions> {
  if (c.aux !== undefined) {
    const { share: _, ...aux } = c.aux;
    return {
      errorByNorm: c.errorByNorm === true,
      aux: { ...aux, latents: someLatents(c, c.aux.share) },
      connection: c.connection ?? 0,
    };
  }
  if (c.ghosts === undefined) {
    const { penalty, l0Target, preAct } = c;
    const lifted = preAct && { weight: preAct.weight, latents: someLatents(c, preAct.share) };
    return { penalty, l0Target, preAct: lifted };
  }
  const random = new Random(c.seed, 'ghosts');
  const all = Uint32Array.from({ length: c.options.dSae }, (_, s) => s);
  const ghosts = all.filter(() => random.float() < c.ghosts!);
  return {
    ...(ghosts.length > 0 ? { ghosts, ghostAim: c.ghostAim ?? 'target' } : {}),
    errorByNorm: c.errorByNorm === true,
    connection: c.connection ?? 0,
  };
}

/**
 * Take two steps with the float64 reference. Cases in which float32 rounding decides what happens are left out of the
 * property (`fc.pre`): a pre-activation at a threshold, at the edge of its window or beside its rival for a place
 * among the k largest, a decoder row across a direction, a ghost that already explains some dimension.
 */
export async function expectedSteps(c: Case): Promise<Steps> {
  const expected = await twoSteps(referenceKernels(), c, async (coder, x) => {
    fc.pre(await clearOfKinks(coder, x, c));
  });
  if (c.ghosts !== undefined) {
    const nudged = await twoSteps(referenceKernels(), { ...c, nudge: NUDGE });
    const steady = (now: ArrayLike<number>, before: Float32Array | number[]): boolean =>
      before.every((value, i) => Math.abs(now[i]! - value) < 2.5e-5 + 2.5e-5 * Math.abs(value));
    fc.pre(expected.tensors.every((tensor, i) => steady(nudged.tensors[i]!, tensor)));
    fc.pre(steady(nudged.sums, expected.sums));
  }
  return expected;
}

/** Some times the rounding of float32, relative to the inputs. */
const NUDGE = 1e-6;
/** Distance from a kink that rounding does not bridge, also after a step. */
const CLEARANCE = 1e-5;

/** Tell whether nothing of a coming step lies so near a kink that rounding decides on which side. */
export async function clearOfKinks(coder: DeviceCoder, x: Float32Array, c: Case): Promise<boolean> {
  const { dIn, dSae, inputBias } = c.options;
  const wEnc = await coder.read('wEnc');
  const bEnc = await coder.read('bEnc');
  const threshold = await coder.read('threshold');
  const gates = c.gates && {
    rMag: await coder.read('rMag'),
    bMag: await coder.read('bMag'),
  };
  const centre =
    inputBias === 'none' ? undefined : await coder.read(inputBias === 'own' ? 'bIn' : 'bDec');
  const half = c.select.kind === 'threshold' ? c.select.width / 2 : 0;
  const norms = half > 0 && c.freeNorms === true ? await coder.read('decoderNorms') : undefined;
  const ofBatch: number[] = [];
  const explaining = new Set(c.aux === undefined ? [] : someLatents(c, c.aux.share));
  for (let r = 0; r < c.rows; r++) {
    const kept: number[] = [];
    const listed: number[] = [];
    for (let s = 0; s < dSae; s++) {
      let above = bEnc[s]! - threshold[s]!;
      for (let i = 0; i < dIn; i++) {
        above += (x[r * dIn + i]! - (centre?.[i] ?? 0)) * wEnc[s * dIn + i]!;
      }
      const reach = half * (norms?.[s] ?? 1);
      if ([0, -reach, reach].some((edge) => Math.abs(above - edge) < CLEARANCE)) return false;
      if (gates !== undefined && above > 0) {
        const code = Math.exp(gates.rMag[s]!) * (above - bEnc[s]!) + gates.bMag[s]!;
        if (Math.abs(code) < CLEARANCE) return false;
      }
      if (above > 0) kept.push(above);
      if (explaining.has(s)) listed.push(above + threshold[s]!);
    }
    listed.sort((a, b) => b - a);
    const { k: most = listed.length } = c.aux ?? {};
    if (listed.length > most && listed[most - 1]! - listed[most]! < CLEARANCE) return false;
    if (listed.some((pre) => Math.abs(pre) < CLEARANCE)) return false;
    if (c.select.kind === 'topk' && kept.length > c.select.k) {
      kept.sort((a, b) => b - a);
      if (kept[c.select.k - 1]! - kept[c.select.k]! < CLEARANCE) return false;
    }
    ofBatch.push(...kept);
  }
  if (c.select.kind === 'batchtopk' && ofBatch.length > c.select.k * c.rows) {
    ofBatch.sort((a, b) => b - a);
    const last = c.select.k * c.rows - 1;
    if (ofBatch[last]! - ofBatch[last + 1]! < CLEARANCE) return false;
  }
  return c.connection === undefined || clearOfDirections(coder, c);
}

/** Tell whether no decoder row is so nearly across a direction that rounding decides to which side it points. */
async function clearOfDirections(coder: DeviceCoder, c: Case): Promise<boolean> {
  const { dOut, dSae, directions = new Float32Array(0) } = c.options;
  const wDec = await coder.read('wDec');
  for (let s = 0; s < dSae; s++) {
    for (let at = 0; at < directions.length; at += dOut) {
      let product = 0;
      for (let i = 0; i < dOut; i++) product += directions[at + i]! * wDec[s * dOut + i]!;
      if (Math.abs(product) < CLEARANCE) return false;
    }
  }
  return true;
}
