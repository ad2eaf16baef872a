// Opens activations of texts straight from a language model, and texts to validate on beside them.
import { textKindOf } from '../../data/texts/sources/open-texts.ts';
import type { LanguageLoad } from '../language-config.ts';
import {
  heldOutOf,
  type OpenedSource,
  type SharedOpenOptions,
  type WantedSource,
  withValidation,
} from '../open-options.ts';
import { otherShards } from '../recorded-source.ts';
import { openMoreTexts, openTextModel, type TextModel } from '../recording/text-model.ts';
import type { ActivationSource } from '../types.ts';
import { keptApart, openValidation, type ValidationRows } from '../validation/rows.ts';
import { refuseSameSet } from '../validation/same-set.ts';
import { liveTextsTogether, type TextSelection } from './live-texts.ts';
import { overModel } from './over-model.ts';
import { selectRows } from './select-rows.ts';

type Texts = Pick<TextModel, 'contexts' | 'nContexts'>;

/**
 * Open a language model that runs along over its texts, once for all sources that are wanted.
 * @throws {UserError} when model or texts are missing or damaged, or the settings do not fit each other.
 */
export async function openLiveTexts(
  language: LanguageLoad,
  wanted: readonly WantedSource[],
  options: SharedOpenOptions,
): Promise<OpenedSource[]> {
  const { texts, batchContexts, bufferContexts } = language;
  const { validation: choice, signal } = options;
  if (choice?.texts !== undefined) await refuseSameSet(choice.texts, texts, 'texts');
  const model = await openTextModel(language, texts, options);
  const { backbone, contexts, nContexts } = model;
  const shared = { backbone, batchContexts, bufferContexts, ...(signal && { signal }) };
  return overModel(model, async () => {
    const { isRemote } = textKindOf(texts);
    const all = { nExamples: nContexts, absent: [] };
    const kept = choice && keptApart(choice, { ...all, isRemote });
    const heldOut = heldOutOf(nContexts, options);
    const selections = selectionsOf(wanted, options, { ...model, language });
    const trained = { ...shared, contexts, nContexts, heldOut, leaveOut: kept };
    const sources = await liveTextsTogether(trained, selections);
    const opened = sources.map((source) => ({ source, scaling: source.scaling, language: model }));
    if (choice === undefined) return opened;
    const openOf =
      (own: Texts, its: readonly TextSelection[]) =>
      (leaveOut: Uint32Array, places: readonly number[]): Promise<ActivationSource[]> =>
        liveTextsTogether(
          { ...shared, ...own, leaveOut },
          places.map((i) => ({ ...its[i]!, scaling: sources[i]!.scaling })),
        );
    return withValidation(opened, async (): Promise<ValidationRows[]> => {
      if (kept !== undefined) {
        const set = { ...all, open: openOf(model, selections) };
        return openValidation(choice, set, { sources, from: 'share', kept });
      }
      if (choice.texts === undefined) {
        const { checkpoint } = backbone;
        return otherShards(wanted, options, { opened, checkpoint, isRemote });
      }
      const asked = { ...language, nContexts: choice.nContexts };
      const more = await openMoreTexts(backbone, asked, choice.texts, options);
      const its = selectionsOf(wanted, options, { ...model, ...more, language });
      const set = { nExamples: more.nContexts, absent: [], open: openOf(more, its) };
      return openValidation(choice, set, { sources, from: 'texts', isRemote, signal });
    });
  });
}

/** Which rows of the contexts each source reads. */
function selectionsOf(
  wanted: readonly WantedSource[],
  options: SharedOpenOptions,
  model: Texts & Pick<TextModel, 'tokenizer'> & { readonly language: LanguageLoad },
): TextSelection[] {
  return selectRows(wanted, {
    nExamples: model.nContexts,
    absent: [],
    nPatches: model.language.contextSize,
    hasCls: false,
    contexts: async () => model.contexts,
    tokenizer: async () => model.tokenizer,
    signal: options.signal,
  });
}
