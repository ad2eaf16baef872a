// What the checks of published numbers work on.
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import type { Tokenizer } from '../../data/texts/tokenizer.ts';
import type { TranscoderSet } from '../transcoders.ts';

/** What the checks work on. */
export interface CheckBench {
  readonly backbone: LanguageBackbone;
  readonly tokenizer: Tokenizer;
  readonly transcoders: TranscoderSet;
  readonly signal?: AbortSignal;
}
