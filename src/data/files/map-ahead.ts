// Asynchronous work on a sequence, some items ahead of whoever takes the results.

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
