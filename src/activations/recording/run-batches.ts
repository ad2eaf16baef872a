// Runs a model over examples, batch by batch: while one batch is in the model, the next is being loaded, and whoever
// asked works on the one before.
import type { HookPoint } from '../../backbones/hook-points.ts';
import type { Tensor } from '../../backbones/types.ts';
import { UserError } from '../../base/errors.ts';

/** An example that is ready to be run, or the reason why there is none. */
export interface Example {
  readonly index: number;
  readonly bad?: string | undefined;
}

/** What a model gave for some examples. */
export interface RunActivations {
  /** float32 `[examples, nLayers, nTokens, dModel]`; of images CLS first, registers left out. */
  readonly acts: Float32Array;
  /** `[examples, nTokens, dTarget]`, where rows are reconstructed as those of another place. */
  readonly targets?: Float32Array | undefined;
}

/** A model made ready to give the activations of some layers. */
export interface Recorder<Input> {
  /** What the layers are called in metadata. */
  readonly layers: readonly (number | string)[];
  /** Tokens of an example, CLS not counted. */
  readonly nPatches: number;
  readonly hasCls: boolean;
  /** Length of a row. */
  readonly dModel: number;
  /** Length of a row of targets, where there are any. */
  readonly dTarget?: number | undefined;
  /** Hook points that it takes them from. */
  readonly hooks: readonly HookPoint[];
  /** Run the model on some inputs. */
  run(inputs: readonly Input[]): Promise<RunActivations>;
  /** Take them out of what a run of `n` inputs gave at these points, and perhaps at others. */
  take(outputs: ReadonlyMap<HookPoint, Tensor>, n: number): RunActivations;
}

/** Examples that a model was run on, and what it gave for those that are not bad, in order; undefined where all are. */
export interface RunBatch<Item extends Example, Given> {
  readonly items: readonly Item[];
  readonly given: Given | undefined;
}

/**
 * Run the model over batches and yield what it gives, in order. Once the signal is aborted no further run begins, what
 * is done is yielded, and then its reason is thrown.
 */
export async function* runBatches<Item extends Example, Given>(
  batches: AsyncIterable<readonly Item[]>,
  run: (items: readonly Item[]) => Promise<Given>,
  signal: AbortSignal | undefined,
): AsyncGenerator<RunBatch<Item, Given>, void> {
  const source = batches[Symbol.asyncIterator]();
  const start = async (
    next: Promise<IteratorResult<readonly Item[]>>,
  ): Promise<RunBatch<Item, Given> | undefined> => {
    const { done, value: items } = await next;
    if (done === true) return undefined;
    const good = items.filter(({ bad }: Item) => bad === undefined);
    return { items, given: good.length > 0 ? await run(good) : undefined };
  };
  let running = start(source.next());
  try {
    for (;;) {
      const next = source.next();
      next.catch(() => undefined);
      const done = await running;
      if (done === undefined) return;
      if (signal?.aborted !== true) {
        running = start(next);
        running.catch(() => undefined);
      }
      yield done;
      signal?.throwIfAborted();
    }
  } finally {
    await Promise.allSettled([running]);
    await source.return?.();
  }
}

/** The error for activations that are NaN or infinite; `more` says what to know besides. */
export function notNumbers(example: string, noun: string, more = ''): UserError {
  return new UserError(`the model gave activations that are not numbers for ${example}`, {
    hint: `look at that ${noun} and at the checkpoint${more}`,
  });
}
