// Opens what activations of texts need: the model, its tokenizer, and the texts as contexts.
import { type LanguageModel, openLanguageModel } from '../../backbones/language/open.ts';
import { UserError } from '../../base/errors.ts';
import { logger } from '../../base/log.ts';
import { startProgress } from '../../base/progress.ts';
import { number } from '../../base/text.ts';
import type { TextConfig } from '../../data/texts/config.ts';
import { type ContextStore, createContextStore } from '../../data/texts/packing/context-store.ts';
import type { Packing } from '../../data/texts/packing/contexts.ts';
import { leftOutShare, type PackingTally, tallyText } from '../../data/texts/packing/tally.ts';
import { packingOf } from '../../data/texts/packing/usual-packing.ts';
import { openTexts, textKindOf } from '../../data/texts/sources/open-texts.ts';
import type { Tokenizer } from '../../data/texts/tokenizer.ts';
import type { LanguageRecording } from '../language-config.ts';
import type { TextContexts } from '../types.ts';
import { checkContextSize } from './text-recorder.ts';

const log = logger('activations');

/** A language model and the contexts it is run on. */
export interface TextModel {
  readonly backbone: LanguageModel;
  readonly tokenizer: Tokenizer;
  readonly contexts: TextContexts;
  /** Contexts of one pass. */
  readonly nContexts: number;
  /** Ends the model. */
  close(): Promise<void>;
}

/**
 * Open a model and its texts. Local texts are read through, up to `nContexts`, to count their contexts; those of the
 * hub are read as they are needed.
 *
 * @throws {UserError} for models, tokenizers and texts that are missing or do not fit each other, and where `nContexts`
 * is missing.
 */
export async function openTextModel(
  config: Omit<LanguageRecording, 'head'>,
  texts: TextConfig,
  { threads, signal }: { threads?: number | undefined; signal?: AbortSignal | undefined } = {},
): Promise<TextModel> {
  const { contextSize, processing, model: name } = config;
  refuseEndless(texts, config);
  const backbone = await openLanguageModel(name, {
    processing,
    tokenizer: config.tokenizer,
    threads,
    signal,
  });
  try {
    checkContextSize(contextSize, backbone);
    const more = await openMoreTexts(backbone, config, texts, { signal });
    return {
      ...more,
      backbone,
      tokenizer: backbone.tokenizer,
      async close() {
        await more.close();
        await backbone.close();
      },
    };
  } catch (error) {
    await backbone.close();
    throw error;
  }
}

/** @throws {UserError} for texts of the hub of which nobody says how many contexts make a pass. */
function refuseEndless(
  texts: TextConfig,
  { nContexts }: Pick<LanguageRecording, 'nContexts'>,
): void {
  const { isRemote, name } = textKindOf(texts);
  if (!isRemote || nContexts !== undefined) return;
  throw new UserError(`missing nContexts: '${name(texts)}' is read as it is needed`, {
    hint: 'say how many contexts make one pass',
  });
}

/**
 * Open further texts for a model that is open: closing them leaves the model open.
 * @throws {UserError} as {@link openTextModel} does.
 */
export async function openMoreTexts(
  backbone: LanguageModel,
  config: Omit<LanguageRecording, 'head'>,
  texts: TextConfig,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Pick<TextModel, 'contexts' | 'nContexts' | 'close'>> {
  const { contextSize, nContexts, prependBos, processing, model: name } = config;
  refuseEndless(texts, config);
  const kind = packingOf(config.packing, texts);
  const { isRemote } = textKindOf(texts);
  const { tokenizer } = backbone;
  const store = createContextStore(await openTexts(texts, { signal }), tokenizer, {
    contextSize,
    prependBos,
    packing: kind === 'stream' ? { kind, batchSize: config.batchContexts } : { kind },
    // As `to_tokens` of TransformerLens cuts a text.
    ...(kind === 'stream' && { maxDocumentTokens: backbone.config.nCtx }),
    signal,
  });
  const sayLeftOut = (): void => sayWhatPackingLeavesOut(store.tally, kind);
  const count = isRemote ? nContexts! : await countContexts(store, nContexts);
  if (!isRemote) sayLeftOut();
  return {
    contexts: {
      model: name,
      processing,
      tokenizer: tokenizer.name,
      contextSize,
      tokens: (example) => store.tokens(example),
    },
    nContexts: count,
    async close() {
      // Texts of the hub are read as they are needed, so only now is it known.
      if (isRemote) sayLeftOut();
    },
  };
}

/**
 * Count the contexts of texts, at most those wanted.
 *
 * @throws {UserError} when there are none.
 */
async function countContexts(store: ContextStore, wanted: number | undefined): Promise<number> {
  const progress = startProgress('read texts', {
    unit: 'contexts',
    ...(wanted && { total: wanted }),
  });
  const count = await store
    .reach(wanted ?? Number.POSITIVE_INFINITY, () => progress.tick())
    .finally(() => progress.end());
  if (count === 0) {
    throw new UserError(`no contexts: the texts do not fill one of ${store.contextSize} tokens`, {
      hint: 'give a smaller contextSize, or more texts',
    });
  }
  if (wanted !== undefined && count < wanted) {
    log.warn(`the texts hold ${number(count)} contexts, not ${number(wanted)}`);
  }
  return count;
}

/** Tokens that may be left out before it is a warning. */
const MUCH_LEFT_OUT = 0.05;

/** Tell in the log what packing leaves out of texts. */
export function sayWhatPackingLeavesOut(tally: PackingTally, kind: Packing['kind']): void {
  const text = tallyText(tally, kind);
  if (text === undefined) return;
  if (leftOutShare(tally) <= MUCH_LEFT_OUT) log.info(text);
  else log.warn(kind === 'concatenated' ? text : `${text}; packing 'concatenated' keeps them`);
}
