// The workbench's application, asked without a socket.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Catalogue } from '../pages/catalogue.ts';
import { createApp } from './app.ts';
import { idOfPath } from './catalogue/ids.ts';
import { openWorkbench } from './open-workbench.ts';
import type { Workbench } from './workbench.ts';

let folder: string;
let workbench: Workbench;
let app: Hono;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-serve-'));
  const template = join(folder, 'page.html');
  await writeFile(template, '<script type="module">1</script><!--saev-data-->');
  await mkdir(join(folder, 'open/odd näme/run'), { recursive: true });
  await writeFile(join(folder, 'open/odd näme/run/run.json'), '{');
  await mkdir(join(folder, 'secret'), { recursive: true });
  await writeFile(join(folder, 'secret/run.json'), '{}');
  await symlink(join(folder, 'secret'), join(folder, 'open/leaves'));
  workbench = await openWorkbench([join(folder, 'open')]);
  app = await createApp(workbench, { template });
});

afterAll(async () => {
  await workbench.close();
  await rm(folder, { recursive: true });
});

it('lists what is below the folder, damaged things with the reason, and nothing behind links that leave it', async () => {
  const response = await app.request('/data/catalogue.json');
  const { runs } = (await response.json()) as Catalogue;
  expect(runs.map(({ id, fault }) => [id, fault === undefined])).toEqual([
    [idOfPath('open/odd näme/run'), false],
  ]);
});

it('lets no script run but its own', async () => {
  const response = await app.request('/');
  const policy = response.headers.get('content-security-policy');
  expect(policy).toContain("'sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s='");
  expect(policy).not.toContain('unsafe-inline');
});

it('answers what is not there with a sentence', async () => {
  const response = await app.request('/data/nothing.json');
  expect(response.status).toBe(404);
  expect(await response.json()).toEqual({ error: 'there is nothing at this address' });
});
