// What visuals show where a person named none of it: the data that the run was trained on, and the images behind its shards.
import { join } from 'node:path';
import { z } from 'zod';
import { DataLoad, type DataLoadInput } from '../activations/config.ts';
import { findShards, locateShards } from '../activations/find-shards.ts';
import { IgnoreConfig } from '../activations/ignored/config.ts';
import { readTexts } from '../activations/shards/context-files.ts';
import { readMetadata } from '../activations/shards/metadata.ts';
import { UserError } from '../base/errors.ts';
import { kindOfPath, readJson } from '../base/files.ts';
import { logger } from '../base/log.ts';
import { number } from '../base/text.ts';
import type { DatasetConfig } from '../data/datasets/config.ts';
import { recordedDataset } from '../data/datasets/recorded-dataset.ts';
import { coderPath } from '../sae/checkpoints/read-coder.ts';
import { describeCheckpoint } from '../sae/checkpoints/registry.ts';
import type { CoderConfig } from '../sae/coder.ts';
import { dataOfCoder } from '../training/runs/data-of-coder.ts';
import { trainingTextsText } from '../training/runs/language-of-coder.ts';
import type { VisualsConfig } from './config.ts';

const log = logger('visuals');

const RunSettings = z.looseObject({ data: DataLoad, ignore: IgnoreConfig.optional() });

/** Which settings a person gave, and are kept. */
interface Given {
  readonly keepData?: boolean;
  /** Activations as a person wrote them, defaults left out: a language model that is named in part is completed. */
  readonly data?: unknown;
  readonly keepImages: boolean;
}

/**
 * Complete a job by what is known without being said: activations from the run that `config.ckpt` names; the one
 * folder of shards that is meant where several stand; where there are none, the language model and the texts that the
 * checkpoint names, and what is left out of those that were given; images from the model that ran along, or from the metadata of
 * the shards. What is not known stays as it is.
 *
 * @throws {UserError} for a run whose config.json is damaged, and for shards that are not there.
 */
export async function withDataOfRun<Config extends Pick<VisualsConfig, 'ckpt' | 'data' | 'images'>>(
  config: Config,
  { keepData = false, data: written, keepImages }: Given,
): Promise<Config> {
  const ofRun = keepData ? undefined : await dataOfRun(config.ckpt);
  const data =
    ofRun === undefined && config.data.live === undefined
      ? await dataOfCheckpoint(config, keepData ? (written ?? config.data) : {})
      : await locateShards(ofRun ?? config.data);
  return { ...config, data, images: keepImages ? config.images : await imagesOf(data, config) };
}

/**
 * Find the activations of a coder that is no run: its shards, or, where a person named none and none lie there that it
 * can read, those of the language model and the texts that its checkpoint names. `written` is what the person said.
 */
async function dataOfCheckpoint(
  { ckpt, data }: Pick<VisualsConfig, 'ckpt' | 'data'>,
  written: unknown,
): Promise<DataLoad> {
  const said = keysOf(written);
  if (said.includes('shardRoot')) return locateShards(data);
  const coder = await describedCoder(ckpt);
  const ofCheckpoint = coder && (await dataOfCoder(coder, { data: onlySaid(data, written) }));
  if (data.language === undefined) {
    const shards = await locateShards(data).catch((error: unknown) => {
      if (ofCheckpoint === undefined || !(error instanceof UserError)) throw error;
      return undefined;
    });
    const reads = async (): Promise<boolean> => (await readersOf(shards))(coder!);
    if (shards && (ofCheckpoint === undefined || (await reads()))) return shards;
  }
  if (ofCheckpoint?.language === undefined) return data;
  const { model, nContexts } = ofCheckpoint.language;
  const passed = nContexts === undefined ? '' : `, ${number(nContexts)} of them`;
  log.info(
    `'${ckpt}' is of ${model}, ${ofCheckpoint.layer}: ${trainingTextsText(ofCheckpoint.language)}${passed}`,
  );
  return ofCheckpoint;
}

