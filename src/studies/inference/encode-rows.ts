// The costly half of inference: every row encoded once, in order, into parts that a killed process goes on from.
import { z } from 'zod';
import type { ActivationBatch, ActivationSource } from '../../activations/types.ts';
import { UserError } from '../../base/errors.ts';
import { startProgress } from '../../base/progress.ts';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import type { Coder } from '../../sae/open-coder.ts';
import type { CodeParts } from './code-parts.ts';
import {
  type ReconstructionState,
  type ReconstructionSums,
  reconstructionSums,
} from './metrics.ts';

const State = z.object({
  batches: z.int().min(0),
  tokens: z.array(z.int()),
  missing: z.array(z.int()),
  reconstruction: z.custom<ReconstructionState>(),
});

/** What was found beside the codes. */
export interface EncodedRows {
  readonly sums: ReconstructionSums;
  /** Token of each row of an example. */
  readonly tokens: number[];
  /** Examples without rows. */
  readonly missing: number[];
}

/** How a set is encoded. */
export interface EncodeOptions {
  readonly batchSize: number;
  /** Whether codes are kept, or counted rows alone. */
  readonly save: boolean;
  /** Tell for each row of a batch whether it counts; all do when undefined. */
  readonly counts?: (batch: ActivationBatch) => Promise<Uint8Array> | Uint8Array;
  /** Whether batches that were read can be skipped: not where examples may turn out broken on the way. */
  readonly canSkip: boolean;
  /** Hears of the entries of the first rows, once. */
  readonly onFirst?: (entriesPerRow: number) => void;
  /** Milliseconds of work between two notes of how far it is. @default 5000 */
  readonly noteEvery?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Encode the rows of `source` into `parts`, from where these stand. Row r of the parts is the row
 * r mod rowsPerExample of example ⌊r / rowsPerExample⌋; rows that are left out, or of examples that cannot be read, are
 * empty. The result has the same bits wherever it was interrupted.
 * @throws {UserError} for a code that is not a finite number, and `signal.reason` when interrupted.
 */
export async function encodeRows(
  source: ActivationSource,
  coder: Pick<Coder, 'dSae' | 'evaluateScaled'>,
  parts: CodeParts,
  { batchSize, save, counts, canSkip, onFirst, noteEvery = 5000, signal }: EncodeOptions,
): Promise<EncodedRows> {
  const { nExamples, rowsPerExample } = source;
  const total = nExamples * rowsPerExample;
  const state = parts.sums === undefined ? undefined : State.parse(parts.sums);
  const sums = reconstructionSums(state?.reconstruction);
  const tokens = [...(state?.tokens ?? [])];
  const missing = [...(state?.missing ?? [])];
  let batches = state?.batches ?? 0;
  let toDrop = canSkip ? 0 : batches;
  let notedAt = performance.now();
  let isFirst = parts.rows === 0;
  const note = (): Promise<void> =>
    parts.note({ batches, tokens, missing, reconstruction: sums.save() });
  const leaveEmpty = async (end: number): Promise<void> => {
    for (let example = Math.ceil(parts.rows / rowsPerExample); example < end / rowsPerExample; )
      missing.push(example++);
    await parts.skip(end - parts.rows);
  };

  const progress = startProgress('encoding', { total, unit: 'rows', done: parts.rows });
  try {
    const skipBatches = canSkip ? batches : 0;
    for await (const batch of source.batches({ batchSize, skipBatches, reuse: true, signal })) {
      if (toDrop > 0) {
        toDrop--;
        continue;
      }
      signal?.throwIfAborted();
      const before = parts.rows;
      const at = rowNumbers(batch, before, rowsPerExample);
      for (let i = 0; i < at.length && tokens.length < rowsPerExample; i++)
        tokens[at[i]! % rowsPerExample] = batch.tokenIndex[i]!;
      if (at[0]! > before) await leaveEmpty(at[0]! - (at[0]! % rowsPerExample));
      missing.push(...gaps(at, rowsPerExample));
      const end = at.at(-1)! + 1;
      const kept = await counts?.(batch);
      const { acts, targets, nRows } = rowsThatCount(batch, kept);
      if (nRows > 0) {
        const { codes, sums: found } = await coder.evaluateScaled(acts, targets);
        checkFinite(codes, batch);
        sums.add(targets ?? acts, nRows, found.squaredError[0]!);
        if (isFirst) onFirst?.(codes.index.length / nRows);
        isFirst = false;
        if (save)
          await parts.append(placeRows(codes, { at: keptOnly(at, kept), from: parts.rows, end }));
      }
      if (parts.rows < end) await parts.skip(end - parts.rows);
      batches++;
      progress.tick(parts.rows - before);
      if (performance.now() - notedAt < noteEvery) continue;
      await note();
      notedAt = performance.now();
    }
    signal?.throwIfAborted();
    if (parts.rows < total) await leaveEmpty(total);
    await note();
  } finally {
    progress.end();
  }
  return { sums, tokens, missing };
}

/** The place of each row of a batch among all rows; `next` is the first that may come. */
function rowNumbers(
  { exampleIndex }: ActivationBatch,
  next: number,
  rowsPerExample: number,
): Float64Array {
  const at = new Float64Array(exampleIndex.length);
  let row = next - 1;
  for (const [i, example] of exampleIndex.entries()) {
    row = Math.max(row + 1, example * rowsPerExample);
    if (Math.floor(row / rowsPerExample) !== example) throw new RangeError('rows out of order');
    at[i] = row;
  }
  return at;
}

/** Examples between the rows of a batch that have none. */
function* gaps(at: Float64Array, rowsPerExample: number): Generator<number> {
  for (let i = 1; i < at.length; i++)
    for (let row = at[i - 1]! + 1; row < at[i]!; row += rowsPerExample) yield row / rowsPerExample;
}

function keptOnly(at: Float64Array, kept: Uint8Array | undefined): Float64Array {
  return kept === undefined ? at : at.filter((_, i) => kept[i] === 1);
}

interface Rows {
  readonly acts: Float32Array;
  readonly targets: Float32Array | undefined;
  readonly nRows: number;
}

function rowsThatCount(batch: ActivationBatch, kept: Uint8Array | undefined): Rows {
  const { acts, targets } = batch;
  const all = batch.exampleIndex.length;
  if (kept === undefined || kept.every((one) => one === 1)) return { acts, targets, nRows: all };
  const rows = [...kept.keys()].filter((i) => kept[i] === 1);
  const take = (values: Float32Array): Float32Array => {
    const width = values.length / all;
    const out = new Float32Array(rows.length * width);
    for (const [to, row] of rows.entries())
      out.set(values.subarray(row * width, (row + 1) * width), to * width);
    return out;
  };
  return { acts: take(acts), targets: targets && take(targets), nRows: rows.length };
}

/** Put rows at their places among `from … end − 1`, with empty rows between. */
function placeRows(
  codes: SparseRows,
  { at, from, end }: { readonly at: Float64Array; readonly from: number; readonly end: number },
): SparseRows {
  if (at.length === end - from) return codes;
  const rowStart = new Uint32Array(end - from + 1);
  for (const [i, row] of at.entries())
    rowStart[row - from + 1] = codes.rowStart[i + 1]! - codes.rowStart[i]!;
  for (let r = 1; r < rowStart.length; r++) rowStart[r]! += rowStart[r - 1]!;
  return { ...codes, rowStart };
}

function checkFinite({ value, index }: SparseRows, { exampleIndex }: ActivationBatch): void {
  const wrong = value.findIndex((code) => !Number.isFinite(code));
  if (wrong < 0) return;
  const [first, last] = [exampleIndex[0], exampleIndex.at(-1)];
  throw new UserError(
    `invalid code ${value[wrong]} of latent ${index[wrong]} in examples ${first} to ${last}`,
    { hint: 'the checkpoint or the activations hold numbers that are not finite' },
  );
}
