// A table of latents, one row each, that pandas, polars and DuckDB read: features.parquet.
import { writeFileAtomic } from '../../base/files.ts';
import { type LatentStatistics, meanValuesOf, sparsityOf } from './latent-statistics.ts';

/** Columns of the table: `[dSae]` each. Where a latent never fires, what cannot be said is null. */
export interface FeatureTable {
  readonly latent: number[];
  /** Share of the rows on which it fires, and their number. */
  readonly frequency: number[];
  readonly count: number[];
  /** Examples in which it fires. */
  readonly examples: number[];
  /** Mean where it fires, and the largest. */
  readonly mean_value: (number | null)[];
  readonly max_value: (number | null)[];
  /** Where it is largest: the example, and its token (−1 for CLS and for means). */
  readonly max_example: (number | null)[];
  readonly max_token: (number | null)[];
}

/** Make the table; `tokens` holds the token of each row of an example. */
export function featureTable(
  statistics: LatentStatistics,
  { tokens }: { readonly tokens: ArrayLike<number> },
): FeatureTable {
  const { count, nExamples, max, maxRow } = statistics;
  const fires = (latent: number): boolean => count[latent]! > 0;
  const whereItFires = (values: ArrayLike<number>): (number | null)[] =>
    Array.from(values, (value, latent) => (fires(latent) ? value : null));
  return {
    latent: Array.from(count, (_, latent) => latent),
    frequency: [...sparsityOf(statistics)],
    count: [...count],
    examples: [...nExamples],
    mean_value: whereItFires(meanValuesOf(statistics)),
    max_value: whereItFires(max),
    max_example: whereItFires(maxRow.map((row) => Math.floor(row / tokens.length))),
    max_token: whereItFires(maxRow.map((row) => tokens[Math.max(0, row) % tokens.length]!)),
  };
}

const TYPES = {
  latent: 'INT32',
  frequency: 'FLOAT',
  count: 'INT64',
  examples: 'INT64',
  mean_value: 'FLOAT',
  max_value: 'FLOAT',
  max_example: 'INT64',
  max_token: 'INT32',
} as const;

/** Write the table as a parquet file, atomically. */
export async function writeFeatureTable(path: string, table: FeatureTable): Promise<void> {
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const columnData = Object.entries(TYPES).map(([name, type]) => ({
    name,
    type,
    nullable: table[name as keyof FeatureTable].includes(null as never),
    data: table[name as keyof FeatureTable].map((value) =>
      type === 'INT64' && value !== null ? BigInt(value) : value,
    ),
  }));
  await writeFileAtomic(path, new Uint8Array(parquetWriteBuffer({ columnData })));
}
