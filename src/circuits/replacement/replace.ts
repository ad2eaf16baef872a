// From a configuration to the table of a replacement: opens the model, its transcoders, other coders and the texts.
import { sayWhatPackingLeavesOut } from '../../activations/recording/text-model.ts';
import { openLanguageModel } from '../../backbones/language/open.ts';
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import { UserError } from '../../base/errors.ts';
import { logger } from '../../base/log.ts';
import { startProgress } from '../../base/progress.ts';
import { number } from '../../base/text.ts';
import { TextConfig } from '../../data/texts/config.ts';
import { readContexts } from '../../data/texts/packing/contexts.ts';
import { STREAM_BATCH } from '../../data/texts/packing/packing-field.ts';
import { newTally } from '../../data/texts/packing/tally.ts';
import { packingOf } from '../../data/texts/packing/usual-packing.ts';
import { openTexts } from '../../data/texts/sources/open-texts.ts';
import { hookPointsOf } from '../../sae/hook-points.ts';
import { openCoder } from '../../sae/open-coder.ts';
import { findCoders } from '../../training/runs/choose-coder.ts';
import { trainingTextsText } from '../../training/runs/language-of-coder.ts';
import {
  languageModelOf,
  resolveTranscoders,
  textsOfCoders,
} from '../../training/runs/transcoders-of-runs.ts';
import { ofEachLayer } from '../each-layer.ts';
import { openTranscoders } from '../transcoders.ts';
import { type CoderRow, type MeasuredCoder, measureCoders } from './coders.ts';
import type { ReplacementConfig } from './config.ts';
import { chosenContexts } from './contexts.ts';
import { layerSets } from './layer-sets.ts';
import { measureChanges, measureReplacement, type ReplacementTable } from './measure.ts';

const log = logger('replace');

/** A table, and what it was measured on. */
export interface ReplacementSummary extends ReplacementTable {
  readonly model: string;
  readonly texts: string;
  readonly contextSize: number;
  /** Coders by themselves, in the order in which they were named; undefined where that was not asked for. */
  readonly coders?: readonly CoderRow[];
}

/**
 * Measure the loss of a model as it is, with transcoders in place of its MLPs, and with those MLPs silenced: for all
 * transcoders together, and for each set of `layers`; and with each of `coders` by itself. Contexts are packed as those of training
 * are, unless `packing` says otherwise.
 *
 * @throws {UserError} for a model, transcoders, coders, texts and layers that are missing or do not fit each other.
 */
export async function replace(
  given: ReplacementConfig,
  options: { readonly signal?: AbortSignal } = {},
): Promise<ReplacementSummary> {
  const { signal } = options;
  const config = await resolved(given, options);
  const { contextSize, prependBos, processing, threads } = config;
  const backbone = await openLanguageModel(config.model, {
    signal,
    processing,
    tokenizer: config.tokenizer,
    threads,
    // Each has weights of its own: the model as it is, and two changed ones for one set of layers at a time.
    maxSessions: 3,
  });
  try {
    const { nCtx } = backbone.config;
    if (contextSize > nCtx) {
      throw new UserError(`invalid contextSize: ${contextSize}`, {
        hint: `'${config.model}' takes up to ${nCtx} tokens`,
      });
    }
    const source = await openTexts(config.texts, { signal });
    const kind = packingOf(config.packing, config.texts);
    const tally = newTally();
    const contexts = readContexts(source, backbone.tokenizer, {
      packing: kind === 'stream' ? { kind, batchSize: STREAM_BATCH } : { kind },
      ...(kind === 'stream' && { maxDocumentTokens: nCtx }),
      contextSize,
      prependBos,
      tally,
      signal,
    });
    const measured = await measure(config, { backbone, signal }, async () => {
      const chosen = await chosenContexts(contexts, config);
      sayWhatPackingLeavesOut(tally, kind);
      return chosen;
    });
    if (measured.nContexts < config.nContexts) {
      log.warn(
        `the texts hold ${number(measured.nContexts)} contexts, not ${number(config.nContexts)}`,
      );
    }
    return { model: config.model, texts: source.name, contextSize, ...measured };
  } finally {
    await backbone.close();
  }
}

type Resolved = ReplacementConfig &
  Required<Pick<ReplacementConfig, 'model' | 'processing' | 'texts' | 'contextSize'>>;

