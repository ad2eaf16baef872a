// The kernels on CPU threads: sparse rows where codes are sparse, blocked dense products while they are not.
import { UserError } from '../../base/errors.ts';
import { concatRows, type SparseRows } from '../sparse-rows.ts';
import { lossTerms, type TermSums } from './cpu-terms.ts';
import { createEngine, type Engine } from './engine.ts';
import {
  DENSE_BLOCK_LATENTS,
  DENSE_BLOCK_ROWS,
  DENSE_ROWS,
  DENSE_SHARE,
  planLayout,
  RECONSTRUCT_ROWS,
  UPDATE_LATENTS,
} from './layout.ts';
import { tensorAccess } from './memory.ts';
import type { ThreadPool } from './pool.ts';
import { wasmProducts } from './products.ts';
import type { Pass, Task, Touched } from './tasks.ts';
import type {
  AdamOptions,
  BatchSums,
  CoderOptions,
  DeviceCoder,
  Kernels,
  Selection,
  StepOptions,
} from './types.ts';
import { wasmApi } from './webassembly.ts';

/** Threads of the kernels, and what does their dense products. */
export interface CpuOptions {
  /** Number of threads; one a core when undefined. */
  readonly threads?: number;
  /** Force dense or sparse products (tests and benchmarks); by measured density when undefined. */
  readonly products?: 'dense' | 'sparse';
  /** A BLAS library for dense products, `none` (then onnxruntime) or `wasm`; the first one found when undefined. */
  readonly blas?: string;
}

/** Rows encoded first to see how dense the codes are, when nothing is known. */
const PROBE_ROWS = 64;

/**
 * Start the kernels on CPU threads. Dense products are done by a system BLAS where one is found, by onnxruntime
 * otherwise; `name` says by which. Results do not depend on the number of threads.
 */
export async function cpuKernels(
  options: CpuOptions = {},
): Promise<Kernels & { pool: ThreadPool }> {
  // Loaded here, so that nothing native is loaded before it is used.
  const { openPool } = await import('./pool.ts');
  const pool = await openPool(options.threads, options.blas);
  return {
    name: `cpu (${pool.threads} threads, ${pool.products})`,
    pool,
    createCoder: (coder) => createCpuCoder(pool, coder, options.products),
    close: () => pool.close(),
  };
}

