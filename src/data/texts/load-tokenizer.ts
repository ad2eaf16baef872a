// Tokenizers by name: of a folder, a file, a repository of the hub, or the embedded language.
import type { HubRepo } from '../../hub/cache/cache-paths.ts';
import type { HubOptions } from '../../hub/client.ts';
import { createTokenizer, type Tokenizer } from './tokenizer.ts';
import { readTokenizerFiles } from './tokenizer-files.ts';

/**
 * Load a tokenizer from a folder, a tokenizer.json, or a repository of the hub (`gpt2`, `EleutherAI/pythia-70m`);
 * `world-gpt2` is the embedded language's.
 *
 * @throws {UserError} when it is missing, damaged, or no byte-level BPE.
 */
export async function loadTokenizer(
  from: string,
  options: HubOptions & { repo?: HubRepo } = {},
): Promise<Tokenizer> {
  return createTokenizer(await readTokenizerFiles(from, options));
}