const USUAL_CONTEXT_SIZE = 128;

/** Find out what names mean, and which model, texts and contexts are meant where none are named. */
async function resolved(
  given: ReplacementConfig,
  options: { readonly signal?: AbortSignal },
): Promise<Resolved> {
  const named = await ofEachLayer(given.transcoders, options);
  const coders = await eachCoder(await ofEachLayer(given.coders, options));
  const isOfCoders = named.length === 0 && given.model === undefined;
  const known = isOfCoders ? await languageModelOf(coders, options) : {};
  const { model = known.model, tokenizer = known.tokenizer, processing = known.processing } = given;
  const whole = { ...given, model, tokenizer, processing, transcoders: named, coders };
  const resolved = await resolveTranscoders(whole, options);
  return { ...resolved, ...(await textsOf(given, [...resolved.transcoders, ...coders], options)) };
}

/** The texts and contexts that a person names, or else those of the coders' training, or else the usual ones. */
async function textsOf(
  { texts, contextSize, packing }: ReplacementConfig,
  names: readonly string[],
  options: { readonly signal?: AbortSignal },
): Promise<Pick<Resolved, 'texts' | 'contextSize' | 'packing'>> {
  if (texts !== undefined && contextSize !== undefined) return { texts, contextSize, packing };
  const known = await textsOfCoders(names, options);
  const taken = {
    ...(texts === undefined && { texts: known.texts }),
    ...(contextSize === undefined && { contextSize: known.contextSize }),
  };
  const words = trainingTextsText(taken);
  if (words !== undefined) log.info(`as in the training of the coders: ${words}`);
  return {
    texts: texts ?? known.texts ?? TextConfig.parse({}),
    contextSize: contextSize ?? known.contextSize ?? USUAL_CONTEXT_SIZE,
    packing: packing ?? (taken.texts && known.packing),
  };
}

/** Name every finished run of folders of runs; the rest by itself. */
async function eachCoder(names: readonly string[]): Promise<string[]> {
  const all: string[] = [];
  for (const name of names) {
    if (/^(\d+=|hf-hub:)/.test(name)) all.push(name);
    else all.push(...(await findCoders([name])).map(({ path }) => path));
  }
  return [...new Set(all)];
}

type Measured = Omit<ReplacementSummary, 'model' | 'texts' | 'contextSize'>;

async function measure(
  config: Resolved,
  { backbone, signal }: { backbone: LanguageBackbone; signal: AbortSignal | undefined },
  readBatches: () => Promise<Int32Array[][]>,
): Promise<Measured> {
  const { threads, nContexts } = config;
  const own = { backbone, threads, signal };
  const transcoders = await openTranscoders(config.transcoders, own);
  const coders: MeasuredCoder[] = [];
  try {
    const sets =
      transcoders.layers.length === 0 ? [] : layerSets(transcoders, config.layers?.map(String));
    for (const name of config.coders) {
      const coder = await openCoder(name.replace(/^\d+=/, ''), { threads, signal });
      coders.push({ name, coder, place: hookPointsOf(coder, `'${name}'`) });
    }
    const batches = await readBatches();
    if (batches.length === 0) {
      throw new UserError(
        `missing contexts: the texts do not fill one of ${config.contextSize} tokens`,
        { hint: 'give a smaller contextSize, or more texts' },
      );
    }
    const progress = startProgress('replace', {
      total: nContexts * (sets.length + coders.length),
      unit: 'contexts',
    });
    const onBatch = (count: number): void => progress.tick(count);
    try {
      const tables: ReplacementTable[] = [];
      for (const some of sets) {
        const layers = [some];
        tables.push(await measureReplacement(batches, { ...own, transcoders, layers, onBatch }));
      }
      const rows = tables.flatMap((table) => table.rows);
      const ofCoders = await measureCoders(batches, { backbone, coders, onBatch, signal });
      const { measures: _, ...clean } = tables[0]
        ? { ...tables[0], measures: [] }
        : await measureChanges(batches, { backbone, changes: [], signal });
      return { ...clean, rows, ...(coders.length > 0 && { coders: ofCoders }) };
    } finally {
      progress.end();
    }
  } finally {
    for (const { coder } of coders) await coder.close();
    await transcoders.close();
  }
}
