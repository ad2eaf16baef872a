import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { startTestHub, type TestHub } from '../../../test/helpers/hub-repos.ts';
import { DatasetConfig } from './config.ts';
import { openDataset } from './open-dataset.ts';

const content = readFileSync('fixtures/images/images.parquet');
const expected: { classes: string[]; labels: number[]; rgb: (string | null)[] } = JSON.parse(
  readFileSync('fixtures/images/expected.json', 'utf8'),
).parquet;

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
  await hub.repo('datasets/org/pets', {
    'README.md': '# Pets',
    'data/train-00000-of-00002.parquet': content,
    'data/train-00001-of-00002.parquet': content,
    'data/validation-00000-of-00001.parquet': content,
  });
});
afterAll(() => hub.close());
afterEach(() => vi.unstubAllEnvs());

async function open(split: string, signal?: AbortSignal) {
  vi.stubEnv('HF_ENDPOINT', hub.server.url);
  vi.stubEnv('HF_HOME', join(hub.cacheDir, '..'));
  vi.stubEnv('HF_HUB_OFFLINE', '');
  const config = DatasetConfig.parse({ type: 'imagenet', name: 'org/pets', split });
  return openDataset(config, { signal });
}

test('a split on the hub is read by range, image by image', async () => {
  const dataset = await open('train');
  expect(dataset.length).toBe(2 * expected.labels.length);
  expect(dataset.classes).toEqual(expected.classes);
  const second = expected.labels.length + 4;
  expect(dataset.entry(second)).toMatchObject({
    source: 'org/pets/data/train-00001-of-00002.parquet#4',
    target: -1,
  });
  const { data } = await dataset.image(second);
  expect(createHash('sha256').update(data).digest('hex')).toBe(expected.rgb[4]);
  expect(dataset.entry(second)).toMatchObject({ target: 1, label: 'goldfish' });
  const sent = hub.server.requests.filter(
    ({ server, method }) => server === 'cdn' && method === 'GET',
  );
  expect(sent.length).toBeGreaterThan(0);
  expect(sent.every(({ status, headers }) => status === 206 && headers.range)).toBe(true);
});

test('a split that the dataset does not have is refused, with those it has', async () => {
  await expect(open('test')).rejects.toMatchObject({
    message: expect.stringContaining("unknown split: 'test'"),
    hint: expect.stringContaining('train, validation'),
  });
});

test('an abort ends later reads', async () => {
  const controller = new AbortController();
  const dataset = await open('validation', controller.signal);
  controller.abort(new Error('enough'));
  await expect(dataset.image(0)).rejects.toThrow(/^enough$/);
});
