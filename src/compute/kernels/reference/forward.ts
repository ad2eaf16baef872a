// A coder's tensors in float64, and its forward pass: which latents fire, and what they give.
import type { SparseRows } from '../../sparse-rows.ts';
import type { BatchSums, CoderOptions, ParameterName, Selection, TensorName } from '../types.ts';

/** Entry of the codes: a latent of a row, its pre-activation and its value. */
export interface Entry {
  latent: number;
  pre: number;
  value: number;
}

/** A coder's tensors, and what all passes compute from them. */
export interface ReferenceTensors {
  readonly options: CoderOptions;
  /** What inputs are centred on. */
  readonly centre: 'bDec' | 'bIn' | undefined;
  of(name: TensorName): Float64Array;
  gradient(name: ParameterName): Float64Array;
  clearGradients(): void;
  /** Component `i` of a row, centred. */
  input(x: Float32Array, row: number, i: number): number;
  /** `<x − b, W_enc[s]> + b_enc[s]` */
  preActivation(x: Float32Array, row: number, s: number): number;
}

/** Make the tensors of a coder, all zero. */
export function referenceTensors(options: CoderOptions): ReferenceTensors {
  const { dIn, dOut, dSae, inputBias } = options;
  const sizes = {
    wEnc: dSae * dIn,
    bEnc: dSae,
    wDec: dSae * dOut,
    bDec: dOut,
    bIn: dIn,
    threshold: dSae,
    rMag: dSae,
    bMag: dSae,
    wSkip: options.skip === true ? dOut * dIn : 0,
  };
  const tensors = new Map<TensorName, Float64Array>();
  const gradients = new Map<TensorName, Float64Array>();
  for (const name of Object.keys(sizes) as ParameterName[]) {
    for (const key of [name, `${name}.m`, `${name}.v`] as const) {
      tensors.set(key, new Float64Array(sizes[name]));
    }
    gradients.set(name, new Float64Array(sizes[name]));
  }
  tensors.set('seen', new Float64Array(dSae));
  tensors.set('decoderNorms', new Float64Array(dSae).fill(1));
  const of = (name: TensorName): Float64Array => tensors.get(name)!;
  const centre = ({ none: undefined, decoder: 'bDec', own: 'bIn' } as const)[inputBias];
  const input = (x: Float32Array, row: number, i: number): number =>
    x[row * dIn + i]! - (centre === undefined ? 0 : of(centre)[i]!);
  return {
    options,
    centre,
    of,
    gradient: (name) => gradients.get(name)!,
    clearGradients() {
      for (const g of gradients.values()) g.fill(0);
    },
    input,
    preActivation(x, row, s) {
      let pre = 0;
      for (let i = 0; i < dIn; i++) pre += input(x, row, i) * of('wEnc')[s * dIn + i]!;
      return pre + of('bEnc')[s]!;
    },
  };
}

/**
 * The entries of each row that a selection keeps; of a coder with gates those whose gates are open, `pre` the gate, with
 * their codes.
 */
export function select(
  tensors: ReferenceTensors,
  x: Float32Array,
  selection: Selection,
): Entry[][] {
  const kept = selectByPre(tensors, x, selection);
  if (tensors.options.gated === true) {
    for (const entry of kept.flat()) entry.value = magnitude(tensors, entry);
  }
  return kept;
}

function selectByPre(tensors: ReferenceTensors, x: Float32Array, selection: Selection): Entry[][] {
  const { dIn, dSae } = tensors.options;
  const threshold = tensors.of('threshold');
  const norms = tensors.of('decoderNorms');
  const all = Array.from({ length: x.length / dIn }, (_, row) => {
    const entries: Entry[] = [];
    for (let s = 0; s < dSae; s++) {
      const pre = tensors.preActivation(x, row, s);
      const limit = threshold[s]!;
      const width = selection.kind === 'threshold' ? selection.width * norms[s]! : 0;
      const floor = limit - width / 2;
      if (pre > floor) entries.push({ latent: s, pre, value: pre > limit ? pre : 0 });
    }
    if (selection.kind === 'topk' && entries.length > selection.k) {
      entries.sort((a, b) => b.pre - a.pre || a.latent - b.latent).length = selection.k;
      entries.sort((a, b) => a.latent - b.latent);
    }
    return entries;
  });
  return selection.kind === 'batchtopk' ? largest(all, Math.floor(selection.k * all.length)) : all;
}

