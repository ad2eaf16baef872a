// Transcoders that lie in runs: the newest of each layer, and the language model that they belong to.
import { UserError } from '../../base/errors.ts';
import { logger } from '../../base/log.ts';
import { coderPath } from '../../sae/checkpoints/read-coder.ts';
import { describeCheckpoint } from '../../sae/checkpoints/registry.ts';
import { isTranscoder } from '../../sae/coder.ts';
import { hookPointsOf } from '../../sae/hook-points.ts';
import { type FoundCoder, findCoders, newestOf } from './choose-coder.ts';
import {
  type LanguageModelName,
  type LanguageOfCoder,
  languageOfCoder,
} from './language-of-coder.ts';

const log = logger('runs');

/**
 * Choose among the names that `--transcoders` takes: of a folder of runs, or of several runs (`runs/*`), the newest
 * transcoder of each layer, and the log says which were left out. Autoencoders among them are left out, too. Names of
 * the hub and `LAYER=NAME` stay as they are; so do all names, where none is a transcoder that knows its layer.
 * @throws {UserError} for a name at which there is nothing, and for transcoders of one layer that were trained together.
 */
export async function newestTranscoders(names: readonly string[]): Promise<string[]> {
  const isGiven = (name: string): boolean => name.startsWith('hf-hub:') || /^\d+=/.test(name);
  const given = names.filter(isGiven);
  const local = names.filter((name) => !isGiven(name));
  if (local.length === 0) return [...names];
  const found = await findCoders(local);
  const byLayer = new Map<number, FoundCoder[]>();
  const leftOut: string[] = [];
  for (const coder of found) {
    const layer = layerOf(coder);
    if (layer === undefined) leftOut.push(coder.path);
    else byLayer.set(layer, [...(byLayer.get(layer) ?? []), coder]);
  }
  if (byLayer.size === 0) return [...names];
  if (leftOut.length > 0) log.info(`left out, as no transcoders: ${leftOut.join(', ')}`);
  const chosen: string[] = [];
  for (const [layer, coders] of [...byLayer].sort(([a], [b]) => a - b)) {
    const { path } = await newestOf(coders, `which transcoder of layer ${layer}?`);
    if (coders.length > 1)
      log.info(`layer ${layer}: taking ${path}, the newest of ${coders.length} transcoders`);
    chosen.push(path);
  }
  return [...given, ...chosen];
}

function layerOf({ path, config }: FoundCoder): number | undefined {
  if (!isTranscoder(config) || config.place?.input === undefined) return undefined;
  return hookPointsOf({ config }, `'${path}'`).layer;
}

/** Settings of a job that puts transcoders into a language model; what is left out is found in their checkpoints. */
export interface TranscoderSettings extends LanguageModelName {
  readonly transcoders: readonly string[];
}

/**
 * Complete the settings of a job that takes transcoders: one of each layer (see {@link newestTranscoders}), and, where
 * no model is named, the model that they were trained on, with its tokenizer and processing; `gpt2`, processed as
 * TransformerLens does, where they do not say.
 * @throws {UserError} as {@link newestTranscoders} and {@link languageModelOf} do.
 */
export async function resolveTranscoders<Settings extends TranscoderSettings>(
  settings: Settings,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Settings & { transcoders: string[]; model: string; processing: boolean }> {
  const transcoders = await newestTranscoders(settings.transcoders);
  const { model, tokenizer, processing } = settings;
  if (model !== undefined) {
    return { ...settings, transcoders, model, processing: processing ?? true };
  }
  const known = await languageModelOf(transcoders, options);
  if (known.model !== undefined) log.info(`the transcoders are of ${known.model}`);
  return {
    ...settings,
    transcoders,
    model: known.model ?? 'gpt2',
    tokenizer: tokenizer ?? known.tokenizer,
    processing: processing ?? known.processing ?? true,
  };
}

/**
 * Find the language model that coders belong to, as their checkpoints say; `LAYER=NAME` is read as NAME. Those that do not
 * say count for nothing.
 * @throws {UserError} when they are of several models, or there is nothing at a name.
 */
export async function languageModelOf(
  names: readonly string[],
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<LanguageModelName> {
  const found = new Map<string, { readonly name: string; readonly of: LanguageModelName }>();
  for (const given of names) {
    const { model, tokenizer, processing } = await languageAt(given, options);
    const name = given.replace(/^\d+=/, '');
    if (model !== undefined) found.set(model, { name, of: { model, tokenizer, processing } });
  }
  const [first, second] = [...found.values()];
  if (first === undefined) return {};
  if (second === undefined) return first.of;
  throw new UserError(
    `invalid coders: '${first.name}' is of ${first.of.model}, '${second.name}' of ${second.of.model}`,
    { hint: 'name the coders of one model, or say with --model which it is' },
  );
}

/** What coders of a language model were trained on, as far as they agree. */
export interface TextsOfCoders extends Pick<LanguageOfCoder, 'texts' | 'packing'> {
  /** Tokens in a context; the fewest where checkpoints say several numbers. */
  readonly contextSize?: number | undefined;
}

/**
 * Find the texts and the size of contexts that coders were trained with, as their checkpoints say; texts only where all
 * that name some name the same. `LAYER=NAME` is read as NAME.
 * @throws {UserError} when there is nothing at a name.
 */
export async function textsOfCoders(
  names: readonly string[],
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<TextsOfCoders> {
  const known: LanguageOfCoder[] = [];
  for (const name of names) known.push(await languageAt(name, options));
  const sizes = known.flatMap(({ contextSize }) => contextSize ?? []);
  const named = known.filter(({ texts }) => texts !== undefined);
  const all = new Set(named.map(({ texts, packing }) => JSON.stringify([texts, packing])));
  if (all.size > 1) log.info('the coders were trained on different texts: none of them is taken');
  return {
    contextSize: sizes.length === 0 ? undefined : Math.min(...sizes),
    ...(all.size === 1 && { texts: named[0]!.texts, packing: named[0]!.packing }),
  };
}

async function languageAt(
  given: string,
  options: { readonly signal?: AbortSignal | undefined },
): Promise<LanguageOfCoder> {
  const name = /^\d+=(.+)$/.exec(given)?.[1] ?? given;
  const { config } = await describeCheckpoint(await coderPath(name, options));
  return languageOfCoder(config);
}
