// Reads activations and encodes those rows that are wanted: one half of the examples is encoded to choose latents on, the
// other to measure them on, and no row twice.
import type { ActivationBatch, ActivationSource } from '../../activations/types.ts';
import type { Progress } from '../../base/progress.ts';
import type { BatchSums } from '../../compute/kernels/types.ts';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import type { CodedTokens } from './counts.ts';
import { createPooler, type Pool } from './pooling.ts';

/** Anything that gives sparse codes of rows and reconstructs them: an autoencoder, or what it is compared with. */
export interface ScoredCoder {
  /** What tables call it. */
  readonly name: string;
  readonly dSae: number;
  /** Codes of `acts [rows, dIn]`, as the source gives them. */
  encode(acts: Float32Array): Promise<SparseRows>;
  /** The same, and the sums of the reconstruction of `targets` (`acts` where undefined). */
  evaluate(
    acts: Float32Array,
    targets?: Float32Array,
  ): Promise<{ readonly codes: SparseRows; readonly sums: BatchSums }>;
  close(): Promise<void>;
}

/** How rows are read. */
export interface ReadOptions {
  readonly takes: (example: number) => boolean;
  readonly batchSize: number;
  /** Make one row of each example; rows stay tokens when undefined. */
  readonly pool?: Pool | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: Progress | undefined;
  /** Hears what reconstructing the rows gave; they are not reconstructed without it. */
  readonly onSums?: (sums: BatchSums, targets: Float32Array) => void;
}

/** Encode the rows of the examples that are taken, in their own order. */
export async function* codedRows(
  source: ActivationSource,
  coder: ScoredCoder,
  options: ReadOptions,
): AsyncGenerator<CodedTokens> {
  const { takes, batchSize, pool, signal, progress, onSums } = options;
  const { rowsPerExample } = source;
  const pooler = pool && createPooler(pool, { columns: coder.dSae, rowsPerExample });
  for await (const batch of source.batches({ batchSize, reuse: true, ...(signal && { signal }) })) {
    const taken = rowsTaken(batch, source, takes);
    progress?.tick(batch.exampleIndex.length);
    if (taken.exampleIndex.length === 0) continue;
    const { acts, targets, exampleIndex, tokenIndex } = taken;
    let codes: SparseRows;
    if (onSums === undefined) codes = await coder.encode(acts);
    else {
      const found = await coder.evaluate(acts, targets);
      codes = found.codes;
      onSums(found.sums, targets ?? acts);
    }
    const rows = { codes, exampleIndex, tokenIndex };
    yield pooler === undefined ? rows : pooler.push(rows);
  }
  if (pooler !== undefined) yield pooler.end();
}

/** The rows of a batch that belong to examples that are taken. */
export function rowsTaken(
  batch: ActivationBatch,
  { dModel, dTarget = dModel }: Pick<ActivationSource, 'dModel' | 'dTarget'>,
  takes: (example: number) => boolean,
): ActivationBatch {
  const kept: number[] = [];
  batch.exampleIndex.forEach((example, row) => {
    if (takes(example)) kept.push(row);
  });
  if (kept.length === batch.exampleIndex.length) return batch;
  const gather = (values: Float32Array, width: number): Float32Array => {
    const rows = new Float32Array(kept.length * width);
    kept.forEach((row, i) => {
      rows.set(values.subarray(row * width, (row + 1) * width), i * width);
    });
    return rows;
  };
  return {
    acts: gather(batch.acts, dModel),
    ...(batch.targets && { targets: gather(batch.targets, dTarget) }),
    exampleIndex: Int32Array.from(kept, (row) => batch.exampleIndex[row]!),
    tokenIndex: Int32Array.from(kept, (row) => batch.tokenIndex[row]!),
  };
}
