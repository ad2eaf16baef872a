import { expect, test } from 'vitest';
import { inBatches, mapAhead, runAhead } from './iterables.ts';

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

test('items are gathered into batches, the last as large as what is left', async () => {
  async function* source() {
    yield* [1, 2, 3, 4, 5];
  }
  expect(await collect(inBatches(source(), 2))).toEqual([[1, 2], [3, 4], [5]]);
  expect(await collect(inBatches(source(), 5))).toEqual([[1, 2, 3, 4, 5]]);
});

test('results of work done ahead come in order, a failure in its turn', async () => {
  let underWay = 0;
  const work = async (i: number): Promise<number> => {
    expect(++underWay).toBeLessThanOrEqual(3);
    await new Promise((resolve) => setTimeout(resolve, 5 - i));
    underWay--;
    if (i === 3) throw new Error('no 3');
    return i * i;
  };
  const seen: number[] = [];
  await expect(async () => {
    for await (const square of mapAhead([0, 1, 2, 3, 4], 3, work)) seen.push(square);
  }).rejects.toThrow('no 3');
  expect(seen).toEqual([0, 1, 4]);
});

test('running ahead keeps order, stays within its limit, and stops with its consumer', async () => {
  let produced = 0;
  let ended = false;
  async function* source() {
    try {
      for (let i = 0; i < 20; i++) {
        produced++;
        yield i;
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      ended = true;
    }
  }
  const seen: number[] = [];
  for await (const i of runAhead(source(), 3)) {
    seen.push(i);
    await new Promise((resolve) => setTimeout(resolve, 2));
    expect(produced - seen.length).toBeLessThanOrEqual(4);
    if (i === 9) break;
  }
  expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(ended).toBe(true);
});
