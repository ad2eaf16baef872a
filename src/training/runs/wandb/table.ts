// Numbers of every latent as wandb.Table writes them: a file of the run, and an artifact that holds more rows.
import { createHash, randomInt } from 'node:crypto';
import { join, resolve } from 'node:path';
import { writeFileAtomic } from '../../../base/files.ts';
import type { WandbItem, WandbRecord } from '../../../formats/wandb/record.ts';
import { itemsUnder } from './items.ts';

/** Most rows that wandb.Table writes into a file of the run, and into an artifact. */
const MOST_ROWS = { file: 10_000, artifact: 200_000 } as const;

/** What a table belongs to. */
export interface TableOwner {
  /** Folder of the offline run. */
  readonly folder: string;
  readonly runId: string;
  readonly project: string;
  readonly entity: string | undefined;
}

/**
 * Write a table of one column below the folder of a run. Returns what the row of the step says of it, and the records that
 * send its files.
 * @throws {UserError} when the disk refuses it.
 */
export async function writeTable(
  { folder, runId, project, entity }: TableOwner,
  {
    name,
    column,
    values,
    step,
  }: {
    readonly name: string;
    readonly column: string;
    readonly values: Float32Array;
    readonly step: number;
  },
): Promise<{ readonly items: WandbItem[]; readonly records: WandbRecord[] }> {
  const media = JSON.stringify({ columns: [column], data: rowsOf(values, MOST_ROWS.file) });
  const sha256 = createHash('sha256').update(media).digest('hex');
  const path = `media/table/${name}_${step}_${sha256.slice(0, 20)}.table.json`;
  await writeFileAtomic(join(folder, 'files', path), media);
  const entry = `${name}.table.json`;
  const staged = artifactText(column, values);
  const localPath = resolve(folder, 'artifacts', entry);
  await writeFileAtomic(localPath, staged);
  const clientId = randomName();
  const sequenceClientId = randomName();
  const items = itemsUnder(name, {
    _type: 'table-file',
    sha256,
    size: media.length,
    path,
    ncols: 1,
    nrows: values.length,
    log_mode: 'IMMUTABLE',
    artifact_path: `wandb-client-artifact://${clientId}/${entry}`,
    _latest_artifact_path: `wandb-client-artifact://${sequenceClientId}:latest/${entry}`,
  });
  const artifact: WandbRecord = {
    artifact: {
      ...{ runId, project, entity },
      type: 'run_table',
      name: `run-${runId}-${name.replaceAll(/[^\w.-]/g, '')}`,
      digest: manifestDigest(entry, md5(staged)),
      digestAlgorithm: 'MANIFEST_MD5',
      aliases: ['latest'],
      manifest: {
        version: 1,
        storagePolicy: 'wandb-storage-policy-v1',
        storagePolicyConfig: [{ key: 'storageLayout', valueJson: '"V2"' }],
        contents: [{ path: entry, digest: md5(staged), size: staged.length, localPath }],
      },
      finalize: 1,
      ...{ clientId, sequenceClientId },
    },
  };
  return { items, records: [artifact, { files: { files: [{ path }] } }] };
}

/** One row a number; one that is none is empty. */
function rowsOf(values: Float32Array, most: number): (number | null)[][] {
  return Array.from(values.subarray(0, most), (value) => [Number.isFinite(value) ? value : null]);
}

/** The table as an object of an artifact, which says of what type its column is. */
function artifactText(column: string, values: Float32Array): string {
  const data = rowsOf(values, MOST_ROWS.artifact);
  const types = [{ wb_type: 'none' }, { wb_type: 'number' }];
  const type = { params: { allowed_types: types }, wb_type: 'union' };
  return JSON.stringify({
    _type: 'table',
    column_types: { params: { type_map: { [column]: type } }, wb_type: 'typedDict' },
    columns: [column],
    data,
    log_mode: 'IMMUTABLE',
    ncols: 1,
    nrows: values.length,
  });
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('base64');
}

/** Digest of the contents of an artifact of one file, as wandb's ArtifactManifestV1 takes it. */
export function manifestDigest(path: string, digest: string): string {
  const hash = createHash('md5').update('wandb-artifact-manifest-v1\n');
  return hash.update(`${path}:${digest}\n`).digest('hex');
}

/** A name for something that the server does not know yet. */
function randomName(): string {
  return Array.from({ length: 128 }, () => randomInt(36).toString(36)).join('');
}
