// saev serve as a person runs it.
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPage } from '../src/cli/program/open-page.ts';
import type { Catalogue } from '../src/pages/catalogue.ts';
import { makeTree } from './helpers/folders.ts';
import { program, saev } from './helpers/saev.ts';

const children: ChildProcess[] = [];
let busy: Server;
let folder: string;

beforeAll(async () => {
  folder = await makeTree({ 'runs/a/run.json': '{', 'demo-out/runs/b/run.json': '{' });
  busy = createServer();
  await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve));
});

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  busy.close();
});

/** Start the program, and give its lines as they come. */
function start(args: readonly string[]) {
  const child = spawn(process.execPath, [program, 'serve', ...args], { cwd: folder });
  children.push(child);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    next: async (): Promise<string> => (await lines.next()).value as string,
    end: () =>
      new Promise<number | null>((resolve) => {
        child.once('exit', resolve);
        child.kill('SIGINT');
      }),
  };
}

it('says where it is, shows the usual folders, and ends at once, whatever is open', async () => {
  const { port: taken } = busy.address() as AddressInfo;
  const serving = start(['--port', `${taken}`, '--hosts', 'gpu.lab']);
  const [, url] = /^runs, demo-out at (http:\/\/127\.0\.0\.1:\d+\/)$/.exec(await serving.next())!;
  expect(url).not.toContain(`:${taken}/`);
  expect(await serving.next()).toBe(`(port ${taken} is taken)`);
  const catalogue = (await (await fetch(`${url}data/catalogue.json`)).json()) as Catalogue;
  expect(catalogue.runs.map(({ id }) => id)).toEqual(['demo-out~runs~b', 'runs~a']);
  const events = await fetch(`${url}events`);
  expect(events.status).toBe(200);
  expect(await serving.end()).toBe(0);
  await events.text().catch(() => undefined);
});

it('asks for a token where others can come, and tells programs where it is', async () => {
  const serving = start(['runs', '--host', '0.0.0.0', '--port', '0', '--json', '--quiet']);
  const told = JSON.parse(await serving.next()) as { url: string; token: string };
  expect(told).toEqual({
    url: expect.stringMatching(/^http:\/\/[^/]+:\d+\/\?token=[\w-]{32}$/),
    folders: ['runs'],
    token: expect.any(String),
  });
  const { port } = new URL(told.url);
  const address = `http://127.0.0.1:${port}/data/catalogue.json`;
  expect((await fetch(address)).status).toBe(401);
  const headers = { authorization: `Bearer ${told.token}` };
  expect((await fetch(address, { headers })).status).toBe(200);
  expect(await serving.end()).toBe(0);
});

it('refuses what it cannot open in a sentence', async () => {
  const [missing, host, token] = await Promise.all([
    saev(['serve', 'nowhere'], { cwd: folder }),
    saev(['serve', 'runs', '--host', '203.0.113.7'], { cwd: folder }),
    saev(['serve', 'runs', '--token', 'short'], { cwd: folder }),
  ]);
  expect([missing.code, missing.stderr]).toEqual([
    2,
    "saev: missing folder: there is no folder at 'nowhere'\n",
  ]);
  expect([host.code, host.stderr]).toEqual([
    2,
    expect.stringContaining("'203.0.113.7' is no address of this machine"),
  ]);
  expect([token.code, token.stderr]).toEqual([2, expect.stringContaining('token')]);
});

it('says so where there is no screen to open a page on', async () => {
  expect(await openPage('http://localhost:1/', {}, 'linux')).toMatch(/^there is no screen here/);
});
