// Lets a producer run ahead of its consumer, up to a limit.

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
