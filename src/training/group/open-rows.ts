// Opens the rows that the runs of a group train on: each set of them once, all of the same examples.

import type { OpenedSource, WantedSource } from '../../activations/open-options.ts';
import { openSources } from '../../activations/source.ts';
import { stableJson } from '../../base/json.ts';
import { scalingToStartFrom } from '../config/from-coder.ts';
import type { TrainConfig } from '../config/train-config.ts';
import { validationOf } from '../config/validation-config.ts';
import { openModelOfRows, type TextModelOfRows } from '../evaluation/texts.ts';
import type { TrainingRows } from './rows.ts';

/** The rows of a group's runs, open. */
interface OpenRows {
  /** Those of each run; runs that take the same ones have the same object. */
  readonly rows: readonly TrainingRows[];
  close(): Promise<void>;
}

/**
 * Open the rows of each run of a group (see `splitConfigs`), and the language model that they come from.
 * @throws {UserError} for data that is missing or does not fit.
 */
export async function openRows(
  group: readonly TrainConfig[],
  options: { readonly signal?: AbortSignal },
): Promise<OpenRows> {
  const { threads } = group[0]!;
  const { places, distinct } = distinctRows(group);
  const wanted: WantedSource[] = [];
  for (const config of distinct) {
    const scaling = await scalingToStartFrom(config, options);
    wanted.push({ data: config.data, ignore: config.ignore, ...(scaling && { scaling }) });
  }
  const opened = await openSources(wanted, { ...options, ...readingOf(group[0]!) });
  const texts: (TextModelOfRows | undefined)[] = [];
  const close = async (): Promise<void> => {
    for (const text of texts) await text?.close();
    for (const { source } of opened) await source.close();
  };
  try {
    for (const [i, each] of opened.entries()) {
      texts.push(await textOf(distinct[i]!, each, texts, { ...options, threads }));
    }
  } catch (error) {
    await close();
    throw error;
  }
  const rows = opened.map(({ source, scaling, validation }, i) => ({
    source,
    scaling,
    validation,
    text: texts[i],
  }));
  return { rows: places.map((place) => rows[place]!), close };
}

/** How the rows of a group are read, whichever they are. */
export function readingOf(config: TrainConfig): {
  readonly threads: number | undefined;
  readonly holdOut: number;
  readonly validation: ReturnType<typeof validationOf>;
} {
  const { threads, nEvalContexts: holdOut } = config;
  return { threads, holdOut, validation: validationOf(config) };
}

/** One run for each set of rows, in the order in which they come, and which set each run takes. */
export function distinctRows<Config extends TrainConfig>(
  group: readonly Config[],
): { readonly places: readonly number[]; readonly distinct: readonly Config[] } {
  const keys = group.map(({ data, ignore }) => stableJson([data, ignore]));
  const first = [...new Set(keys)];
  return {
    places: keys.map((key) => first.indexOf(key)),
    distinct: first.map((key) => group[keys.indexOf(key)]!),
  };
}

/** The model of the rows: opened with the first ones, and the same for all of a group. */
async function textOf(
  { data }: TrainConfig,
  opened: OpenedSource,
  before: readonly (TextModelOfRows | undefined)[],
  options: { readonly threads: number | undefined; readonly signal?: AbortSignal },
): Promise<TextModelOfRows | undefined> {
  const [first] = before;
  if (before.length > 0 && first === undefined) return undefined;
  const language = opened.language ?? (first && { backbone: first.backbone });
  return openModelOfRows(data, { ...opened, ...(language && { language }) }, options);
}
