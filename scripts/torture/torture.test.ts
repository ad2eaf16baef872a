// A little of `npm run torture`, at every change.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tryDamage } from './damage.ts';
import { JOBS } from './jobs.ts';
import { measure, tryKill } from './kills.ts';
import { READERS } from './readers.ts';

let folder: string;
let shared: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-torture-'));
  shared = join(folder, 'shared');
  await mkdir(shared);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a sweep that is killed while it trains, and while it finishes, ends with the same bytes', async () => {
  const job = JOBS.find(({ name }) => name === 'sweep of three on one stream')!;
  await job.prepare!(shared);
  const measured = await measure(job, join(folder, 'whole'), shared);
  const whole = [...measured.tree.keys()].filter((name) => name.endsWith('/eval.json'));
  expect(whole).toHaveLength(3);
  for (const [deed, share] of [
    ['kill', 0.5],
    ['half', 0.975],
  ] as const) {
    const at = Math.round(measured.calls * share);
    const trial = await tryKill(measured, join(folder, 'trial'), shared, { deed, at });
    expect(trial).toMatchObject({ result: 'same', about: [] });
  }
});

const SOME = [
  'npy',
  'safetensors',
  'torch',
  'checkpoint, saelens',
  'image',
  'config of a language model',
];

test.each(READERS.filter(({ name }) => SOME.includes(name)))(
  'damaged files are read or refused in a sentence: $name',
  async (reader) => {
    for (let number = 0; number < 25; number++) {
      const place = { seed: 1, shared, folder: join(folder, 'case') };
      expect(await tryDamage(reader, number, place)).not.toMatchObject({ result: 'bad' });
    }
  },
);
