// What a scoring job leaves behind: all figures as JSON, a table for spreadsheets, and the page.
import { join } from 'node:path';
import { writeFileAtomic, writeJsonAtomic } from '../../base/files.ts';
import { type CsvCell, csvText } from '../../formats/csv.ts';
import { type ScorePageOptions, writeScorePage } from './page.ts';
import type { ScoreReport } from './report.ts';

/** Where the files are. */
export interface ScoreFiles {
  readonly json: string;
  readonly csv: string;
  readonly page: string;
}

/** Columns of `scores.csv`. */
const COLUMNS = [
  'method',
  'kind',
  'concept',
  'latent',
  'best_by',
  'positives',
  'rows',
  'threshold',
  'f1',
  'precision',
  'recall',
  'average_precision',
  'average_precision_error',
  'probe_r',
  'purity',
  'precision_at_k',
  'chosen_f1',
  'chosen_average_precision',
  'chosen_probe_r',
] as const;

/** Write `scores.json`, `scores.csv` and `index.html`. */
export async function writeScores(
  report: ScoreReport,
  options: ScorePageOptions,
): Promise<ScoreFiles> {
  const { dumpTo } = options;
  const files = { json: join(dumpTo, 'scores.json'), csv: join(dumpTo, 'scores.csv') };
  await writeJsonAtomic(files.json, report);
  await writeFileAtomic(files.csv, csvText(COLUMNS, rowsOf(report)));
  return { ...files, page: await writeScorePage(report, options) };
}

function* rowsOf({ methods }: ScoreReport): Generator<CsvCell[]> {
  for (const { method, concepts } of methods) {
    for (const { kind, name, positives, rows, latents, best } of concepts) {
      for (const { latent, threshold, measured, chosen } of latents) {
        const bestBy = (['probe', 'averagePrecision', 'f1'] as const).filter(
          (measure) => best?.[measure] === latent,
        );
        yield [
          method,
          kind,
          name,
          latent,
          bestBy.join(' '),
          positives.measured,
          rows.measured,
          threshold,
          measured.f1,
          measured.precision,
          measured.recall,
          measured.averagePrecision,
          measured.averagePrecisionError,
          measured.r,
          measured.purity,
          measured.precisionAtK,
          chosen.f1,
          chosen.averagePrecision,
          chosen.r,
        ];
      }
    }
  }
}
