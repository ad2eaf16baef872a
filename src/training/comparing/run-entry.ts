// A run as a line of a table, read in a few small files.
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { ActivationMetadata } from '../../activations/shards/metadata.ts';
import { UserError } from '../../base/errors.ts';
import { kindOfPath } from '../../base/files.ts';
import { type RunEntry, withLine } from '../../pages/run-page.ts';
import { RunRecord } from '../runs/run-directory.ts';
import { dataKey, dataKeyOfSettings, modelKey } from './keys.ts';
import {
  evaluationNumbers,
  lastTrainingLine,
  lastValidationLine,
  readRunJson,
  runState,
} from './run-files.ts';
import { flatSettings, isRecord, partOf } from './settings.ts';
import { shardsOfRun } from './shards-of-run.ts';

/** How a run is read. */
export interface RunEntryOptions {
  /** Its id on the page. @default the name of its folder */
  readonly id?: string;
  /** Metadata of shards that were read before, by their folder: those of a sweep share theirs. */
  readonly shards?: Map<string, Promise<ActivationMetadata | undefined>>;
}

/** What is needed of run.json; another version of saev may have written the rest. */
const record = z.looseObject({
  status: RunRecord.shape.status,
  started: z.string().catch(''),
  tag: z.string().catch(''),
});

/**
 * Read a run directory as a line of a table: run.json, config.json, eval.json, the last line of metrics.jsonl and the
 * metadata of its shards, never its weights. What is missing or damaged is said in `problem`.
 */
export async function readRunEntry(
  folder: string,
  { id = basename(folder), shards = new Map() }: RunEntryOptions = {},
): Promise<RunEntry> {
  const problems: string[] = [];
  const tried = async <T>(read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(error.message);
      return undefined;
    }
  };
  const said = await tried(() => readRecord(folder));
  const config = await tried(() => readConfig(folder));
  const evaluation = await tried(() => evaluationNumbers(folder));
  const line = await tried(() => lastTrainingLine(folder));
  const state = said && (await tried(() => runState(folder, said)));
  const metadata = await shardsOfRun(folder, config, shards);
  const settings = flatSettings(config);
  const width = await widthOf(folder, settings, metadata);
  const rows = config?.nPatches;
  const tag = said?.tag || config?.tag;
  const entry: RunEntry = {
    id,
    name: basename(folder),
    folder,
    state: state ?? 'unreadable',
    ...(problems.length > 0 && { problem: problems.join('; ') }),
    started: said?.started ?? '',
    tag: typeof tag === 'string' ? tag : '',
    ...originOf(config, metadata),
    settings: { ...settings, ...(width !== undefined && { 'sae.dSae': width }) },
    metrics: evaluation ?? {},
    metricsFrom: evaluation === undefined ? 'nothing' : 'evaluation',
    ...(typeof rows === 'number' && { allRows: rows }),
  };
  // Before there is an evaluation, the last validation says how good it is.
  const isValidated = ['valShare', 'valData'].some((name) => config?.[name] !== undefined);
  const validated =
    isValidated && evaluation === undefined
      ? await tried(() => lastValidationLine(folder))
      : undefined;
  return [line, validated].reduce<RunEntry>(
    (run, each) => (each === undefined ? run : withLine(run, each)),
    entry,
  );
}

async function readRecord(folder: string): Promise<z.output<typeof record>> {
  const path = join(folder, 'run.json');
  const parsed = record.safeParse(await readRunJson(path, 'run record'));
  if (!parsed.success) throw new UserError(`invalid run record: '${path}'`);
  return parsed.data;
}

async function readConfig(folder: string): Promise<Readonly<Record<string, unknown>>> {
  const path = join(folder, 'config.json');
  const config = await readRunJson(path, 'run config');
  if (!isRecord(config)) throw new UserError(`invalid run config: '${path}'`);
  return config;
}

/** Whose activations, of what. */
function originOf(
  config: unknown,
  metadata: ActivationMetadata | undefined,
): Pick<RunEntry, 'modality' | 'model' | 'dataset'> {
  const data = partOf(config, 'data');
  const { live, language, synthetic } = data;
  if (isRecord(synthetic)) {
    const { model } = synthetic;
    return { model: 'synthetic world', dataset: typeof model === 'string' ? model : '' };
  }
  if (isRecord(language)) {
    const model = typeof language.model === 'string' ? language.model : '';
    return { modality: 'text', model, dataset: dataKeyOfSettings(partOf(language, 'texts')) };
  }
  if (isRecord(live)) {
    const { vitFamily: family, vitCkpt: checkpoint } = live;
    const name = typeof checkpoint === 'string' ? checkpoint : '';
    const model =
      typeof family !== 'string'
        ? name
        : name === ''
          ? family
          : modelKey({ family, checkpoint: name });
    return { modality: 'image', model, dataset: dataKeyOfSettings(partOf(live, 'images')) };
  }
  if (metadata === undefined) return { model: '', dataset: '' };
  return {
    modality: metadata.family === 'lens' ? 'text' : 'image',
    model: modelKey(metadata),
    dataset: dataKey(metadata),
  };
}

/** Latents of the coder: as the settings say, or its checkpoint, or the width of its rows. */
async function widthOf(
  folder: string,
  settings: RunEntry['settings'],
  metadata: ActivationMetadata | undefined,
): Promise<number | undefined> {
  const { 'sae.dSae': said, 'sae.expFactor': factor } = settings;
  if (typeof said === 'number') return said;
  const path = join(folder, 'checkpoint', 'cfg.json');
  if ((await kindOfPath(path).catch(() => 'other')) === 'file') {
    const written = await readRunJson(path, 'checkpoint').catch(() => undefined);
    if (isRecord(written) && typeof written.d_sae === 'number') return written.d_sae;
  }
  return typeof factor === 'number' && metadata !== undefined
    ? factor * metadata.dModel
    : undefined;
}
