// From a configuration to the table of a replacement: opens the model, its transcoders and the texts.
import { sayWhatPackingLeavesOut } from '../../activations/recording/text-model.ts';
import { openLanguageModel } from '../../backbones/language/open.ts';
import { UserError } from '../../base/errors.ts';
import { inBatches } from '../../base/iterables.ts';
import { logger } from '../../base/log.ts';
import { startProgress } from '../../base/progress.ts';
import { number } from '../../base/text.ts';
import type { Context } from '../../data/texts/packing/context.ts';
import { readContexts } from '../../data/texts/packing/contexts.ts';
import { STREAM_BATCH } from '../../data/texts/packing/packing-field.ts';
import { newTally } from '../../data/texts/packing/tally.ts';
import { openTexts } from '../../data/texts/sources/open-texts.ts';
import { resolveTranscoders } from '../../training/runs/transcoders-of-runs.ts';
import { openTranscoders, type TranscoderSet } from '../transcoders.ts';
import type { ReplacementConfig } from './config.ts';
import { measureReplacement, type ReplacementTable } from './measure.ts';

const log = logger('replace');

/** A table, and what it was measured on. */
export interface ReplacementSummary extends ReplacementTable {
  readonly model: string;
  readonly texts: string;
  readonly contextSize: number;
}

/**
 * Measure the loss of a model as it is, with transcoders in place of its MLPs, and with those MLPs silenced: for all
 * transcoders together, and for `layers`. Contexts are packed as those of training are, unless `packing` says otherwise.
 *
 * @throws {UserError} for a model, transcoders, texts and layers that are missing or do not fit each other.
 */
export async function replace(
  given: ReplacementConfig,
  options: { readonly signal?: AbortSignal } = {},
): Promise<ReplacementSummary> {
  const config = await resolveTranscoders(given, options);
  const { contextSize, nContexts, batchContexts, prependBos, processing, threads } = config;
  const { signal } = options;
  const nSets = config.layers === undefined ? 1 : 2;
  const backbone = await openLanguageModel(config.model, {
    signal,
    processing,
    tokenizer: config.tokenizer,
    threads,
    // Each has weights of its own: the model as it is, and two changed ones for one set of layers at a time.
    maxSessions: 3,
  });
  let transcoders: TranscoderSet | undefined;
  const progress = startProgress('replace', { total: nContexts * nSets, unit: 'contexts' });
  try {
    const { nCtx } = backbone.config;
    if (contextSize > nCtx) {
      throw new UserError(`invalid contextSize: ${contextSize}`, {
        hint: `'${config.model}' takes up to ${nCtx} tokens`,
      });
    }
    const source = await openTexts(config.texts, { signal });
    transcoders = await openTranscoders(config.transcoders, { backbone, threads, signal });
    const layers = layerSets(transcoders, config.layers);
    const kind = config.packing;
    const tally = newTally();
    const contexts = readContexts(source, backbone.tokenizer, {
      packing: kind === 'stream' ? { kind, batchSize: STREAM_BATCH } : { kind },
      ...(kind === 'stream' && { maxDocumentTokens: nCtx }),
      contextSize,
      prependBos,
      tally,
      signal,
    });
    const batches: Int32Array[][] = [];
    const whole = wholeContexts(contexts, nContexts);
    for await (const batch of inBatches(whole, batchContexts)) batches.push(batch);
    sayWhatPackingLeavesOut(tally, kind);
    const tables: ReplacementTable[] = [];
    for (const some of layers) {
      const onBatch = (count: number): void => progress.tick(count);
      const options = { backbone, transcoders, layers: [some], onBatch, signal };
      tables.push(await measureReplacement(batches, options));
    }
    const table = { ...tables[0]!, rows: tables.flatMap(({ rows }) => rows) };
    if (table.nContexts === 0) {
      throw new UserError(`missing contexts: the texts do not fill one of ${contextSize} tokens`, {
        hint: 'give a smaller contextSize, or more texts',
      });
    }
    if (table.nContexts < nContexts) {
      log.warn(`the texts hold ${number(table.nContexts)} contexts, not ${number(nContexts)}`);
    }
    return { model: config.model, texts: source.name, contextSize, ...table };
  } finally {
    progress.end();
    await transcoders?.close();
    await backbone.close();
  }
}

function layerSets(transcoders: TranscoderSet, some: readonly number[] | undefined): number[][] {
  const all = [...transcoders.layers];
  const unknown = some?.find((layer) => !all.includes(layer));
  if (unknown !== undefined) {
    throw new UserError(`missing transcoder of layer ${unknown}`, {
      hint: `there are transcoders of layers ${all.join(', ')}`,
    });
  }
  return some === undefined ? [all] : [all, [...new Set(some)].sort((a, b) => a - b)];
}

/** The tokens of the first contexts that are full: padding is nothing to measure on. */
async function* wholeContexts(
  contexts: AsyncIterable<Context>,
  limit: number,
): AsyncGenerator<Int32Array, void> {
  let count = 0;
  for await (const { tokens, length } of contexts) {
    if (length < tokens.length) continue;
    yield tokens;
    if (++count === limit) return;
  }
}
