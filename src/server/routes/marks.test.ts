// Marks of features over the workbench's application.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeWorldPage } from '../../../test/helpers/page-images.ts';
import { type MarksAnswer, type MarksRequest, marksPath } from '../../pages/marks.ts';
import { createApp } from '../app.ts';
import { openWorkbench } from '../open-workbench.ts';
import type { Workbench } from '../workbench.ts';

let folder: string;
let page: string;
let workbench: Workbench;
let app: Hono;
const id = 'open~visuals';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-marks-'));
  const template = join(folder, 'page.html');
  await writeFile(template, '<body><!--saev-data--></body>');
  page = join(folder, 'open/visuals');
  await writeWorldPage(page, { nLatents: 20, nImages: 4, template });
  workbench = await openWorkbench([join(folder, 'open')]);
  app = await createApp(workbench, { template });
});

afterAll(async () => {
  await workbench.close();
  await rm(folder, { recursive: true });
});

const ask = async (request: unknown): Promise<Response> =>
  app.request('/act/marks', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(request),
  });
const read = async (): Promise<unknown> =>
  (await app.request(`/data/${marksPath(id)}.json`)).json();
const name = (latent: number, from: string | null, to: string | null): MarksRequest => ({
  features: id,
  changes: [{ latent, name: { from, to } }],
});

it('keeps what several visitors write at once, each feature by itself', async () => {
  expect(await read()).toEqual({ version: 1, revision: 0, features: {} });
  const answers = await Promise.all([1, 2, 3, 4, 5].map((latent) => ask(name(latent, null, 'a'))));
  for (const answer of answers)
    expect(((await answer.json()) as MarksAnswer).conflicts).toEqual([]);
  expect(await read()).toMatchObject({ revision: 5, features: { 1: { name: 'a' }, 5: {} } });
  const late = (await (await ask(name(1, null, 'b'))).json()) as MarksAnswer;
  expect(late).toMatchObject({ conflicts: [1], marks: { features: { 1: { name: 'a' } } } });
});

it.each([
  { features: id, changes: [{ latent: -1 }] },
  { features: id, changes: [{ latent: 1, name: { from: null, to: 'x'.repeat(201) } }] },
  { features: id, changes: [{ latent: 1, colour: 'red' }] },
  { features: id },
  { features: '../other', changes: [] },
])('refuses %j with a sentence', async (request) => {
  const before = await read();
  const answer = await ask(request);
  expect([400, 404]).toContain(answer.status);
  expect(await answer.json()).toHaveProperty('error');
  expect(await read()).toEqual(before);
});

it('names the autoencoder, and refuses marks of another in its place', async () => {
  const first = await ask({ ...name(9, null, 'a'), coder: 'one' });
  expect(((await first.json()) as MarksAnswer).marks.coder).toBe('one');
  const before = await read();
  const other = await ask({ ...name(9, 'a', 'b'), coder: 'two' });
  expect(other.status).toBe(400);
  expect(((await other.json()) as { error: string }).error).toMatch('another autoencoder');
  expect(await read()).toEqual(before);
  expect((await ask(name(9, 'a', 'c'))).status).toBe(200);
});

it('writes nothing over a file that it does not understand', async () => {
  const file = join(page, 'marks.json');
  await mkdir(page, { recursive: true });
  await writeFile(file, '{"version":7}');
  const answer = await ask(name(1, null, 'c'));
  expect(answer.status).toBe(400);
  expect(((await answer.json()) as { error: string }).error).toMatch('version 7');
  expect(await readFile(file, 'utf8')).toBe('{"version":7}');
});
