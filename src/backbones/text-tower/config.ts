// What a checkpoint says of the text tower beside its image tower, and where the tokens of texts are told.
import type { HubRepo } from '../../hub/cache/cache-paths.ts';

/** What weights of a text tower do not tell; what is left out is as in OpenAI's CLIP. */
export interface TextTowerConfig {
  /** Heads of a block; 64 numbers wide each where left out. */
  readonly nHeads?: number;
  /** @default 'gelu' */
  readonly activation?: 'gelu' | 'quickgelu' | 'gelu_tanh';
  /** Added to the variance in layer norms. @default 1e-5 */
  readonly layerNormEpsilon?: number;
  /** Whether a position sees only those before it. @default true */
  readonly isCausal?: boolean;
  /** Whose position stands for the text: the highest id's (the token that ends it), or the last. @default 'argmax' */
  readonly pool?: 'argmax' | 'last';
  /** How texts become tokens. @default 'clip' */
  readonly tokenizer?: 'clip' | 'siglip';
  /** Repository that has the tokenizer where none lies beside the weights; OpenAI's CLIP where left out. */
  readonly tokenizerRepo?: string;
}

/** A text tower that was found with an image tower, or why it cannot be read. */
export type FoundTexts =
  | { readonly config: TextTowerConfig; readonly tokenizer: TokenizerPlace }
  | { readonly unsupported: string };

/** Where the files of a tokenizer are: a folder on this disk, or a repository. */
export type TokenizerPlace = { readonly folder: string } | { readonly repo: HubRepo };
