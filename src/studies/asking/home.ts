// Where in which model a coder belongs, found by the name of its run or checkpoint alone.
import { z } from 'zod';
import { DataLoad, type DataLoadInput, visionModelOf } from '../../activations/config.ts';
import { findShards } from '../../activations/find-shards.ts';
import type { LayerChoice, PatchChoice } from '../../activations/reading/selection.ts';
import type { HeadChoice } from '../../activations/recording/text-points.ts';
import { readTexts } from '../../activations/shards/context-files.ts';
import { type Layer, readMetadata } from '../../activations/shards/metadata.ts';
import { UserError } from '../../base/errors.ts';
import { kindOfPath } from '../../base/files.ts';
import { coderPath } from '../../sae/checkpoints/read-coder.ts';
import { describeCheckpoint } from '../../sae/checkpoints/registry.ts';
import type { CoderConfig } from '../../sae/coder.ts';
import { dataOfCoder } from '../../training/runs/data-of-coder.ts';
import { languageOfCoder } from '../../training/runs/language-of-coder.ts';
import { dataOfRun } from '../../visuals/data-of-run.ts';
import { whereItLies } from './where-it-lies.ts';

/** Where in a model a coder belongs, and which rows of it it reads. */
export type CoderHome = ImageHome | TextHome;

interface AnyHome {
  readonly layer: LayerChoice;
  /** Layers that a mean or a list is over; all blocks of the model when undefined. */
  readonly layers?: readonly Layer[] | undefined;
  readonly patches: PatchChoice;
  /** The activations as settings, shards where they lie now. */
  readonly data: DataLoad;
  /** Whether its shards can be read. */
  readonly hasShards: boolean;
}

/** A place in a vision transformer. */
export interface ImageHome extends AnyHome {
  readonly modality: 'image';
  readonly family: string;
  readonly checkpoint: string;
}

/** A place in a language model. */
export interface TextHome extends AnyHome {
  readonly modality: 'text';
  readonly model: string;
  readonly tokenizer?: string | undefined;
  readonly processing: boolean;
  readonly prependBos: boolean;
  /** Tokens of a context in training, where that is known. */
  readonly contextSize?: number | undefined;
  readonly head: HeadChoice;
}

/** What is known of a coder without its weights. */
export interface DescribedCoder {
  /** The run or checkpoint as it was named. */
  readonly name: string;
  readonly config: CoderConfig;
  readonly home: CoderHome;
}

/** What may be said instead of what a run says. */
export interface HomeOptions {
  /** Settings of activations as a person writes them: each goes before that of the run. */
  readonly data?: DataLoadInput | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Say what a run or checkpoint is of, without reading its weights: what decides whether it can be asked, and of what.
 * @throws {UserError} when there is no such coder, and when nothing says which model it belongs to
 */
export async function describeCoder(
  name: string,
  { data: given, signal }: HomeOptions = {},
): Promise<DescribedCoder> {
  const path = await coderPath(name, signal === undefined ? {} : { signal });
  const { config } = await describeCheckpoint(path);
  const said = withGiven((await dataOfRun(name)) ?? trainedOn(config), config, given);
  const home = await homeOf(name, config, said);
  return { name, config, home };
}

/** Settings of a run with those that a person gave; where activations come from is taken whole from one of the two. */
function withGiven(
  ofRun: DataLoad | undefined,
  { place }: CoderConfig,
  given: DataLoadInput | undefined,
): DataLoad | undefined {
  if (given === undefined || Object.keys(given).length === 0) return ofRun;
  const own: Partial<DataLoad> = ofRun ?? { layer: place?.input, head: place?.head };
  const { live, language, shardRoot, ...rest } = own;
  const namesSource = [given.live, given.language, given.shardRoot].some((x) => x !== undefined);
  const source = namesSource ? {} : { live, language, shardRoot };
  return DataLoad.parse({ ...withoutUndefined({ ...rest, ...source }), ...given });
}

function withoutUndefined(settings: object): object {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

async function homeOf(
  name: string,
  config: CoderConfig,
  said: DataLoad | undefined,
): Promise<CoderHome> {
  if (said?.live !== undefined) return liveHome(said);
  if (said?.language !== undefined) return textHome(said, said.language, false);
  const shards = said === undefined ? undefined : await shardsOf(said, name);
  if (said !== undefined && shards !== undefined) return recordedHome(said, shards);
  const ofCheckpoint = await homeOfCheckpoint(config);
  if (ofCheckpoint !== undefined) return ofCheckpoint;
  if (said !== undefined) {
    throw new UserError(
      `missing activations of '${name}': there is nothing at '${said.shardRoot}'`,
      {
        hint: 'they say which model it belongs to; name it with --data.live.vit-family and --data.live.vit-ckpt, or --data.language.model, and --data.layer',
      },
    );
  }
  throw new UserError(`missing model: '${name}' does not say which model it belongs to`, {
    hint: 'name it with --data.live.vit-family and --data.live.vit-ckpt, or --data.language.model, and --data.layer',
  });
}

/** Settings of a training that a checkpoint keeps, where it stands without its run. */
function trainedOn({ metadata }: CoderConfig): DataLoad | undefined {
  const settings = z.looseObject({ trainConfig: z.looseObject({ data: DataLoad }) });
  const parsed = settings.safeParse(metadata);
  return parsed.success ? parsed.data.trainConfig.data : undefined;
}

/** The shards of a run, where they lie now; undefined where there are none. */
async function shardsOf(data: DataLoad, name: string): Promise<string | undefined> {
  const root = await whereItLies(data.shardRoot, name);
  if ((await kindOfPath(root)) === 'nothing') return undefined;
  return findShards(root, data);
}

function liveHome(data: DataLoad): ImageHome {
  const { family, name: checkpoint } = visionModelOf(data.live!);
  const { layer, patches } = data;
  return { modality: 'image', family, checkpoint, layer, patches, data, hasShards: false };
}

async function recordedHome(said: DataLoad, shardRoot: string): Promise<CoderHome> {
  const metadata = await readMetadata(shardRoot);
  const data = { ...said, shardRoot };
  const texts = await readTexts(shardRoot);
  const { layers } = metadata;
  if (texts !== undefined) return { ...textHome(data, texts, true), layers };
  const { family, checkpoint } = metadata;
  const { layer, patches } = data;
  return { modality: 'image', family, checkpoint, layer, layers, patches, data, hasShards: true };
}

type Language = Pick<TextHome, 'model' | 'tokenizer' | 'processing' | 'prependBos' | 'contextSize'>;

function textHome(data: DataLoad, language: Language, hasShards: boolean): TextHome {
  const { model, tokenizer, processing, prependBos, contextSize } = language;
  const { layer, patches, head } = data;
  return {
    modality: 'text',
    ...{ model, tokenizer, processing, prependBos, contextSize },
    ...{ layer, patches, head, data, hasShards },
  };
}

/** What a checkpoint says of itself, where it names a language model and a hook point; texts are not needed. */
async function homeOfCheckpoint(config: CoderConfig): Promise<TextHome | undefined> {
  const { input, model: named, head } = config.place ?? {};
  const known = await languageOfCoder(config);
  const model = known.model ?? named;
  if (input === undefined || model === undefined) return undefined;
  const data = (await dataOfCoder(config)) ?? DataLoad.parse({ layer: input, head });
  const { tokenizer, processing = true, prependBos = true, contextSize } = known;
  const language = { model, tokenizer, processing, prependBos, contextSize };
  return textHome({ ...data, layer: input, head }, language, false);
}
