// The tokenizer of a text tower: beside its weights, or OpenAI's where no files lie there, as open_clip brings its own.
import { UserError } from '../../base/errors.ts';
import { logger } from '../../base/log.ts';
import { clipTokenizer } from '../../data/texts/prompts/clip-tokenizer.ts';
import type { PromptTokenizer } from '../../data/texts/prompts/prompt-tokenizer.ts';
import { siglipTokenizer } from '../../data/texts/prompts/siglip-tokenizer.ts';
import { readTokenizerFiles, type TokenizerFiles } from '../../data/texts/tokenizer-files.ts';
import type { HubRepo } from '../../hub/cache/cache-paths.ts';
import type { HubOptions } from '../../hub/client.ts';
import { HubError } from '../../hub/failures.ts';
import type { TextTowerConfig, TokenizerPlace } from './config.ts';

const log = logger('checkpoints');

/** Has the vocabulary that nearly all CLIP models share. */
const OPENAI = 'openai/clip-vit-base-patch32';

/**
 * Read the tokenizer of a text tower.
 * @throws {UserError} when it is damaged, of another kind, or nowhere at hand
 */
export async function promptTokenizer(
  { tokenizer = 'clip', tokenizerRepo = OPENAI }: TextTowerConfig,
  place: TokenizerPlace,
  options: HubOptions,
): Promise<PromptTokenizer> {
  const files = await filesAt(place, tokenizerRepo, options);
  return tokenizer === 'siglip' ? siglipTokenizer(files) : clipTokenizer(files);
}

async function filesAt(
  place: TokenizerPlace,
  alternative: string,
  options: HubOptions,
): Promise<TokenizerFiles> {
  const where = 'repo' in place ? place.repo.name : place.folder;
  try {
    return 'repo' in place
      ? await readTokenizerFiles(where, { ...options, repo: place.repo })
      : await readTokenizerFiles(where, options);
  } catch (cause) {
    const isMissing =
      cause instanceof HubError ||
      (cause instanceof UserError && cause.message.startsWith('missing tokenizer'));
    if (!isMissing) throw cause;
    log.info("no tokenizer at '{where}': taking that of {alternative}", { where, alternative });
    const repo: HubRepo = { type: 'model', name: alternative };
    return readTokenizerFiles(alternative, { ...options, repo }).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(
        `the tokenizer of its texts is neither at '${where}' nor at '${alternative}'`,
        { hint: 'put its tokenizer.json beside the weights', cause },
      );
    });
  }
}
