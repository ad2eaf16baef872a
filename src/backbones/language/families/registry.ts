// The language model families that come with saev: one line each.
import { gpt2 } from './gpt2.ts';
import { lens } from './lens.ts';
import { neox } from './neox.ts';

/** The families of language models that `openLanguageModel` knows; its option `families` takes others. */
export const LANGUAGE_FAMILIES = [gpt2, neox, lens] as const;
