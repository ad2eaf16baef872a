// What the nodes of a circuit are called.
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import { readableTokens } from '../../data/texts/readable-tokens.ts';
import type { Tokenizer } from '../../data/texts/tokenizer.ts';
import type { TranscoderSet } from '../transcoders.ts';
import type { HeadInstance } from './graph.ts';

/** What an attribution's numbers are called. */
export interface PromptNames {
  readonly model: string;
  /** Names of the transcoders by layer. */
  readonly transcoders: Readonly<Record<string, string>>;
  readonly prompt: string;
  readonly tokenStrings: readonly string[];
  /** Any token as text. */
  readonly tokenString: (token: number) => string;
}

/** Gather names of what a prompt is made of, and of what it is run through. */
export async function promptNames(
  prompt: string,
  tokens: readonly number[],
  through: {
    readonly backbone: Pick<LanguageBackbone, 'checkpoint'>;
    readonly transcoders: TranscoderSet;
    readonly tokenizer: Pick<Tokenizer, 'tokenStrings' | 'tokenBytes'>;
  },
): Promise<PromptNames> {
  const { backbone, transcoders, tokenizer } = through;
  return {
    model: backbone.checkpoint,
    transcoders: Object.fromEntries(transcoders.names),
    prompt,
    tokenStrings: readableTokens(tokenizer, tokens),
    tokenString: (token) => readableTokens(tokenizer, [token])[0]!,
  };
}

/** What pruning found out about the nodes. */
export interface PrunedNodes {
  readonly kept: readonly number[];
  readonly influence: Float64Array;
  /** By node. */
  readonly remainders: ReadonlyMap<number, number>;
}

/** `head 1.0: 2 → 5`: layer 1, head 0, from position 2 to position 5. */
export function headLabel({ layer, head, source, destination }: HeadInstance): string {
  return `head ${layer}.${head}: ${source} → ${destination}`;
}
