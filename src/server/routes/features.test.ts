// Pages of features over the workbench's application, asked without a socket.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeWorldPage } from '../../../test/helpers/page-images.ts';
import { FEATURE_ROUTES, type ImageChunk, type PageIndex } from '../../pages/feature-page.ts';
import { createApp } from '../app.ts';
import { openWorkbench } from '../open-workbench.ts';
import type { Workbench } from '../workbench.ts';
import { fillPath } from './data-path.ts';
import { FEATURES_ROUTES } from './features.ts';

let folder: string;
let workbench: Workbench;
let app: Hono;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-features-'));
  const template = join(folder, 'page.html');
  await writeFile(template, '<body><!--saev-data--></body>');
  await writeWorldPage(join(folder, 'open/visuals'), { nLatents: 40, nImages: 8, template });
  workbench = await openWorkbench([join(folder, 'open')]);
  app = await createApp(workbench, { template });
});

afterAll(async () => {
  await workbench.close();
  await rm(folder, { recursive: true });
});

it('gives an index, the examples of each feature and their pictures', async () => {
  const { features } = await workbench.catalogue();
  const id = features[0]!.id;
  const index = (await (
    await app.request(`/data/${FEATURE_ROUTES.index(id)}.json`)
  ).json()) as PageIndex;
  expect(index.title).toBe('Drawn world, 64 × 64');
  const chunk = (await (
    await app.request(`/data/${FEATURE_ROUTES.chunk(id, 1)}.json`)
  ).json()) as ImageChunk;
  const { example } = chunk.features[0]!.examples[0]!;
  const picture = await app.request(`/data/${FEATURE_ROUTES.picture(id, example)}`);
  expect(picture.headers.get('Content-Type')).toBe('image/jpeg');
  expect([...new Uint8Array(await picture.arrayBuffer()).subarray(0, 2)]).toEqual([0xff, 0xd8]);
});

it('lists nothing that it does not give', async () => {
  for (const route of FEATURES_ROUTES) {
    let count = 0;
    for await (const places of await route.list(workbench)) {
      await route.read(places, workbench);
      expect(fillPath(route.path, places)).not.toContain(':');
      count++;
    }
    expect(count).toBeGreaterThan(0);
  }
});

it.each([
  'features/nothing/index.json',
  'features/..%2F..%2Fopen/index.json',
  'features/open~visuals/chunks/-1.json',
  'features/open~visuals/chunks/1e3.json',
  'features/open~visuals/pictures/__proto__.jpg',
])('refuses %s with a sentence', async (address) => {
  const response = await app.request(`/data/${address}`);
  expect([400, 404]).toContain(response.status);
  expect(await response.json()).toHaveProperty('error');
});
