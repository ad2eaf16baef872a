// From parts to the files that saev's later steps read: token_acts.npz, and what it says of every latent.
import { join } from 'node:path';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import { writeStreamedCsr } from '../../formats/numpy/csr-stream.ts';
import { bytesOf } from '../../formats/tensor.ts';
import { writeTorchFile, writeTorchTensor } from '../../formats/torch/torch-write.ts';
import type { CodeParts } from './code-parts.ts';
import { featureTable, writeFeatureTable } from './feature-table.ts';
import {
  type LatentStatistics,
  latentStatistics,
  meanValuesOf,
  sparsityOf,
} from './latent-statistics.ts';

/** Files of codes and their statistics. */
export const CODE_FILES = [
  'token_acts.npz',
  'mean_values.pt',
  'sparsity.pt',
  'distributions.pt',
  'features.parquet',
] as const;

/**
 * Write into `folder` the codes `[rows, dSae]` as `token_acts.npz`, and of every latent `mean_values.pt`, `sparsity.pt`
 * and `features.parquet`; `distributions.pt` holds the codes of the first latents of every row, float32 `[rows, nDists]`.
 */
export async function writeCodes(
  folder: string,
  parts: CodeParts,
  {
    dSae,
    nDists,
    nRows,
    tokens,
  }: {
    readonly dSae: number;
    readonly nDists: number;
    /** Rows that count. */
    readonly nRows: number;
    readonly tokens: readonly number[];
  },
): Promise<LatentStatistics> {
  const options = { dSae, nRows, rowsPerExample: tokens.length };
  const statistics = await latentStatistics(parts.rowsOf(dSae), options);
  await writeStreamedCsr(join(folder, 'token_acts.npz'), {
    rows: parts.rows,
    columns: dSae,
    nonzeros: parts.nonzeros,
    counts: () => parts.counts(),
    indices: () => parts.indices(),
    values: () => parts.values(),
  });
  const vector = (data: Float32Array) => ({ dtype: 'F32', shape: [data.length], data }) as const;
  await writeTorchFile(join(folder, 'mean_values.pt'), vector(meanValuesOf(statistics)));
  await writeTorchFile(join(folder, 'sparsity.pt'), vector(sparsityOf(statistics)));
  const kept = Math.min(nDists, dSae);
  await writeTorchTensor(join(folder, 'distributions.pt'), {
    dtype: 'F32',
    shape: [parts.rows, kept],
    pieces: () => firstLatents(parts.rowsOf(dSae), kept),
  });
  await writeFeatureTable(join(folder, 'features.parquet'), featureTable(statistics, { tokens }));
  return statistics;
}

/** Dense codes of the first latents. */
async function* firstLatents(
  pieces: AsyncIterable<SparseRows>,
  kept: number,
): AsyncGenerator<Uint8Array> {
  for await (const { rowStart, index, value } of pieces) {
    const dense = new Float32Array((rowStart.length - 1) * kept);
    for (let r = 0; r + 1 < rowStart.length; r++)
      for (let p = rowStart[r]!; p < rowStart[r + 1]!; p++)
        if (index[p]! < kept) dense[r * kept + index[p]!] = value[p]!;
    yield bytesOf(dense);
  }
}
