// A coder's memory on CPU threads, and the forward passes that fill it: rows in, codes and reconstructions out.

import { wasmProducts } from '../../products/memory-products.ts';
import { newMemory } from '../../wasm/module.ts';
import type { AuxTerm, BatchSums, CoderOptions, Selection } from '../types.ts';
import { createEngine, type Engine } from './engine.ts';
import { keepLargest, type Largest } from './largest.ts';
import {
  DENSE_BLOCK_ROWS,
  HISTOGRAM_BINS,
  RECONSTRUCT_ROWS,
  UPDATE_LATENTS,
} from './memory/block-sizes.ts';
import { type Layout, planLayout } from './memory/layout.ts';
import { boundAt } from './tasks/encode.ts';
import type { Explaining, Pass } from './tasks/pass.ts';
import { computedAt } from './tasks/screening.ts';
import type { Task } from './tasks/tasks.ts';
import { type TensorAccess, tensorAccess } from './tensor-access.ts';
import type { ThreadPool } from './threads/thread-pool.ts';

/** One coder in a WebAssembly memory that all threads of a pool share. */
export interface CoderMemory {
  readonly layout: Layout;
  readonly engine: Engine;
  readonly tensors: TensorAccess;
  readonly ints: Int32Array;
  readonly threads: number;
  /** Have the threads do a task. */
  run(work: Task): Promise<void>;
  /** Copy inputs `[rows, dIn]` in; returns the number of rows. */
  loadInputs(x: Float32Array): number;
  /** Copy the targets in; returns where they lie, which is where the inputs lie when there are none. */
  loadTargets(target: Float32Array | undefined, rows: number): number;
  /**
   * Encode the first `rows` rows; false when the codes did not fit. `select` keeps the largest of a batch no better than
   * roughly: nothing that is among the `most` largest is left out, unless it is below `guess`.
   */
  encode(
    rows: number,
    select: Selection,
    limits?: {
      readonly most?: number;
      readonly guess?: number;
      readonly explaining?: Explaining | undefined;
      /** Screen entries by an 8-bit product; for the largest of a batch with a `guess` only. */
      readonly screens?: boolean;
    },
  ): Promise<boolean>;
  /** Put the latents in place that are to explain what is left of `rows` rows. */
  list(aux: AuxTerm, rows: number): Explaining;
  /** Keep exactly the `most` largest entries of the last encoding. */
  keepLargest(rows: number, most: number): Largest;
  /** Take what a skip connection gives off targets; returns where they lie then, which is where they lay without one. */
  skipTargets(target: number, rows: number): Promise<number>;
  /** Make codes of the gates that the last encoding found open in `rows` rows. */
  keepCodes(rows: number): Promise<void>;
  /** Number of entries that the last encoding kept. */
  entries(): number;
  /** Number of entries that the last screening computed, of the batch's first rows. */
  computed(): number;
  /** Reconstruct the first `rows` rows from their codes. */
  reconstruct(rows: number, pass: Pass): Promise<BatchSums>;
  /** `[rows, dOut]`: `x̂ − target` of a backward pass, from all latents; NaN for rows of weight 0. */
  errors(rows: number, pass: Pass): Float32Array;
  /** The encoder is no longer what it was. */
  encoderChanged(): void;
  /** Let the threads forget the coder. */
  detach(): Promise<void>;
}

