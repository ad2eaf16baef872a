// saev infer: the codes of a whole set, kept on disk, and what they say of every latent.
import { createHash } from 'node:crypto';
import { rm, statfs } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { OpenedSource } from '../../activations/open-options.ts';
import { metadataHash, readMetadata } from '../../activations/shards/metadata.ts';
import { openSource } from '../../activations/source.ts';
import { UserError } from '../../base/errors.ts';
import { kindOfPath, writeJsonAtomic } from '../../base/files.ts';
import { makeFolder } from '../../base/folders.ts';
import { stableJson } from '../../base/json.ts';
import { lockFolder } from '../../base/lock.ts';
import { logger } from '../../base/log.ts';
import { bytes, number } from '../../base/text.ts';
import { readCoder } from '../../sae/checkpoints/read-coder.ts';
import type { SparseCoder } from '../../sae/coder.ts';
import { openCoder } from '../../sae/open-coder.ts';
import { chooseCoder } from '../../training/runs/choose-coder.ts';
import { scalingOf, tellScaling } from '../../visuals/coder-scaling.ts';
import { keyDifferences } from '../../visuals/feature-file/feature-key.ts';
import { openCodeParts, removeCodeParts } from './code-parts.ts';
import {
  type CodesKey,
  type CodesRecord,
  coderIdentity,
  RECORD,
  readCodesRecord,
  rowsIdentity,
} from './codes-record.ts';
import type { InferConfig } from './config.ts';
import { encodeRows } from './encode-rows.ts';
import { leaveOutLabels } from './ignored-labels.ts';
import type { InferenceMetrics } from './metrics.ts';
import { readMetrics, writeMetrics } from './metrics-file.ts';
import { rowsForCoder } from './rows-to-encode.ts';
import { CODE_FILES, writeCodes } from './write-codes.ts';

const log = logger('infer');

const PARTS = 'token_acts.parts';

/** How an inference runs. */
export interface InferOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds of work that are lost at most when the process is killed. @default 5000 */
  readonly noteEvery?: number;
}

/** What an inference wrote. */
export interface InferSummary {
  /** Folder of the files. */
  readonly folder: string;
  readonly rows: number;
  readonly dSae: number;
  readonly nonzeros: number;
  readonly metrics: InferenceMetrics;
  /** Examples that could not be read. */
  readonly missing: readonly number[];
  /** Whether an earlier inference with the same settings had written it. */
  readonly isCached: boolean;
}

/**
 * Encode every row of a set, in order, and write `metrics.json`, `codes.json`, `config.json` and, unless `save` is off,
 * the codes as `token_acts.npz`, `mean_values.pt`, `sparsity.pt`, `distributions.pt` and `features.parquet`. The same call
 * goes on from where one was killed, to the same bytes; where all of it stands it returns at once.
 * @throws {UserError} for settings and files that do not fit together, and where the folder holds codes of other rows.
 */
export async function infer(
  given: InferConfig,
  { signal, noteEvery }: InferOptions = {},
): Promise<InferSummary> {
  const run = await chooseCoder(given.run);
  const coder = await readCoder(run, { ...(signal && { signal }) });
  const data = await rowsForCoder(given.data, coder);
  const config = { ...given, run, data };
  const { threads } = config;
  const opened = await openSource(data, {
    ...(signal && { signal }),
    ...(threads && { threads }),
    scaling: scalingOf(coder, config),
  });
  try {
    tellScaling(coder, { ...config, ckpt: run }, opened.scaling);
    checkWidth(config, coder, opened.source);
    const rows = await rowsIdentity(data, opened, signal);
    const { shardRoot: _, ...reading } = data;
    const { nDists, ignoreLabels } = config;
    const named = { coder: coderIdentity(coder), ...rows, reading, nDists, ignoreLabels };
    const key = JSON.parse(JSON.stringify(named)) as CodesKey;
    const folder = config.dumpTo ?? (await usualFolder(config, key));
    await makeFolder(folder);
    const lock = await lockFolder(folder);
    try {
      const found = config.forceRecompute ? undefined : await readCodesRecord(folder);
      if (found !== undefined) checkKey(found, key, folder);
      if (found !== undefined && (await isWhole(folder, found, config)))
        return { ...(await summaryOf(folder, found)), isCached: true };
      const record = await encode(folder, config, {
        coder,
        opened,
        key,
        signal,
        noteEvery,
      });
      return { ...(await summaryOf(folder, record)), isCached: false };
    } finally {
      await lock.release();
    }
  } finally {
    await opened.source.close();
  }
}

interface Work {
  readonly coder: SparseCoder;
  readonly opened: OpenedSource;
  readonly key: CodesKey;
  readonly signal: AbortSignal | undefined;
  readonly noteEvery: number | undefined;
}

