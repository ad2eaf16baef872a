// The tokenizer that belongs to a language model.

import { checkTokenizerFits, loadTokenizer, type Tokenizer } from '../../data/texts/tokenizer.ts';
import { languageWorldFolder } from '../../data/worlds/language/asset.ts';
import type { HubOptions } from '../../hub/client.ts';
import type { ResolvedLanguageModel } from './checkpoints.ts';

/**
 * Load the tokenizer `name`, or the model's own: the one its config names, else the one beside its weights.
 * Throws a UserError when it is missing, damaged, or has tokens that the model does not know.
 */
export async function openTokenizerOf(
  model: ResolvedLanguageModel,
  { name, ...options }: HubOptions & { readonly name?: string | undefined } = {},
): Promise<Tokenizer> {
  const { source } = model;
  const isEmbedded = languageWorldFolder(model.name) !== undefined;
  const folder = source.kind === 'folder' && !isEmbedded ? source.folder : model.name;
  const own = source.kind === 'hub' ? source.repo.name : folder;
  const from = name ?? model.tokenizer ?? own;
  const revision = from === own && source.kind === 'hub' ? source.repo.revision : undefined;
  const tokenizer = await loadTokenizer(from, { ...options, ...(revision && { revision }) });
  checkTokenizerFits(tokenizer, { name: model.name, vocabularySize: model.config.dVocab });
  return tokenizer;
}
