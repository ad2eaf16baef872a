// Opens what a job reads activations from, whichever it is: shards on disk, a model running along, or rows drawn by a law.
import { logger } from '../base/log.ts';
import { number } from '../base/text.ts';
import { checkOneSource, type DataLoad } from './config.ts';
import { openLiveImages } from './live/open-live-images.ts';
import { openLiveTexts } from './live/open-live-texts.ts';
import type { OpenedSource, OpenOptions, SharedOpenOptions, WantedSource } from './open-options.ts';
import { openShards } from './recorded-source.ts';
import { openSynthetic } from './synthetic/synthetic-source.ts';

const log = logger('activations');

/**
 * Open the activations that `config` names.
 * @throws {UserError} when they are missing or damaged, or the settings do not fit each other.
 */
export async function openSource(
  config: DataLoad,
  options: OpenOptions = {},
): Promise<OpenedSource> {
  const { ignore, scaling, ...shared } = options;
  const wanted = { data: config, ignore, ...(scaling && { scaling }) };
  const [opened] = await openSources([wanted], shared);
  return opened!;
}

/**
 * Open several sources of the same examples, to be read side by side: their settings differ in hook points, in the tokens that are
 * read, in scaling and in what is ignored alone. A model that runs along is opened once for all.
 * @throws {UserError} when one of them cannot be opened.
 */
export async function openSources(
  wanted: readonly WantedSource[],
  options: SharedOpenOptions,
): Promise<OpenedSource[]> {
  for (const { data } of wanted) checkOneSource(data);
  const opened = await openAll(wanted, options);
  const words = opened.map(({ source: { leftOut, length } }) =>
    leftOut === undefined
      ? undefined
      : `${number(leftOut)} of ${number(leftOut + length)} rows are ignored`,
  );
  for (const word of new Set(words)) if (word !== undefined) log.info(word);
  return opened;
}

async function openAll(
  wanted: readonly WantedSource[],
  options: SharedOpenOptions,
): Promise<OpenedSource[]> {
  const { live, language, synthetic } = wanted[0]!.data;
  if (language !== undefined) return openLiveTexts(language, wanted, options);
  if (live !== undefined) return openLiveImages(live, wanted, options);
  if (synthetic !== undefined) return openSynthetic(synthetic, wanted, options);
  return openShards(wanted, options);
}