/** Lay out a coder's memory and make it known to the threads. */
export async function openCoderMemory(
  pool: ThreadPool,
  options: CoderOptions,
): Promise<CoderMemory> {
  const layout = planLayout(options, pool.threads, pool);
  const memory = newMemory(layout.bytes);
  const engine = createEngine(memory, layout, 0, {
    kernels: pool.kernels,
    products: wasmProducts,
  });
  const id = await pool.attach(memory, layout);
  const tensors = tensorAccess(engine);
  const ints = new Int32Array(memory.buffer);
  const { at, maxRows } = layout;
  const { dIn, dOut } = layout.shape;
  if (options.directions !== undefined) {
    tensors.putRows(at.directions, layout.bytesOut, dOut, options.directions);
  }
  if (layout.maxAux > 0) {
    engine.floats.fill(Number.NEGATIVE_INFINITY, at.auxFloor / 4, at.auxFloor / 4 + layout.latents);
    ints[at.auxPrefix / 4] = layout.latents;
  }
  const updateBlocks = Math.ceil(layout.latents / UPDATE_LATENTS);
  const run = (work: Task): Promise<void> => pool.run(id, work);
  /** Whether the encoder as it is has been rounded. */
  let rounded = false;
  const entries = (): number => ints[at.cursor / 4]!;

  return {
    layout,
    engine,
    tensors,
    ints,
    threads: pool.threads,
    run,
    entries,
    computed: () => ints[computedAt(layout)]!,

    loadInputs(x) {
      const rows = x.length / dIn;
      if (!Number.isInteger(rows) || rows > maxRows) {
        throw new Error(
          `coder: expected at most [${maxRows}, ${dIn}] inputs, got ${x.length} numbers`,
        );
      }
      tensors.putRows(at.x, layout.bytesIn, dIn, x);
      return rows;
    },

    loadTargets(target, rows) {
      if (target === undefined && dIn === dOut) return at.x;
      if (target?.length !== rows * dOut) {
        throw new Error(
          `coder: expected [${rows}, ${dOut}] targets, got ${target?.length} numbers`,
        );
      }
      tensors.putRows(at.target, layout.bytesOut, dOut, target);
      return at.target;
    },

    async encode(
      rows,
      select,
      { most = mostOf(select, rows), guess, explaining, screens = false } = {},
    ) {
      tensors.setFloor(select.kind === 'threshold' ? select.width : 0);
      ints[at.cursor / 4] = 0;
      const k = select.kind === 'topk' ? select.k : 0;
      if (most > 0) {
        ints.fill(0, at.histogram / 4, at.histogram / 4 + HISTOGRAM_BINS);
        engine.floats[boundAt(layout)] = guess ?? Number.NEGATIVE_INFINITY;
      }
      const blocks = Math.ceil(rows / layout.encodeRows);
      if (screens && !rounded) await run({ task: 'roundEncoder', blocks: updateBlocks });
      rounded ||= screens;
      const screenFrom = screens ? (guess ?? Number.NEGATIVE_INFINITY) : undefined;
      await run({ task: 'encode', blocks, rows, k, most, explaining, screenFrom });
      return entries() <= layout.capacity;
    },

    list({ latents, k, relu }, rows) {
      if (k > layout.maxAux)
        throw new Error(`coder: it was made for an aux of ${layout.maxAux}, not ${k}`);
      ints.set(latents, at.auxLatents / 4);
      for (let r = 0; r < rows; r++) ints[at.auxRowStart / 4 + r] = r * k;
      return { latents: latents.length, k, above: relu ? 0 : Number.NEGATIVE_INFINITY };
    },

    keepLargest(rows, most) {
      const part = (address: number, n: number): Int32Array =>
        ints.subarray(address / 4, address / 4 + n);
      const n = entries();
      const value = engine.floats.subarray(at.pre / 4, at.pre / 4 + n);
      const found = keepLargest(
        {
          rows,
          rowStart: part(at.rowStart, rows),
          rowCount: part(at.rowCount, rows),
          index: part(at.index, n),
          value,
        },
        value,
        most,
      );
      ints[at.cursor / 4] = found.kept;
      return found;
    },

    async skipTargets(target, rows) {
      if (!layout.skip) return target;
      const blocks = Math.ceil(rows / DENSE_BLOCK_ROWS);
      await run({ task: 'skipTargets', blocks, rows, target });
      return at.skipTarget;
    },

    async keepCodes(rows) {
      tensors.setGain();
      await run({ task: 'keepCodes', blocks: Math.ceil(rows / RECONSTRUCT_ROWS), rows });
    },

    async reconstruct(rows, pass) {
      tensors.setPrefixes(pass.prefixes);
      const blocks = Math.ceil(rows / RECONSTRUCT_ROWS);
      await run({ task: 'reconstruct', blocks, rows, pass });
      return addSums(engine, rows, pass, [[0, blocks]]);
    },

    errors(rows, { prefixes, scale, errorByNorm }) {
      const table = at.errors + (prefixes.length - 1) * maxRows * layout.bytesOut;
      const errors = tensors.getRows(table, layout.bytesOut, dOut, rows);
      const weight = (r: number): number =>
        errorByNorm ? engine.floats[at.rowWeights / 4 + r]! : 1;
      // A backward pass keeps them as gradients.
      return errors.map((g, i) => g / (scale * weight(Math.floor(i / dOut))));
    },

    encoderChanged() {
      rounded = false;
    },

    detach: () => pool.detach(id),
  };
}

/** How many entries a selection keeps of a whole batch; 0: it does not limit them. */
export function mostOf(select: Selection, rows: number): number {
  return select.kind === 'batchtopk' ? Math.floor(select.k * rows) : 0;
}

/** Add the sums of blocks in their order. */
export function addSums(
  { doubles, layout }: Engine,
  rows: number,
  pass: Pass,
  ranges: readonly (readonly [number, number])[],
): BatchSums {
  const total = new Float64Array(2 + pass.prefixes.length);
  for (const [from, to] of ranges) {
    for (let block = from; block < to; block++) {
      const start = layout.at.sums / 8 + block * total.length;
      for (let i = 0; i < total.length; i++) total[i]! += doubles[start + i]!;
    }
  }
  return { rows, l0: total[0]!, l1: total[1]!, squaredError: [...total.subarray(2)] };
}
