import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RECORDS, RUN_ID } from '../../../fixtures/wandb/records.ts';
import type { WandbRecord } from './record.ts';
import { createWandbLog, frameRecord, readWandbLog } from './transaction-log.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-wandb-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function readAll(path: string): Promise<WandbRecord[]> {
  const records: WandbRecord[] = [];
  for await (const record of readWandbLog(path)) records.push(record);
  return records;
}

const fixture = (name: string): URL => new URL(`../../../fixtures/wandb/${name}`, import.meta.url);

describe('the log that wandb itself writes', () => {
  const bytes = gunzipSync(readFileSync(fixture('run.wandb.gz')));
  const { records } = JSON.parse(readFileSync(fixture('run.json'), 'utf8')) as {
    records: WandbRecord[];
  };

  test('is read as wandb reads it', async () => {
    const path = join(folder, 'theirs.wandb');
    await writeFile(path, bytes);
    // Telemetry is of a kind that saev does not write.
    const found = (await readAll(path)).filter(
      ({ num, info, ...kinds }) => Object.keys(kinds).length > 0,
    );
    const config = found[1]!.run!.config!.update!.map(({ key, valueJson }) =>
      key === 'long' ? { key, valueJson: valueJson!.length } : { key, valueJson },
    );
    expect([
      found[0],
      { ...found[1], run: { ...found[1]!.run, config: { update: config } } },
      ...found.slice(2),
    ]).toEqual(records);
  });

  test('is cut into the same pieces', () => {
    let ours = Buffer.from(bytes.subarray(0, 7));
    for (const payload of payloadsOf(bytes)) {
      ours = Buffer.concat([ours, frameRecord(payload, ours.length)]);
    }
    expect(ours.equals(bytes)).toBe(true);
  });
});

/** The records of a log, whose pieces are taken as they are. */
function payloadsOf(log: Buffer): Buffer[] {
  const payloads: Buffer[] = [];
  let begun: Buffer[] = [];
  for (let at = 7; at < log.length; ) {
    const room = 32_768 - (at % 32_768);
    if (room < 7) {
      at += room;
      continue;
    }
    const end = at + 7 + log.readUInt16LE(at + 4);
    begun.push(log.subarray(at + 7, end));
    if ([1, 4].includes(log[at + 6]!)) {
      payloads.push(Buffer.concat(begun));
      begun = [];
    }
    at = end;
  }
  return payloads;
}

test('a log of every kind of record is the one that wandb was seen to read', async () => {
  const path = join(folder, 'kinds.wandb');
  const log = await createWandbLog(path, { runId: RUN_ID, records: RECORDS.slice(0, 3) });
  await log.append(RECORDS.slice(3));
  await log.close();
  expect((await readFile(path)).equals(gunzipSync(readFileSync(fixture('ours.wandb.gz'))))).toBe(
    true,
  );
  const numbered = RECORDS.map((record, i) => ({
    ...record,
    num: i + 1,
    info: { streamId: RUN_ID },
  }));
  expect(JSON.parse(gunzipSync(readFileSync(fixture('ours.json.gz'))).toString())).toEqual(
    numbered,
  );
  expect(await readAll(path)).toEqual(numbered);
});

const history = (step: number, text: string): WandbRecord => ({
  history: {
    item: [{ nestedKey: ['text'], valueJson: text }],
    step: step === 0 ? {} : { num: step },
  },
});

describe('a log', () => {
  test('reads back, wherever its records are cut', async () => {
    const lengths = fc.array(
      fc.oneof(fc.nat(80), fc.integer({ min: 32_600, max: 32_768 }), fc.nat(100_000)),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    const path = join(folder, 'ours.wandb');
    await fc.assert(
      fc.asyncProperty(lengths, fc.nat(6), async (sizes, kept) => {
        const records = sizes.map((size, i) => history(i, 'x'.repeat(size + 1)));
        const log = await createWandbLog(path, {
          runId: 'id',
          records: records.slice(0, kept),
        });
        for (const record of records.slice(kept)) await log.append([record]);
        await log.close();
        const numbered = records.map((record, i) => ({
          ...record,
          num: i + 1,
          info: { streamId: 'id' },
        }));
        expect(await readAll(path)).toEqual(numbered);
      }),
      { numRuns: 40 },
    );
  });

  test('cut off or damaged anywhere, gives the records before and a sentence', async () => {
    const path = join(folder, 'damaged.wandb');
    const log = await createWandbLog(path, { runId: 'id', records: [history(0, '1')] });
    const second = (await readFile(path)).length;
    await log.append([history(1, '2')]);
    await log.close();
    const whole = await readFile(path);
    const count = async (bytes: Uint8Array): Promise<number> => {
      await writeFile(path, bytes);
      let n = 0;
      const reading = (async () => {
        for await (const _ of readWandbLog(path)) n++;
      })();
      await expect(reading).rejects.toMatchObject({ name: 'UserError' });
      return n;
    };
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 0x10;
      expect(await count(damaged), `byte ${at}`).toBe(at < second ? 0 : 1);
      if (at > 7 && at !== second)
        expect(await count(whole.subarray(0, at)), `first ${at}`).toBe(at < second ? 0 : 1);
    }
  });
});
