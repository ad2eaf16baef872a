import { describe, expect, it } from 'vitest';
import type { TogetherReader } from '../../activations/types.ts';
import { sharedBuffer } from './memory.ts';

const GIB = 2 ** 30;
const together = {} as TogetherReader;
const shards = (examples: number, gib: number) => ({
  rowsPerExample: 10,
  mixing: { examples, bytes: gib * GIB },
});
const live = (examples: number, gib: number) => ({ ...shards(examples, gib), together });
const ask = (bufferMemory?: number) => ({ bufferMemory, saeBatchSize: 1000 });

describe('the memory that sets of rows share', () => {
  it('holds what each asks for, or fewer examples of all', () => {
    expect(sharedBuffer([shards(1000, 1), shards(600, 2)], ask())).toBeUndefined();
    expect(sharedBuffer([{ rowsPerExample: 1 }], ask())).toBeUndefined();
    // 1 / 500 GiB an example.
    expect(sharedBuffer([shards(1000, 1), shards(1000, 1)], ask(1))).toBe(500);
    expect(sharedBuffer(Array(8).fill(live(1000, 1)), ask())).toBe(500);
    // One that asks for more by itself has it.
    expect(sharedBuffer([live(1000, 9)], ask())).toBeUndefined();
    expect(sharedBuffer([live(1000, 9)], ask(3))).toBe(333);
  });

  it('is of one size for all sources of a model', () => {
    expect(sharedBuffer([live(1000, 1), live(600, 1)], ask())).toBe(600);
  });

  it('is refused where it does not hold a batch of each', () => {
    const message = /not enough memory to mix 2 sets of rows: 107\.4 MB, and a batch of each takes/;
    expect(() => sharedBuffer([live(1000, 1), live(1000, 1)], ask(0.1))).toThrow(message);
    // What was asked to be small is small.
    expect(sharedBuffer([live(20, 0.02), live(20, 0.02)], ask(0.1))).toBeUndefined();
  });
});
