// The JSON files of a visuals job over texts: for Neuronpedia, and for circuit graphs.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { diskError } from '../../base/files.ts';
import { makeFolder, replaceFolders } from '../../base/folders.ts';
import { inBatches } from '../../base/iterables.ts';
import { startProgress } from '../../base/progress.ts';
import { circuitRecord } from './circuit-record.ts';
import type { FeatureDashboard } from './dashboard.ts';
import {
  type ExportContext,
  exportFolder,
  sourceId,
  writeExportBatch,
  writeSourceRecords,
} from './neuronpedia-export.ts';
import { BATCH, writeDashboardBatch } from './saedashboard-json.ts';

/** Folders that the files go to. */
const FOLDERS = { neuronpedia: 'neuronpedia', records: 'dashboards' } as const;

/**
 * Write into `folder` for each feature `dashboards/<feature>.json`, circuit-tracer's record, and, where `neuronpedia`
 * says so, `neuronpedia/batch-N.json` and `neuronpedia/export/`. What stood there stays until all is written.
 */
export async function writeFeatureJson(
  folder: string,
  dashboards: AsyncIterable<FeatureDashboard>,
  context: ExportContext,
  options: { total: number; neuronpedia: boolean; signal?: AbortSignal | undefined },
): Promise<void> {
  const { total, neuronpedia, signal } = options;
  const transcoder = `${context.modelId}-${sourceId(context)}`;
  await replaceFolders(folder, Object.values(FOLDERS), async (staging) => {
    const records = join(staging, FOLDERS.records);
    const batches = join(staging, FOLDERS.neuronpedia);
    const target = exportFolder(join(batches, 'export'), context);
    await makeFolder(records);
    const progress = startProgress('writing dashboards', { total, unit: 'features' });
    let n = 0;
    try {
      for await (const batch of inBatches(dashboards, BATCH)) {
        signal?.throwIfAborted();
        for (const each of batch) {
          const path = join(records, `${each.feature}.json`);
          await writeFile(path, JSON.stringify(circuitRecord(each, transcoder))).catch((error) => {
            throw diskError(error, path);
          });
        }
        if (neuronpedia) {
          await writeDashboardBatch(batches, n, batch, context);
          await writeExportBatch(target, n, batch, context);
        }
        n++;
        progress.tick(batch.length);
      }
      if (neuronpedia) await writeSourceRecords(target, context);
    } finally {
      progress.end();
    }
  });
}
