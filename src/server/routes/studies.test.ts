// Results of studies over the workbench's application.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Hono } from 'hono';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeWorldPage } from '../../../test/helpers/page-images.ts';
import type { Catalogue } from '../../pages/catalogue.ts';
import { island } from '../../pages/page-files.ts';
import { SCORE_ISLAND, SCORE_PAGE_VERSION } from '../../pages/score-page.ts';
import { STUDY_ROUTES, type StudyPage } from '../../pages/study-page.ts';
import { createApp } from '../app.ts';
import { openWorkbench } from '../open-workbench.ts';
import type { Workbench } from '../workbench.ts';

let folder: string;
let workbench: Workbench;
let app: Hono;

const record = {
  id: 'a',
  status: 'finished',
  configHash: '0',
  started: '2026-01-01T00:00:00.000Z',
  version: '0',
  kernels: 'cpu',
};

const FILES: Readonly<Record<string, string>> = {
  'runs/a/run.json': JSON.stringify(record),
  'classes/results.csv': 'learning_rate,val_acc\n0.1,0.5\n0.01,nan\n',
  'classes/confusion.csv': 'true class,cat,"do,g"\ncat,3,1\n"do,g",0,4\n',
  'classes/confusion.png': 'picture',
  'classes/secret.png': 'secret',
  'classes/report.json': '{"classes":[]}',
  'proposals/features.csv': 'class,latent,f1,name\n1,12,0.5,sky\n',
  'edits/results.csv': 'method,target_change\nrandom,0.5\n',
  'edits/results-truth.csv': 'method,target_change\nrandom,0.4\n',
  'edits/features.csv': 'class,latent\n1,7\n',
  'edits/report.json': '{"config":{"saeCkpt":"/elsewhere/runs/a"}}',
  'runs/a/scored/scores.csv': 'concept,latent,f1\nsky,3,0.9\n',
  'runs/a/scored/scores.json': '{}',
  'runs/a/scored/index.html': island(
    SCORE_ISLAND,
    JSON.stringify({ version: SCORE_PAGE_VERSION, title: 'Scored' }),
  ),
  'segmentation/results.json': '{}',
  'segmentation/classes.csv': 'name,iou\n"unended',
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-studies-'));
  const template = join(folder, 'page.html');
  await writeFile(template, '<body><!--saev-data--></body>');
  for (const [path, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(folder, 'open', path)), { recursive: true });
    await writeFile(join(folder, 'open', path), text);
  }
  await writeWorldPage(join(folder, 'open/runs/a/visuals'), { nLatents: 20, nImages: 4, template });
  workbench = await openWorkbench([join(folder, 'open')]);
  app = await createApp(workbench, { template });
});

afterAll(async () => {
  await workbench.close();
  await rm(folder, { recursive: true });
});

const page = async (name: string): Promise<StudyPage> => {
  const answer = await app.request(`/data/${STUDY_ROUTES.page(`open~${name}`)}.json`);
  return (await answer.json()) as StudyPage;
};

it('are found by the files that they leave', async () => {
  const { studies } = (await (await app.request('/data/catalogue.json')).json()) as Catalogue;
  expect(studies.map(({ title, kind }) => [title, kind])).toEqual([
    ['classes', 'classify'],
    ['edits', 'semseg quantify'],
    ['proposals', 'semseg propose'],
    ['scored', 'score'],
    ['segmentation', 'semseg validate'],
  ]);
});

it('are tables of numbers, texts and latents, and the pictures that were drawn', async () => {
  const { tables, pictures, features } = await page('classes');
  expect(tables.map(({ file }) => file)).toEqual(['results.csv', 'confusion.csv']);
  expect(tables[0]!.rows).toEqual([
    [0.1, 0.5],
    [0.01, null],
  ]);
  expect(tables[1]!.columns.map(({ name }) => name)).toEqual(['true class', 'cat', 'do,g']);
  expect(pictures.map(({ name }) => name)).toEqual(['confusion']);
  expect(features).toBeUndefined();
  const proposals = await page('proposals');
  expect(proposals.tables[0]!.columns[1]).toEqual({ name: 'latent', kind: 'latent' });
});

it('lead to the features of the autoencoder that they name, or in whose run they lie', async () => {
  expect((await page('edits')).features).toBe('open~runs~a~visuals');
  expect((await page('runs~a~scored')).features).toBe('open~runs~a~visuals');
});

it('give the concepts of scores, and no other file', async () => {
  const scores = await app.request(`/data/${STUDY_ROUTES.scores('open~runs~a~scored')}.json`);
  expect(await scores.json()).toMatchObject({ title: 'Scored' });
  const picture = (name: string) =>
    app.request(`/data/${STUDY_ROUTES.picture('open~classes', name)}`);
  expect(await (await picture('confusion')).text()).toBe('picture');
  for (const name of ['secret', '..%2Fedits%2Fresults', 'constructor'])
    expect([400, 404]).toContain((await picture(name)).status);
});

it('say in a sentence what is damaged', async () => {
  const answer = await app.request(`/data/${STUDY_ROUTES.page('open~segmentation')}.json`);
  expect(answer.status).toBe(400);
  expect(((await answer.json()) as { error: string }).error).toMatch(/^damaged table/);
  const none = await app.request(`/data/${STUDY_ROUTES.scores('open~classes')}.json`);
  expect([400, 404]).toContain(none.status);
});
