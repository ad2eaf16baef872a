// Encoding and decoding any number of rows on CPU threads, in chunks that fit the memory.
import { concatRows, type SparseRows } from '../../sparse-rows.ts';
import type { DeviceCoder, Selection } from '../types.ts';
import { type CoderMemory, mostOf } from './coder-memory.ts';
import { largestOf } from './largest.ts';
import { isWorthScreening } from './screening.ts';
import type { Pass } from './tasks/pass.ts';

/** The calls of a coder that change nothing in it. */
type Inference = Pick<DeviceCoder, 'encode' | 'evaluate' | 'decode'>;

/** Make the inference calls of a coder. */
export function cpuInference(memory: CoderMemory): Inference {
  const { layout, engine, tensors } = memory;
  const { at, maxRows, capacity } = layout;
  const { dIn, dOut, dSae } = layout.shape;

  /** Encode any number of rows, in chunks that are halved until their codes fit. */
  const inChunks = async (
    x: Float32Array,
    select: Selection,
    visit: (first: number, rows: number) => Promise<void> | void,
  ): Promise<void> => {
    const total = x.length / dIn;
    const most = mostOf(select, total);
    let size = maxRows;
    for (let first = 0; first < total; ) {
      const rows = memory.loadInputs(x.subarray(first * dIn, Math.min(first + size, total) * dIn));
      const screens = await isWorthScreening(memory, rows, select);
      if (await memory.encode(rows, select, { most, screens })) {
        if (layout.gated) await memory.keepCodes(rows);
        await visit(first, rows);
        first += rows;
      } else {
        size = Math.max(1, rows >> 1);
      }
    }
  };

  const encode = async (x: Float32Array, select: Selection): Promise<SparseRows> => {
    const parts: SparseRows[] = [];
    await inChunks(x, select, (_, rows) => {
      parts.push(tensors.readCodes(rows));
    });
    const codes = joined(parts, dSae);
    // Chunks know nothing of one another: each kept all that may be among the largest.
    return select.kind === 'batchtopk' ? largestOf(codes, mostOf(select, x.length / dIn)) : codes;
  };

  /** Call `visit` where rows and their codes are in place, chunk by chunk; returns the codes. */
  const withCodes = async (
    x: Float32Array,
    select: Selection,
    visit: (first: number, rows: number) => Promise<void>,
  ): Promise<SparseRows> => {
    const parts: SparseRows[] = [];
    if (select.kind !== 'batchtopk') {
      await inChunks(x, select, async (first, rows) => {
        await visit(first, rows);
        parts.push(tensors.readCodes(rows));
      });
      return joined(parts, dSae);
    }
    const codes = await encode(x, select);
    const total = codes.rowStart.length - 1;
    for (let first = 0; first < total; ) {
      const end = lastFitting(codes, first, { maxRows, capacity });
      memory.loadInputs(x.subarray(first * dIn, end * dIn));
      tensors.writeCodes(codes, first, end);
      await visit(first, end - first);
      first = end;
    }
    return codes;
  };

  return {
    encode,

    async evaluate(x, target, select) {
      const total = { rows: 0, l0: 0, l1: 0, squaredError: [0] };
      const codes = await withCodes(x, select, async (first, rows) => {
        const part = target?.subarray(first * dOut, (first + rows) * dOut);
        const address = await memory.skipTargets(memory.loadTargets(part, rows), rows);
        const sums = await memory.reconstruct(rows, evaluation(address, at.threshold));
        total.rows += rows;
        total.l0 += sums.l0;
        total.l1 += sums.l1;
        total.squaredError[0]! += sums.squaredError[0]!;
      });
      return { codes, sums: total };
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
        const end = lastFitting(codes, first, { maxRows, capacity });
        tensors.writeCodes(codes, first, end);
        await memory.reconstruct(end - first, evaluation(at.target, at.floor));
        const part = tensors.getRows(at.errors, layout.bytesOut, dOut, end - first);
        outputs.set(part, first * dOut);
        first = end;
      }
      return outputs;
    },
  };
}

/** A forward pass from all latents, without gradients. */
function evaluation(target: number, threshold: number): Pass {
  const plain = { rows: 0, scale: 1, l1: 0, l0: 0, width: 0, backward: false, errorByNorm: false };
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
