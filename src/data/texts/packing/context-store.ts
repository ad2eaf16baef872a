// Contexts by number: read from their texts once, in order, and kept.
import { UserError } from '../../../base/errors.ts';
import type { TextSource } from '../sources/documents.ts';
import type { Tokenizer } from '../tokenizer.ts';
import { type ContextOptions, FIRST_CONTEXT, readContexts } from './contexts.ts';
import { newTally, type PackingTally } from './tally.ts';

/** Contexts that are kept in one array. */
const BLOCK = 1024;

/** The contexts of a set of texts. Their tokens stay in memory: two bytes each, four in vocabularies above 65,536. */
export interface ContextStore {
  readonly contextSize: number;
  /** Tokens of the texts read so far that are in contexts, and those that are not. */
  readonly tally: Readonly<PackingTally>;
  /** Read on until `n` contexts are known or the texts end; returns how many of the `n` there are. */
  reach(n: number, onContext?: () => void): Promise<number>;
  /**
   * Tokens of context `i`, int32 `[contextSize]`; reads up to it.
   *
   * @throws {UserError} where the texts end before it.
   */
  tokens(i: number): Promise<Int32Array>;
}

/** Keep the contexts of `source` that are full; those that end in padding are left out, and not counted. */
export function createContextStore(
  source: TextSource,
  tokenizer: Tokenizer,
  options: Omit<ContextOptions, 'position'>,
): ContextStore {
  const { contextSize, tally = newTally() } = options;
  const TokenArray = tokenizer.vocabularySize <= 2 ** 16 ? Uint16Array : Int32Array;
  const blocks: (Uint16Array | Int32Array)[] = [];
  let count = 0;
  let ended = false;
  let position = FIRST_CONTEXT;
  let reading: ReturnType<typeof readContexts> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const read = async (n: number, onContext: () => void): Promise<number> => {
    while (count < n && !ended) {
      // After a failure (of the network, say) reading goes on where it stood.
      reading ??= readContexts(source, tokenizer, { ...options, tally, position });
      const { done, value } = await reading.next().catch((error: unknown) => {
        reading = undefined;
        throw error;
      });
      ended = done === true;
      if (value === undefined) break;
      position = value.next;
      if (value.length < contextSize) {
        const tokens = value.spans.reduce((sum, { length }) => sum + length, 0);
        tally.placed -= tokens;
        tally.left += tokens;
        continue;
      }
      if (count % BLOCK === 0) blocks.push(new TokenArray(BLOCK * contextSize));
      blocks.at(-1)!.set(value.tokens, (count % BLOCK) * contextSize);
      count++;
      onContext();
    }
    return Math.min(count, n);
  };

  const reach = (n: number, onContext: () => void = () => undefined): Promise<number> => {
    const mine = last.then(() => read(n, onContext));
    last = mine.catch(() => undefined);
    return mine;
  };

  return {
    contextSize,
    tally,
    reach,
    async tokens(i) {
      if (!(Number.isInteger(i) && i >= 0)) throw new UserError(`invalid context ${i}`);
      if (i >= count && (await reach(i + 1)) <= i) {
        throw new UserError(`missing context ${i}: '${source.name}' holds ${count}`, {
          hint: `contexts have ${contextSize} tokens; ask for no more than ${count}`,
        });
      }
      const at = (i % BLOCK) * contextSize;
      return Int32Array.from(blocks[Math.floor(i / BLOCK)]!.subarray(at, at + contextSize));
    },
  };
}