/** The `most` largest entries of all rows. */
function largest(rows: readonly Entry[][], most: number): Entry[][] {
  const flat = rows.flatMap((entries, row) => entries.map((entry) => ({ entry, row })));
  flat.sort(
    (a, b) => b.entry.pre - a.entry.pre || a.row - b.row || a.entry.latent - b.entry.latent,
  );
  const kept = new Set(flat.slice(0, most).map(({ entry }) => entry));
  return rows.map((entries) => entries.filter((entry) => kept.has(entry)));
}

/** `f` of a latent whose gate is open, from the gate: `max(exp(r_mag) (g − b_enc) + b_mag, 0)`. */
function magnitude({ of }: ReferenceTensors, { latent, pre }: Entry): number {
  const scale = Math.exp(of('rMag')[latent]!);
  return Math.max(0, scale * (pre - of('bEnc')[latent]!) + of('bMag')[latent]!);
}

/** `Σ f_i W_dec[i] + b_dec` over the entries of a row whose latents come before `end`. */
export function decodeRow(
  { of, options }: ReferenceTensors,
  entries: readonly Entry[],
  end: number,
): Float64Array {
  const { dOut } = options;
  const out = Float64Array.from(of('bDec'));
  for (const { latent, value } of entries) {
    if (latent >= end) break;
    for (let i = 0; i < dOut; i++) out[i]! += value * of('wDec')[latent * dOut + i]!;
  }
  return out;
}

/** Targets `[rows, dOut]` without what a skip connection gives, `y − x W_skipᵀ`; themselves where there is none. */
export function withoutSkip(
  { of, options }: ReferenceTensors,
  x: Float32Array,
  y: Float32Array,
): ArrayLike<number> {
  const { dIn, dOut, skip } = options;
  if (skip !== true) return y;
  const wSkip = of('wSkip');
  return Float64Array.from(y, (value, at) => {
    const [row, j] = [Math.floor(at / dOut), at % dOut];
    let given = 0;
    for (let i = 0; i < dIn; i++) given += x[row * dIn + i]! * wSkip[j * dIn + i]!;
    return value - given;
  });
}

/** What a forward pass goes by. */
interface ForwardOptions {
  readonly selection: Selection;
  readonly prefixes: readonly number[];
  /** `[rows]`: what each row's squared error is multiplied with; 1 when undefined. */
  readonly weights?: readonly number[] | undefined;
  /** Called with each row's entries and its errors, `x̂ − target` from each prefix. */
  readonly visit?: (row: number, entries: Entry[], errors: Float64Array[]) => void;
}

/** Codes and sums of `x` against the targets `y`. */
export function forward(
  tensors: ReferenceTensors,
  x: Float32Array,
  y: ArrayLike<number>,
  { selection, prefixes, weights, visit }: ForwardOptions,
): { codes: SparseRows; sums: BatchSums } {
  const { dOut, dSae } = tensors.options;
  const entries = select(tensors, x, selection);
  const squaredError = prefixes.map(() => 0);
  let l0 = 0;
  let l1 = 0;
  entries.forEach((list, row) => {
    const errors = prefixes.map((end, k) => {
      const out = decodeRow(tensors, list, end);
      const error = out.map((value, i) => value - y[row * dOut + i]!);
      for (const e of error) squaredError[k]! += e * e * (weights?.[row] ?? 1);
      return error;
    });
    for (const { value } of list) {
      l0 += value > 0 ? 1 : 0;
      l1 += value;
    }
    visit?.(row, list, errors);
  });
  return {
    codes: toSparseRows(entries, dSae),
    sums: { rows: entries.length, l0, l1, squaredError },
  };
}

/** Entries of rows as sparse rows, those without a value left out. */
export function toSparseRows(rows: readonly (readonly Entry[])[], columns: number): SparseRows {
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
