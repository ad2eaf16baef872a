// Results of several coders side by side: rows of a table, and the CSV file beside them.
import { join } from 'node:path';
import { kindOfPath, writeFileAtomic } from '../../../base/files.ts';
import { csvText } from '../../../formats/csv.ts';
import { readResults } from './result-files.ts';
import type { BenchKind, BenchResult } from './schemas.ts';

/** Results of a coder, and where they stand. */
export interface BenchedResult {
  /** The run, checkpoint or repository. */
  readonly coder: string;
  readonly file: string;
  readonly result: BenchResult;
}

/** Figures of results in the order of columns, under short names; what was not measured is undefined. */
export function figuresOf(result: BenchResult): Record<string, number | undefined> {
  if (result.eval_type_id === 'core') {
    const metrics = result.eval_result_metrics;
    const quality = metrics.reconstruction_quality;
    return {
      L0: metrics.sparsity.l0,
      'explained variance': quality.explained_variance,
      'CE score': metrics.model_performance_preservation.ce_loss_score,
      'KL score': metrics.model_behavior_preservation.kl_div_score,
      cosine: quality.cossim,
      'L2 ratio': metrics.shrinkage.l2_ratio,
      bias: metrics.shrinkage.relative_reconstruction_bias,
      alive: metrics.misc_metrics.frac_alive,
    };
  }
  const { llm, sae } = result.eval_result_metrics;
  const few = (kind: 'llm' | 'sae'): [string, number | undefined][] =>
    Object.entries(kind === 'llm' ? llm : sae).flatMap(([name, value]) => {
      const k = /_top_(\d+)_/.exec(name)?.[1];
      const isMeasured = k !== undefined && typeof value === 'number';
      return isMeasured ? [[`${kind === 'llm' ? 'model' : 'coder'} top ${k}`, value]] : [];
    });
  return {
    ...Object.fromEntries(few('sae')),
    'coder all': sae.sae_test_accuracy ?? undefined,
    ...Object.fromEntries(few('llm')),
    'model all': llm.llm_test_accuracy,
  };
}

/** Name of a coder in results. */
export function nameOf({ sae_lens_release_id: release, sae_lens_id: id }: BenchResult): string {
  const isOwn = id === null || id === 'custom_sae';
  return isOwn ? (release ?? '?') : `${release} ${id}`;
}

/** Lay results of one kind out: columns that any of them has. */
export function tableOf(results: readonly BenchResult[]): {
  columns: string[];
  rows: (string | number | undefined)[][];
} {
  const figures = results.map(figuresOf);
  const columns = [...new Set(figures.flatMap((each) => Object.keys(each)))];
  return {
    columns: ['coder', ...columns],
    rows: results.map((result, i) => [
      nameOf(result),
      ...columns.map((column) => figures[i]![column]),
    ]),
  };
}

/** Write the table of all results of a kind below a folder, `FOLDER/core/core.csv`; those of other versions are left out. */
export async function writeSummary(folder: string, kind: BenchKind): Promise<void> {
  const own = join(folder, kind);
  if ((await kindOfPath(own)) !== 'folder') return;
  const found = await readResults([own]);
  const results = found.flatMap(({ result }) => (result.eval_type_id === kind ? [result] : []));
  const { columns, rows } = tableOf(results);
  await writeFileAtomic(join(own, `${kind}.csv`), csvText(columns, rows));
}
