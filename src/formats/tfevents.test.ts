import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expected, golden } from '../../fixtures/formats/expected.ts';
import { crc32c } from './crc32c.ts';
import { createEventFile, readEventFile, type TensorBoardEvent } from './tfevents.ts';

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
