// The tokenizer of a text tower: beside its weights, or OpenAI's where no files lie there, as open_clip brings its own.
import { UserError } from '../../base/errors.ts';
import { logger } from '../../base/log.ts';
import { clipTokenizer } from '../../data/texts/prompts/clip-tokenizer.ts';
import type { PromptTokenizer } from '../../data/texts/prompts/prompt-tokenizer.ts';
import { readTokenizerFiles, type TokenizerFiles } from '../../data/texts/tokenizer-files.ts';
import type { HubRepo } from '../../hub/cache-paths.ts';
import type { HubOptions } from '../../hub/client.ts';
import type { TextTowerConfig, TokenizerPlace } from './config.ts';

const log = logger('checkpoints');

/** Has the vocabulary that nearly all CLIP models share. */
const OPENAI: HubRepo = { type: 'model', name: 'openai/clip-vit-base-patch32' };

/**
 * Read the tokenizer of a text tower.
 * @throws {UserError} when it is damaged, of another kind, or nowhere at hand
 */
export async function promptTokenizer(
  _config: TextTowerConfig,
  place: TokenizerPlace,
  options: HubOptions,
): Promise<PromptTokenizer> {
  return clipTokenizer(await filesAt(place, options));
}

async function filesAt(place: TokenizerPlace, options: HubOptions): Promise<TokenizerFiles> {
  const where = 'repo' in place ? place.repo.name : place.folder;
  try {
    return 'repo' in place
      ? await readTokenizerFiles(where, { ...options, repo: place.repo })
      : await readTokenizerFiles(where, options);
  } catch (cause) {
    if (!(cause instanceof UserError) || !cause.message.startsWith('missing')) throw cause;
    log.info("no tokenizer at '{where}': taking that of {name}", { where, name: OPENAI.name });
    return readTokenizerFiles(OPENAI.name, { ...options, repo: OPENAI }).catch((error) => {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(`the tokenizer of its texts is neither at '${where}' nor in the cache`, {
        hint: `put the tokenizer.json of ${OPENAI.name} there`,
        cause,
      });
    });
  }
}
