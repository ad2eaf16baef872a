// The activations that a checkpoint belongs to, where no run and no shards are at hand: its model runs along over its texts.
import { DataLoad, type DataLoadInput } from '../../activations/config.ts';
import { textKindOf } from '../../data/texts/sources/open-texts.ts';
import { type CoderConfig, isTranscoder } from '../../sae/coder.ts';
import { languageOfCoder } from './language-of-coder.ts';

/** Contexts of a data set on the hub that make one pass, where nobody says how many: 1.28 million tokens at 128. */
export const HUB_CONTEXTS = 10_000;

/** What a person says of the activations of a coder. */
export interface DataOfCoderOptions {
  /** Settings that go before those of the checkpoint. */
  readonly data?: DataLoadInput | undefined;
}

/**
 * Say which activations a coder of a language model reads, as its checkpoint does: model, hook points, texts and contexts.
 * Undefined where the checkpoint does not name a model and a hook point, or where nobody names texts; and of a coder whose
 * settings of training are not those of texts.
 * @throws {ZodError} for settings in `data` that are not of the form of their fields.
 */
export async function dataOfCoder(
  config: CoderConfig,
  { data = {} }: DataOfCoderOptions = {},
): Promise<DataLoad | undefined> {
  const { input, output, head } = config.place ?? {};
  const known = await languageOfCoder(config);
  const { language } = data;
  const { model = known.model, texts = known.texts } = language ?? {};
  if (input === undefined || model === undefined || texts === undefined) return undefined;
  const place = {
    layer: input,
    ...(isTranscoder(config) && output !== undefined && { target: output }),
    ...(head !== undefined && { head }),
  };
  const settings = { ...withoutUndefined(known), ...language, model, texts };
  const loaded = DataLoad.parse({ ...place, ...data, language: settings });
  const { language: read } = loaded;
  if (read === undefined || read.nContexts !== undefined || !textKindOf(read.texts).isRemote) {
    return loaded;
  }
  return { ...loaded, language: { ...read, nContexts: HUB_CONTEXTS } };
}

function withoutUndefined<T extends object>(settings: T): Partial<T> {
  const said = Object.entries(settings).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said) as Partial<T>;
}
