// Items that arrive one after the other: gathered into batches, or worked on ahead of whoever takes them.

/** Gather items into batches of `size`; the last may be smaller. */
export async function* inBatches<T>(
  items: AsyncIterable<T>,
  size: number,
): AsyncGenerator<T[], void> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/**
 * Apply `work` to each item, `concurrency` of them at a time, and yield the results in order. At most `concurrency`
 * results wait to be taken. When the reader stops early, the work under way is waited for.
 */
export async function* mapAhead<T, R>(
  items: Iterable<T>,
  concurrency: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void> {
  const source = items[Symbol.iterator]();
  const queue: Promise<R>[] = [];
  const start = (): void => {
    const next = source.next();
    if (next.done === true) return;
    const result = work(next.value);
    result.catch(() => {}); // a failure is thrown when its turn comes; until then nobody awaits it
    queue.push(result);
  };
  try {
    for (let i = 0; i < concurrency; i++) start();
    for (let result = queue.shift(); result !== undefined; result = queue.shift()) {
      const value = await result;
      start();
      yield value;
    }
  } finally {
    source.return?.();
    await Promise.allSettled(queue);
  }
}

/**
 * Yield the items of `source` in order while it already produces the next ones: at most `limit` wait.
 * An error of the source comes in its turn.
 */
export async function* runAhead<T>(
  source: AsyncIterable<T>,
  limit: number,
): AsyncGenerator<T, void> {
  const iterator = source[Symbol.asyncIterator]();
  const waiting: T[] = [];
  let ended = false;
  let failure: { error: unknown } | undefined;
  let stopped = false;
  let wakeConsumer = (): void => undefined;
  let wakeProducer = (): void => undefined;

  const produce = async (): Promise<void> => {
    try {
      while (!stopped) {
        if (waiting.length >= limit) {
          await new Promise<void>((resolve) => {
            wakeProducer = resolve;
          });
          continue;
        }
        const { done, value } = await iterator.next();
        if (done === true) break;
        waiting.push(value);
        wakeConsumer();
      }
    } catch (error) {
      failure = { error };
    }
    ended = true;
    wakeConsumer();
  };
  const producing = produce();

  try {
    for (;;) {
      const item = waiting.shift();
      if (item !== undefined) {
        wakeProducer();
        yield item;
      } else if (ended) {
        if (failure !== undefined) throw failure.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          wakeConsumer = resolve;
        });
      }
    }
  } finally {
    stopped = true;
    wakeProducer();
    await producing;
    await iterator.return?.();
  }
}
