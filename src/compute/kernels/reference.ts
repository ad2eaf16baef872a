// The kernels in plain TypeScript and float64: slow, short, and what every other implementation is tested against.
import type { SparseRows } from '../sparse-rows.ts';
import { connectionLoss, ghostLoss, inverseNorm } from './reference-terms.ts';
import type {
  AdamOptions,
  BatchSums,
  CoderOptions,
  DeviceCoder,
  Kernels,
  Selection,
  StepOptions,
  TensorName,
} from './types.ts';

/** Entry of the codes: a latent of a row, its pre-activation and its value. */
interface Entry {
  latent: number;
  pre: number;
  value: number;
}

/** Make kernels that compute in float64 and round to float32 only when tensors are read: slow, for tests. */
export function referenceKernels(): Kernels {
  return {
    name: 'reference',
    createCoder: async (options) => createReferenceCoder(options),
    close: async () => {},
  };
}

function createReferenceCoder(options: CoderOptions): DeviceCoder {
  const { dIn, dOut, dSae, inputBias, directions = new Float32Array(0) } = options;
  const sizes = {
    wEnc: dSae * dIn,
    bEnc: dSae,
    wDec: dSae * dOut,
    bDec: dOut,
    bIn: dIn,
    threshold: dSae,
  };
  const names = Object.keys(sizes) as (keyof typeof sizes)[];
  const tensors = new Map<TensorName, Float64Array>();
  const gradients = new Map<TensorName, Float64Array>();
  for (const name of names) {
    for (const key of [name, `${name}.m`, `${name}.v`] as TensorName[]) {
      tensors.set(key, new Float64Array(sizes[name]));
    }
    gradients.set(name, new Float64Array(sizes[name]));
  }
  tensors.set('seen', new Float64Array(dSae));
  const of = (name: TensorName): Float64Array => tensors.get(name)!;
  const gradient = (name: TensorName): Float64Array => gradients.get(name)!;

  /** Name of what inputs are centred on. */
  const centre = { none: undefined, decoder: 'bDec', own: 'bIn' }[inputBias] as
    | 'bDec'
    | 'bIn'
    | undefined;
  const input = (x: Float32Array, row: number, i: number): number =>
    x[row * dIn + i]! - (centre === undefined ? 0 : of(centre)[i]!);
  const preActivation = (x: Float32Array, row: number, s: number): number => {
    let pre = 0;
    for (let i = 0; i < dIn; i++) pre += input(x, row, i) * of('wEnc')[s * dIn + i]!;
    return pre + of('bEnc')[s]!;
  };
  let fired = new Uint32Array(dSae);

  const select = (x: Float32Array, selection: Selection): Entry[][] => {
    const rows = x.length / dIn;
    const threshold = of('threshold');
    return Array.from({ length: rows }, (_, row) => {
      const entries: Entry[] = [];
      for (let s = 0; s < dSae; s++) {
        const pre = preActivation(x, row, s);
        const limit = threshold[s]!;
        const floor = limit - (selection.kind === 'topk' ? 0 : selection.width / 2);
        if (pre > floor) entries.push({ latent: s, pre, value: pre > limit ? pre : 0 });
      }
      if (selection.kind === 'topk' && entries.length > selection.k) {
        entries.sort((a, b) => b.pre - a.pre || a.latent - b.latent).length = selection.k;
        entries.sort((a, b) => a.latent - b.latent);
      }
      return entries;
    });
  };

  const decode = (entries: readonly Entry[], end: number): Float64Array => {
    const out = Float64Array.from(of('bDec'));
    for (const { latent, value } of entries) {
      if (latent >= end) break;
      for (let i = 0; i < dOut; i++) out[i]! += value * of('wDec')[latent * dOut + i]!;
    }
    return out;
  };

  const forward = (
    x: Float32Array,
    y: Float32Array,
    selection: Selection,
    prefixes: readonly number[],
    weights: readonly number[] | undefined,
    visit: (row: number, entries: Entry[], errors: Float64Array[]) => void,
  ): { codes: SparseRows; sums: BatchSums } => {
    const entries = select(x, selection);
    const squaredError = prefixes.map(() => 0);
    let l0 = 0;
    let l1 = 0;
    entries.forEach((list, row) => {
      const errors = prefixes.map((end, k) => {
        const error = decode(list, end).map((value, i) => value - y[row * dOut + i]!);
        for (const e of error) squaredError[k]! += e * e * (weights?.[row] ?? 1);
        return error;
      });
      for (const { value } of list) {
        l0 += value > 0 ? 1 : 0;
        l1 += value;
      }
      visit(row, list, errors);
    });
    return {
      codes: toSparseRows(entries, dSae),
      sums: { rows: entries.length, l0, l1, squaredError },
    };
  };

  const adam = (
    name: TensorName,
    o: AdamOptions,
    g: Float64Array = gradient(name),
  ): Float64Array => {
    const { learningRate, step, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = o;
    const m = of(`${name}.m` as TensorName);
    const v = of(`${name}.v` as TensorName);
    return g.map((value, i) => {
      m[i] = beta1 * m[i]! + (1 - beta1) * value;
      v[i] = beta2 * v[i]! + (1 - beta2) * value * value;
      const root = Math.sqrt(v[i]! / (1 - beta2 ** step));
      return (learningRate * m[i]!) / (1 - beta1 ** step) / (root + epsilon);
    });
  };

  /** Gradients of the ghosts' loss, and the loss. */
  const haunt = (
    x: Float32Array,
    y: Float32Array,
    ghosts: Uint32Array,
    error: readonly Float64Array[],
    { weights, scale }: { weights: readonly number[] | undefined; scale: number },
  ): number => {
    let total = 0;
    error.forEach((rowError, row) => {
      const values = Array.from(ghosts, (s) => Math.exp(preActivation(x, row, s)));
      const ghost = decode(
        values.map((value, k) => ({ latent: ghosts[k]!, pre: 0, value })),
        dSae,
      ).map((sum, i) => sum - of('bDec')[i]!);
      const residual = rowError.map((e, i) => x[row * dIn + i]! - y[row * dOut + i]! - e);
      const weight = weights?.[row] ?? 1;
      const { loss, gradient: g } = ghostLoss({ ghost, error: rowError, residual, weight });
      total += loss;
      ghosts.forEach((s, k) => {
        let d = 0;
        for (let i = 0; i < dOut; i++) {
          const change = (scale / 2) * g[i]!;
          d += change * of('wDec')[s * dOut + i]! * values[k]!;
          gradient('wDec')[s * dOut + i]! += change * values[k]!;
        }
        gradient('bEnc')[s]! += d;
        for (let i = 0; i < dIn; i++) gradient('wEnc')[s * dIn + i]! += d * input(x, row, i);
      });
    });
    for (const s of ghosts) of('seen')[s] = 1;
    return total;
  };

  const normalizeDecoder = (): void => {
    const w = of('wDec');
    for (let s = 0; s < dSae; s++) {
      const row = w.subarray(s * dOut, (s + 1) * dOut);
      const length = Math.hypot(...row);
      if (length > 0) for (let i = 0; i < dOut; i++) row[i]! /= length;
    }
  };

  return {
    shape: { dIn, dOut, dSae },
    density: Number.NaN,
    read: (name) => Float32Array.from(of(name)),
    write: (name, values) => of(name).set(values),
    normalizeDecoder,
    encode: async (x, selection) => toSparseRows(select(x, selection), dSae),
    evaluate: async (x, target, selection) =>
      forward(x, target ?? x, selection, [dSae], undefined, () => {}),
    fired: () => fired.slice(),
    async decode({ rowStart, index, value }) {
      const rows = Array.from({ length: rowStart.length - 1 }, (_, r) => {
        const entries: Entry[] = [];
        for (let p = rowStart[r]!; p < rowStart[r + 1]!; p++)
          entries.push({ latent: index[p]!, pre: 0, value: value[p]! });
        return decode(entries, dSae);
      });
      const out = new Float32Array(rows.length * dOut);
      rows.forEach((row, r) => {
        out.set(row, r * dOut);
      });
      return out;
    },

    async step(x, target, { select: selection, prefixes, l1, l0, ...terms }: StepOptions) {
      for (const g of gradients.values()) g.fill(0);
      fired = new Uint32Array(dSae);
      const y = target ?? x;
      const rows = x.length / dIn;
      const scale = 2 / (rows * dOut * prefixes.length);
      const wDec = of('wDec');
      const width = selection.kind === 'threshold' ? selection.width : 0;
      const weights = terms.errorByNorm
        ? Array.from({ length: rows }, (_, r) => inverseNorm(y.subarray(r * dOut, (r + 1) * dOut)))
        : undefined;
      const lastErrors: Float64Array[] = [];
      const { sums } = forward(x, y, selection, prefixes, weights, (row, entries, errors) => {
        lastErrors.push(errors.at(-1)!);
        const rowScale = scale * (weights?.[row] ?? 1);
        for (const error of errors)
          error.forEach((e, i) => {
            gradient('bDec')[i]! += rowScale * e;
          });
        for (const { latent, pre, value } of entries) {
          let d = 0;
          prefixes.forEach((end, k) => {
            if (latent >= end) return;
            for (let i = 0; i < dOut; i++) {
              const e = rowScale * errors[k]![i]!;
              d += e * wDec[latent * dOut + i]!;
              gradient('wDec')[latent * dOut + i]! += value * e;
            }
          });
          const theta = of('threshold')[latent]!;
          if (width > 0 && Math.abs(pre - theta) < width / 2) {
            gradient('threshold')[latent]! -= (theta * d + l0 / rows) / width;
          }
          if (!(pre > theta)) continue;
          of('seen')[latent] = 1;
          fired[latent]! += 1;
          d += l1 / rows;
          gradient('bEnc')[latent]! += d;
          for (let i = 0; i < dIn; i++) gradient('wEnc')[latent * dIn + i]! += d * input(x, row, i);
        }
      });
      const { ghosts = new Uint32Array(0), connection = 0 } = terms;
      const ghost = ghosts.length === 0 ? 0 : haunt(x, y, ghosts, lastErrors, { weights, scale });
      if (centre !== undefined) {
        for (let s = 0; s < dSae; s++) {
          for (let i = 0; i < dIn; i++) {
            gradient(centre)[i]! -= gradient('bEnc')[s]! * of('wEnc')[s * dIn + i]!;
          }
        }
      }
      if (connection === 0) return { ...sums, ghost, connection: 0 };
      of('seen').fill(1);
      const weight = (connection * dOut) / directions.length;
      const onto = { d: dOut, weight, gradient: gradient('wDec') };
      return { ...sums, ghost, connection: connectionLoss(wDec, directions, onto) };
    },

    async update(o) {
      const w = of('wDec');
      const g = gradient('wDec');
      if (o.removeParallel) {
        for (let s = 0; s < dSae; s++) {
          let along = 0;
          for (let i = s * dOut; i < (s + 1) * dOut; i++) along += g[i]! * w[i]!;
          for (let i = s * dOut; i < (s + 1) * dOut; i++) g[i]! -= along * w[i]!;
        }
      }
      for (const name of ['wEnc', 'bEnc', 'wDec', 'bDec', 'bIn'] as const) {
        const step = adam(name, o);
        of(name).forEach((value, i, all) => {
          all[i] = value - step[i]!;
        });
      }
      if (o.trainThreshold) {
        const theta = of('threshold');
        const step = adam(
          'threshold',
          o,
          gradient('threshold').map((value, s) => value * theta[s]!),
        );
        theta.forEach((value, s) => {
          theta[s] = value * Math.exp(-step[s]!);
        });
      }
      if (o.unitNorm) normalizeDecoder();
    },

    close() {},
  };
}

function toSparseRows(rows: readonly (readonly Entry[])[], columns: number): SparseRows {
  const active = rows.map((entries) => entries.filter(({ value }) => value !== 0));
  const rowStart = new Uint32Array(rows.length + 1);
  active.forEach((entries, r) => {
    rowStart[r + 1] = rowStart[r]! + entries.length;
  });
  const flat = active.flat();
  return {
    columns,
    rowStart,
    index: Uint32Array.from(flat, ({ latent }) => latent),
    value: Float32Array.from(flat, ({ value }) => value),
  };
}
