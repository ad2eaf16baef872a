import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expected, golden } from '../../../fixtures/formats/expected.ts';
import { crc32c } from './crc32c.ts';
import type { TensorBoardEvent } from './event.ts';
import { createEventFile, readEventFile } from './event-file.ts';
import { histogramOf } from './histogram.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-events-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function readAll(path: string): Promise<TensorBoardEvent[]> {
  const events: TensorBoardEvent[] = [];
  for await (const event of readEventFile(path)) events.push(event);
  return events;
}

describe('TensorBoard event files', () => {
  test('CRC-32C has its check value', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(0))).toBe(0);
  });

  test('a file of tensorboardX is read', async () => {
    const [first, ...rest] = await readAll(golden('tensorboardx.tfevents'));
    expect(first!.fileVersion).toBe('brain.Event:2');
    expect(rest).toEqual(expected('tensorboardx.tfevents'));
  });

  test('what is written reads back, values as float32', async () => {
    const writer = await createEventFile(join(folder, 'run'), { wallTime: 1_700_000_000.5 });
    expect(basename(writer.path)).toMatch(/^events\.out\.tfevents\.1700000000\./);
    await writer.scalars(0, { 'train/loss': 0.1, 'train/l0': 100 }, 1_700_000_001.25);
    await writer.scalars(2 ** 40, { bad: Number.NaN, huge: 1e300 }, 1_700_000_002);
    await writer.close();
    expect(await readAll(writer.path)).toEqual([
      { wallTime: 1_700_000_000.5, step: 0, scalars: {}, fileVersion: 'brain.Event:2' },
      {
        wallTime: 1_700_000_001.25,
        step: 0,
        scalars: { 'train/loss': Math.fround(0.1), 'train/l0': 100 },
      },
      {
        wallTime: 1_700_000_002,
        step: 2 ** 40,
        scalars: { bad: Number.NaN, huge: Number.POSITIVE_INFINITY },
      },
    ]);
  });

  test('histograms and texts are those of tensorboardX, byte for byte', async () => {
    const { values, text } = expected<{ values: number[]; text: string }>('summaries.tfevents');
    const writer = await createEventFile(join(folder, 'summaries'), { wallTime: 1_700_000_000.5 });
    await writer.histograms(3, { 'eval/freqs': values }, 1_700_000_000.25);
    await writer.texts(4, { config: text }, 1_700_000_000.25);
    await writer.close();
    // The first record says the version; tensorboardX leaves out that its step is 0.
    const [ours, theirs] = [
      await readFile(writer.path),
      await readFile(golden('summaries.tfevents')),
    ];
    const behindFirst = (file: Buffer): Buffer =>
      file.subarray(16 + Number(file.readBigUInt64LE()));
    expect(behindFirst(ours).equals(behindFirst(theirs))).toBe(true);
    const [, histogram, note] = await readAll(golden('summaries.tfevents'));
    expect(histogram!.histograms!['eval/freqs']).toMatchObject({ min: -2.5, max: 7e5, num: 10 });
    expect(note!.texts).toEqual({ config: text });
  });

  test('a histogram counts every finite number once, between limits around it', () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { minLength: 1 }), (values) => {
        const finite = values.filter(Number.isFinite);
        const histogram = histogramOf(values);
        if (finite.length === 0) return histogram === undefined;
        const { limits, counts, num } = histogram!;
        expect(counts.reduce((a, b) => a + b, 0)).toBe(finite.length);
        expect(num).toBe(finite.length);
        expect(counts).toHaveLength(limits.length);
        expect(counts[0]).toBe(0);
        return true;
      }),
    );
  });

  test('any flipped bit or missing byte is noticed', async () => {
    const whole = await readFile(golden('tensorboardx.tfevents'));
    const path = join(folder, 'damaged');
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 0x10;
      await writeFile(path, damaged);
      await expect(readAll(path), `byte ${at}`).rejects.toMatchObject({ name: 'UserError' });
    }
    for (const length of [5, 15, whole.length - 1]) {
      await writeFile(path, whole.subarray(0, length));
      await expect(readAll(path)).rejects.toThrow('is cut off');
    }
  });
});