async function encode(
  folder: string,
  config: InferConfig,
  { coder, opened, key, signal, noteEvery }: Work,
): Promise<CodesRecord> {
  const { data, save, saeBatchSize: batchSize, ignoreLabels, device, threads, nDists } = config;
  const { source } = opened;
  const { dSae } = coder.config;
  // What is not whole is not there: readers look for the record.
  await rm(join(folder, RECORD), { force: true });
  await writeJsonAtomic(join(folder, 'config.json'), config);
  const partsFolder = join(folder, PARTS);
  if (config.forceRecompute) await removeCodeParts(partsFolder);
  const partsKey = createHash('sha256')
    .update(stableJson([key, batchSize, save]))
    .digest('hex');
  const parts = await openCodeParts(partsFolder, partsKey);
  const counting = ignoreLabels.length > 0 ? await leaveOutLabels(data, ignoreLabels) : undefined;
  try {
    if (parts.rows > 0) log.info(`going on from row ${number(parts.rows)}`);
    const running = await openCoder(coder, { device, threads });
    const rows = source.nExamples * source.rowsPerExample;
    const encoded = await encodeRows(source, running, parts, {
      batchSize,
      save,
      signal,
      noteEvery,
      canSkip: data.live?.onBadImage !== 'skip',
      ...(counting && { counts: counting.counts }),
      ...(save && { onFirst: (entries) => void announce(folder, { rows, entries, nDists }) }),
    }).finally(() => running.close());
    const { tokens, missing, sums } = encoded;
    const metrics = sums.metrics();
    if (save) await writeCodes(folder, parts, { dSae, nDists, nRows: metrics.n_tokens, tokens });
    await writeMetrics(folder, metrics);
    const record: CodesRecord = {
      key,
      saved: save,
      nExamples: source.nExamples,
      dSae,
      nonzeros: parts.nonzeros,
      tokens,
      missing,
    };
    await writeJsonAtomic(join(folder, RECORD), record);
    return record;
  } finally {
    await counting?.close();
    await parts.close();
    if ((await readCodesRecord(folder)) !== undefined) await removeCodeParts(partsFolder);
  }
}

/** `inference/<hash>` in the run, as saev has it; in this folder where the coder is of no run. */
async function usualFolder({ run, data }: InferConfig, key: CodesKey): Promise<string> {
  const isRecorded = data.live === undefined && data.language === undefined;
  const hash = isRecorded
    ? metadataHash(await readMetadata(data.shardRoot))
    : createHash('sha256').update(stableJson(key)).digest('hex').slice(0, 16);
  const isRun = (await kindOfPath(join(run, 'run.json'))) === 'file';
  return isRun ? join(run, 'inference', hash) : join('inference', `${basename(run)}-${hash}`);
}

function checkWidth(
  { run }: InferConfig,
  { config: { dIn, dOut } }: SparseCoder,
  { dModel, dTarget = dModel }: OpenedSource['source'],
): void {
  if (dModel === dIn && dTarget === dOut) return;
  const [what, wide, takes] =
    dModel === dIn ? ['targets', dTarget, dOut] : ['activations', dModel, dIn];
  throw new UserError(
    `invalid choice of ${what}: they are ${wide} wide, those of '${run}' ${takes}`,
    { hint: 'name the model and layer that it was trained on with --data' },
  );
}

function checkKey(found: CodesRecord, key: CodesKey, folder: string): void {
  const differences = keyDifferences(found.key, key);
  if (differences.length === 0) return;
  throw new UserError(
    `'${folder}' holds codes already, of other settings: ${differences.join(', ')}`,
    { hint: 'name another folder with --dump-to, or replace them with --force-recompute' },
  );
}

async function isWhole(
  folder: string,
  { saved }: CodesRecord,
  { save }: InferConfig,
): Promise<boolean> {
  if (save && !saved) return false;
  for (const name of ['metrics.json', ...(save ? CODE_FILES : [])])
    if ((await kindOfPath(join(folder, name))) !== 'file') return false;
  return true;
}

async function summaryOf(
  folder: string,
  { nExamples, tokens, dSae, nonzeros, missing }: CodesRecord,
): Promise<Omit<InferSummary, 'isCached'>> {
  const metrics = await readMetrics(folder);
  return { folder, rows: nExamples * tokens.length, dSae, nonzeros, metrics, missing };
}

/** Say what will be written, as the first rows let it be told. */
async function announce(
  folder: string,
  { rows, entries, nDists }: { rows: number; entries: number; nDists: number },
): Promise<void> {
  const codes = rows * (8 * entries + 4);
  const size = codes + 4 * rows * nDists;
  log.info(
    `writing about ${bytes(Math.round(size))} to '${folder}', and while it is made ${bytes(Math.round(codes))} more`,
  );
  const disk = await statfs(folder).catch(() => undefined);
  if (disk === undefined || disk.blocks === 0) return;
  const free = disk.bavail * disk.bsize;
  if (free < size + codes)
    log.warn(`the disk of '${folder}' has ${bytes(free)} free, which may be too little`);
}