/** What the checkpoint says; undefined where there is none, which whoever opens it says better. */
async function describedCoder(ckpt: string): Promise<CoderConfig | undefined> {
  try {
    return (await describeCheckpoint(await coderPath(ckpt))).config;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** Of settings and of those of the language model, which were read, only what a person wrote. */
function onlySaid(data: DataLoad, written: unknown): DataLoadInput {
  const pick = (from: object, keys: readonly string[]): object =>
    Object.fromEntries(Object.entries(from).filter(([key]) => keys.includes(key)));
  const { language } = z
    .looseObject({ language: z.unknown() })
    .catch({ language: {} })
    .parse(written);
  const own = pick(data, keysOf(written));
  if (data.language === undefined) return own;
  return { ...own, language: pick(data.language, keysOf(language)) };
}

function keysOf(values: unknown): string[] {
  return typeof values === 'object' && values !== null ? Object.keys(values) : [];
}

/**
 * Tell which coders can read given activations: those of their width, and of texts, at that point, where they are of texts.
 * All can, where no shards are named or found.
 */
export async function readersOf(data: unknown): Promise<(config: CoderConfig) => boolean> {
  const all = (): boolean => true;
  const parsed = DataLoad.safeParse(data);
  const { live, language, shardRoot = '' } = parsed.data ?? {};
  if (data === undefined || live !== undefined || language !== undefined) return all;
  try {
    const folder = await findShards(shardRoot, parsed.data);
    const { dModel, layers } = await readMetadata(folder);
    const isText = (await readTexts(folder)) !== undefined;
    return ({ dIn, place }) => {
      if (dIn !== dModel) return false;
      const input = place?.input;
      if (input === undefined) return !isText;
      // A head of a point is named like an element of it; a number stands for a block.
      return isText && layers.some((l) => typeof l === 'number' || l.startsWith(input));
    };
  } catch (error) {
    // Said again, with more to go by, when they are opened.
    if (error instanceof UserError) return all;
    throw error;
  }
}

/**
 * Read which activations a run was trained on; undefined where `run` is no run.
 * @throws {UserError} when its config.json is damaged.
 */
export async function dataOfRun(run: string): Promise<DataLoad | undefined> {
  return (await settingsOfRun(run))?.data;
}

/**
 * Leave out what the run `config.ckpt` left out of its training, where a person said nothing of it and uses its own data.
 * @throws {UserError} when its config.json is damaged, and for both `allRows` and `ignore`.
 */
export async function withIgnoredRows<
  Config extends Pick<VisualsConfig, 'ckpt' | 'ignore' | 'allRows'>,
>(config: Config, { keepData = false }: Pick<Given, 'keepData'>): Promise<Config> {
  if (config.allRows && config.ignore !== undefined) {
    throw new UserError('invalid choice of rows: both allRows and ignore', {
      hint: 'leave one of them out',
    });
  }
  if (config.allRows || keepData || config.ignore !== undefined) return config;
  const ignore = (await settingsOfRun(config.ckpt))?.ignore;
  if (ignore === undefined) return config;
  log.info('rows that training ignored are left out (--all-rows takes them in)');
  return { ...config, ignore };
}

async function settingsOfRun(run: string): Promise<z.output<typeof RunSettings> | undefined> {
  const path = join(run, 'config.json');
  const isRun = (await kindOfPath(join(run, 'run.json'))) === 'file';
  if (!isRun || (await kindOfPath(path)) !== 'file') return undefined;
  const parsed = RunSettings.safeParse(await readJson(path, 'configuration of the run'));
  if (parsed.success) return parsed.data;
  throw new UserError(`invalid configuration of the run: '${path}'`, {
    hint: 'name the activations with --data',
    cause: parsed.error,
  });
}

async function imagesOf(
  { live, language, shardRoot }: DataLoad,
  { images }: Pick<VisualsConfig, 'images'>,
): Promise<DatasetConfig> {
  if (live !== undefined) return live.images;
  if (language !== undefined) return images;
  return recordedDataset((await readMetadata(shardRoot)).data) ?? images;
}
