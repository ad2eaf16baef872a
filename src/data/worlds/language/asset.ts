// The GPT-2 that was trained on the embedded language and comes with the product, by its names.
import { fileURLToPath } from 'node:url';

/** Names of the model and its tokenizer, best first. A folder of such a name is written `./world`. */
export const LANGUAGE_WORLD_NAMES: readonly string[] = ['world-gpt2', 'world'];

/** Folder with config.json, model.safetensors and tokenizer.json; undefined for names of other models. */
export function languageWorldFolder(name: string): string | undefined {
  if (!LANGUAGE_WORLD_NAMES.includes(name)) return undefined;
  // The same number of folders above src/ and dist/.
  return fileURLToPath(new URL('../../../../assets/language-world', import.meta.url));
}
