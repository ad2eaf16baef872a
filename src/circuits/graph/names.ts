// What the nodes of a circuit are called.
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
