// A folder of codes, as `saev infer` writes them, or Python's saev.
import { join } from 'node:path';
import { kindOfPath } from '../../base/files.ts';
import { counted, number, percent, short } from '../../base/text.ts';
import { openCsrNpz } from '../../formats/numpy/csr-stream.ts';
import { readCodesRecord } from '../../studies/inference/codes-record.ts';
import { readMetrics } from '../../studies/inference/metrics-file.ts';
import type { Description } from './description.ts';

/** Describe a folder of codes; undefined when the folder is none. */
export async function describeCodes(path: string): Promise<Description | undefined> {
  const acts = join(path, 'token_acts.npz');
  if ((await kindOfPath(acts)) !== 'file') return undefined;
  const record = await readCodesRecord(path);
  const hasMetrics = (await kindOfPath(join(path, 'metrics.json'))) === 'file';
  const metrics = hasMetrics ? await readMetrics(path) : undefined;
  const file = await openCsrNpz(acts);
  try {
    const { rows, columns: latents, nonzeros } = file;
    const l0 = nonzeros / (metrics?.n_tokens ?? rows);
    const missing = record?.missing.length ?? 0;
    return {
      kind: 'codes',
      path,
      summary: `${number(rows)} rows of ${number(latents)} latents, L0 ${short(l0)}`,
      facts: [
        ['rows', number(rows)],
        ...(record === undefined
          ? []
          : [
              [
                'of',
                `${counted(record.nExamples, 'example')}, ${record.tokens.length} rows each`,
              ] as const,
            ]),
        ...(missing > 0 ? [['not read', counted(missing, 'example')] as const] : []),
        ['latents', number(latents)],
        ['L0', `${short(l0)} (${percent(l0 / latents, 2)})`],
        ...(metrics === undefined
          ? []
          : [['normalised MSE', short(metrics.normalized_mse)] as const]),
      ],
      data: { rows, latents, nonzeros, metrics, nExamples: record?.nExamples, missing },
    };
  } finally {
    await file.close();
  }
}