async function createCpuCoder(
  pool: ThreadPool,
  options: CoderOptions,
  forced: 'dense' | 'sparse' | undefined,
): Promise<DeviceCoder> {
  const layout = planLayout(options, pool.threads);
  const pages = Math.ceil(layout.bytes / 65_536);
  const memory = new wasmApi.Memory({ initial: pages, maximum: 65_536, shared: true });
  const engine = createEngine(memory, layout, 0, wasmProducts);
  const id = await pool.attach(memory, layout);
  const tensors = tensorAccess(engine);
  const run = (work: Task): Promise<void> => pool.run(id, work);
  const { at, maxRows } = layout;
  const ints = new Int32Array(memory.buffer);
  const { dIn, dOut, dSae } = layout.shape;
  let density = Number.NaN;
  const terms = lossTerms(engine, run);
  if (options.directions !== undefined) {
    tensors.putRows(at.directions, layout.bytesOut, dOut, options.directions);
  }
  let lastPass: { pass: Pass; touched: Touched } | undefined;
  let closed = false;

  const loadInputs = (x: Float32Array): number => {
    const rows = x.length / dIn;
    if (!Number.isInteger(rows) || rows > maxRows) {
      throw new Error(
        `coder: expected at most [${maxRows}, ${dIn}] inputs, got ${x.length} numbers`,
      );
    }
    tensors.putRows(at.x, layout.bytesIn, dIn, x);
    return rows;
  };

  /** Copy the targets in; returns where they lie, which is where the inputs lie when there are none. */
  const loadTargets = (target: Float32Array | undefined, rows: number): number => {
    if (target === undefined && dIn === dOut) return at.x;
    if (target?.length !== rows * dOut) {
      throw new Error(`coder: expected [${rows}, ${dOut}] targets, got ${target?.length} numbers`);
    }
    tensors.putRows(at.target, layout.bytesOut, dOut, target);
    return at.target;
  };

  /** Encode the first `rows` rows; false when the codes did not fit. */
  const encodeRows = async (rows: number, select: Selection): Promise<boolean> => {
    tensors.setFloor(select.kind === 'threshold' ? select.width : 0);
    ints[at.cursor / 4] = 0;
    const k = select.kind === 'topk' ? select.k : 0;
    await run({ task: 'encode', blocks: Math.ceil(rows / layout.encodeRows), rows, k });
    return ints[at.cursor / 4]! <= layout.capacity;
  };

  const reconstruct = async (rows: number, pass: Pass): Promise<BatchSums> => {
    tensors.setPrefixes(pass.prefixes);
    const blocks = Math.ceil(rows / RECONSTRUCT_ROWS);
    await run({ task: 'reconstruct', blocks, rows, pass });
    return addSums(engine, rows, pass, [[0, blocks]]);
  };

  const isDense = async (rows: number, select: Selection): Promise<boolean> => {
    if (select.kind === 'topk') return false;
    if (forced !== undefined) return forced === 'dense';
    if (Number.isNaN(density)) {
      const probe = Math.min(PROBE_ROWS, rows);
      if (!(await encodeRows(probe, select))) return true;
      density = ints[at.cursor / 4]! / (probe * dSae);
    }
    return density > DENSE_SHARE;
  };

  const sparseStep = async (rows: number, pass: Pass): Promise<BatchSums> => {
    const sums = await reconstruct(rows, pass);
    const ranges = splitRange(layout.latents, pool.threads);
    await run({ task: 'count', blocks: pool.threads, rows, ranges });
    const starts: number[] = [];
    let start = 0;
    for (let i = 0; i < pool.threads; i++) {
      starts.push(start);
      for (let s = ranges[i]!; s < ranges[i + 1]!; s++) start += ints[at.colCount / 4 + s]!;
    }
    ints[at.colStart / 4 + layout.latents] = start;
    await run({ task: 'transpose', blocks: pool.threads, rows, ranges, starts });
    tensors.addShares(
      at.gBDec,
      at.rowShares,
      Math.ceil(rows / RECONSTRUCT_ROWS),
      layout.bytesOut,
      1,
    );
    return sums;
  };

  const denseStep = async (rows: number, pass: Pass): Promise<BatchSums> => {
    tensors.setPrefixes(pass.prefixes);
    const latentBlocks = Math.ceil(layout.latents / DENSE_BLOCK_LATENTS);
    for (let firstRow = 0; firstRow < rows; firstRow += DENSE_ROWS) {
      const n = Math.min(DENSE_ROWS, rows - firstRow);
      const chunk = { firstRow, rows: n, pass };
      await run({ task: 'denseForward', blocks: Math.ceil(n / DENSE_BLOCK_ROWS), ...chunk });
      await run({ task: 'denseBackward', blocks: latentBlocks, ...chunk });
    }
    const rowBlocks = Math.ceil(rows / DENSE_BLOCK_ROWS);
    tensors.addShares(at.gBDec, at.rowShares, rowBlocks, layout.bytesOut, 1);
    const firstLatentBlock = Math.ceil(maxRows / DENSE_BLOCK_ROWS);
    return addSums(engine, rows, pass, [
      [0, rowBlocks],
      [firstLatentBlock, firstLatentBlock + latentBlocks],
    ]);
  };

  /** Encode any number of rows, in chunks that are halved until their codes fit. */
  const inChunks = async (
    x: Float32Array,
    select: Selection,
    visit: (first: number, rows: number) => Promise<void> | void,
  ): Promise<void> => {
    const total = x.length / dIn;
    let size = maxRows;
    for (let first = 0; first < total; ) {
      const rows = loadInputs(x.subarray(first * dIn, Math.min(first + size, total) * dIn));
      if (await encodeRows(rows, select)) {
        await visit(first, rows);
        first += rows;
      } else {
        size = Math.max(1, rows >> 1);
      }
    }
  };

  return {
    shape: layout.shape,
    get density() {
      return density;
    },
    set density(value) {
      density = value;
    },
    read: (name) => tensors.read(name),
    write: (name, values) => tensors.write(name, values),
    normalizeDecoder() {
      engine.wasm.unitRows!(at.wDec, dSae, layout.bytesOut);
    },

    async encode(x, select) {
      const parts: SparseRows[] = [];
      await inChunks(x, select, (_, rows) => {
        parts.push(tensors.readCodes(rows));
      });
      return joined(parts, dSae);
    },

    async evaluate(x, target, select) {
      const parts: SparseRows[] = [];
      const total = { rows: 0, l0: 0, l1: 0, squaredError: [0] };
      await inChunks(x, select, async (first, rows) => {
        const address = loadTargets(target?.subarray(first * dOut, (first + rows) * dOut), rows);
        const sums = await reconstruct(rows, evaluation(address, at.threshold));
        parts.push(tensors.readCodes(rows));
        total.rows += rows;
        total.l0 += sums.l0;
        total.l1 += sums.l1;
        total.squaredError[0]! += sums.squaredError[0]!;
      });
      return { codes: joined(parts, dSae), sums: total };
    },

    async decode(codes) {
      if (codes.columns !== dSae) {
        throw new RangeError(`coder: expected codes [rows, ${dSae}], got [rows, ${codes.columns}]`);
      }
      const total = codes.rowStart.length - 1;
      const outputs = new Float32Array(total * dOut);
      const { floats } = engine;
      // Codes are what they are: nothing has to be above a threshold. Errors against 0 are the reconstruction.
      floats.fill(Number.NEGATIVE_INFINITY, at.floor / 4, at.floor / 4 + dSae);
      const size = Math.min(maxRows, total);
      floats.fill(0, at.target / 4, (at.target + size * layout.bytesOut) / 4);
      for (let first = 0; first < total; ) {
        const end = lastFitting(codes, first, { maxRows, capacity: layout.capacity });
        tensors.writeCodes(codes, first, end);
        await reconstruct(end - first, evaluation(at.target, at.floor));
        const part = tensors.getRows(at.errors, layout.bytesOut, dOut, end - first);
        outputs.set(part, first * dOut);
        first = end;
      }
      return outputs;
    },

    fired: () => Uint32Array.from(ints.subarray(at.fired / 4, at.fired / 4 + dSae)),

    async step(x, target, { select, prefixes, l1, l0, ...more }: StepOptions) {
      const rows = loadInputs(x);
      if (prefixes.length > layout.maxPrefixes || prefixes.at(-1) !== dSae) {
        throw new Error(`coder: invalid prefixes ${prefixes.join(', ')}`);
      }
      const pass: Pass = {
        prefixes,
        scale: 2 / (rows * dOut * prefixes.length),
        l1: l1 / rows,
        l0: l0 / rows,
        width: select.kind === 'threshold' ? select.width : 0,
        backward: true,
        target: loadTargets(target, rows),
        threshold: at.threshold,
        errorByNorm: more.errorByNorm === true,
      };
      let dense = await isDense(rows, select);
      if (!dense && !(await encodeRows(rows, select))) dense = true;
      if (dense && select.kind === 'topk') {
        throw new UserError(
          `unsupported size: the ${select.k} largest of ${rows} rows do not fit`,
          {
            hint: 'use a smaller batch size',
          },
        );
      }
      const entries = dense ? 0 : ints[at.cursor / 4]!;
      const sums = dense ? await denseStep(rows, pass) : await sparseStep(rows, pass);
      density = (dense ? sums.l0 : entries) / (rows * dSae);
      const { ghosts, connection = 0 } = more;
      const extra: TermSums = await terms.add(rows, pass, { ghosts, connection });
      lastPass = {
        pass,
        touched: {
          columns: !dense,
          elsewhere: dense || ghosts !== undefined || connection !== 0,
          all: dense || connection !== 0,
        },
      };
      return { ...sums, ...extra };
    },

    async update(o: AdamOptions) {
      if (lastPass === undefined) throw new Error('coder: update without a step');
      const { pass, touched } = lastPass;
      const { learningRate, step, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = o;
      const rate = learningRate / (1 - beta1 ** step);
      const root = 1 / Math.sqrt(1 - beta2 ** step);
      const { removeParallel, unitNorm, trainThreshold } = o;
      const adam = { rate, beta1, beta2, root, epsilon };
      const blocks = Math.ceil(layout.latents / UPDATE_LATENTS);
      await run({
        task: 'update',
        blocks,
        touched,
        step: { ...adam, removeParallel, unitNorm, trainThreshold, pass },
      });
      const own = layout.inputBias === 'own';
      if (layout.inputBias !== 'none') {
        const gradient = own ? at.gBIn : at.gBDec;
        tensors.addShares(gradient, at.latentShares, blocks, layout.bytesIn, -1);
      }
      const stepBias = (w: number, g: number, m: number, v: number, bytes: number): void => {
        engine.wasm.adam!(w, g, m, v, bytes, rate, beta1, beta2, root, epsilon);
        engine.floats.fill(0, g / 4, (g + bytes) / 4);
      };
      stepBias(at.bDec, at.gBDec, at['bDec.m'], at['bDec.v'], layout.bytesOut);
      if (own) stepBias(at.bIn, at.gBIn, at['bIn.m'], at['bIn.v'], layout.bytesIn);
      lastPass = undefined;
    },

    close() {
      if (closed) return;
      closed = true;
      void pool.detach(id);
    },
  };
}

/** A forward pass from all latents, without gradients. */
function evaluation(target: number, threshold: number): Pass {
  const plain = { scale: 1, l1: 0, l0: 0, width: 0, backward: false, errorByNorm: false };
  // The end of the only prefix is not looked at.
  return { ...plain, prefixes: [0], target, threshold };
}

/** End of the rows from `first` on that can be put into place at once. */
function lastFitting(
  { rowStart }: SparseRows,
  first: number,
  { maxRows, capacity }: { maxRows: number; capacity: number },
): number {
  let end = Math.min(first + maxRows, rowStart.length - 1);
  while (end > first + 1 && rowStart[end]! - rowStart[first]! > capacity) end--;
  return end;
}

/** Rows of several chunks; none where there was none. */
function joined(parts: readonly SparseRows[], columns: number): SparseRows {
  if (parts.length > 0) return concatRows(parts);
  const none = { index: new Uint32Array(0), value: new Float32Array(0) };
  return { columns, rowStart: new Uint32Array(1), ...none };
}

/** Bounds of `parts` ranges of latents, multiples of 4: `[0, …, latents]`. */
function splitRange(latents: number, parts: number): number[] {
  return Array.from({ length: parts + 1 }, (_, i) =>
    Math.min(latents, Math.ceil((i * latents) / parts / 4) * 4),
  );
}

/** Add the sums of blocks in their order. */
function addSums(
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
