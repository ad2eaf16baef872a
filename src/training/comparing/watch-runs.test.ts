import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { metricLine, writeRunFolder } from '../../../test/helpers/run-folders.ts';
import type { RunEvent } from '../../pages/run-page.ts';
import { findRunFolders } from './find-runs.ts';
import { watchRuns } from './watch-runs.ts';

let root: string;
let abort: AbortController;
let events: RunEvent[];
let watching: Promise<void>;
let looks: number;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'saev-watching-'));
  abort = new AbortController();
  events = [];
  looks = 0;
});
afterEach(async () => {
  abort.abort();
  await watching;
  await rm(root, { recursive: true, force: true });
});

/** Watch what stands below the root, until the first look is over. */
async function begin(): Promise<void> {
  const find = async () => {
    looks++;
    return (await findRunFolders([root])).map((run) => ({ ...run, id: run.path }));
  };
  watching = (async () => {
    for await (const event of watchRuns({ find, every: 1, signal: abort.signal }))
      events.push(event);
  })();
  await expect.poll(() => events).toEqual([{ kind: 'ready' }]);
  events.length = 0;
}

const take = (): Promise<RunEvent> =>
  expect
    .poll(() => events.length)
    .toBeGreaterThan(0)
    .then(() => events.shift()!);
const line = (step: number): string => `${JSON.stringify(metricLine(step))}\n`;

it('tells lines as they are written, whole ones only', async () => {
  const run = await writeRunFolder(root, 'a', { status: 'stopped', steps: 2 });
  const metrics = join(run, 'metrics.jsonl');
  await begin();
  await appendFile(metrics, line(20) + line(30));
  expect(await take()).toMatchObject({ kind: 'line', run: 'a', line: { step: 20 } });
  expect(await take()).toMatchObject({ kind: 'line', run: 'a', line: { step: 30 } });
  await appendFile(metrics, line(40).slice(0, 20));
  const before = looks;
  await expect.poll(() => looks).toBeGreaterThan(before + 2);
  expect(events).toEqual([]);
  await appendFile(metrics, line(40).slice(20));
  expect(await take()).toMatchObject({ kind: 'line', run: 'a', line: { step: 40 } });
});

it('tells of new runs, of other states, and of runs that are gone', async () => {
  await begin();
  const run = await writeRunFolder(root, 'b', { status: 'stopped' });
  expect(await take()).toMatchObject({ kind: 'run', run: { id: 'b', state: 'stopped' } });
  events.length = 0;
  await writeRunFolder(root, 'b', { status: 'finished' });
  await expect
    .poll(() => events.some((event) => event.kind === 'run' && event.run.state === 'finished'))
    .toBe(true);
  events.length = 0;
  await rename(run, join(tmpdir(), `saev-gone-${process.pid}`));
  await expect.poll(() => events).toContainEqual({ kind: 'gone', run: 'b' });
  await rm(join(tmpdir(), `saev-gone-${process.pid}`), { recursive: true });
});

it('starts again where a run goes on from an earlier step', async () => {
  const run = await writeRunFolder(root, 'a', { status: 'stopped', steps: 4 });
  await begin();
  // As training does it: the lines that stay, under another name, then renamed.
  await writeFile(join(run, 'other'), line(0) + line(10));
  await rename(join(run, 'other'), join(run, 'metrics.jsonl'));
  expect(await take()).toEqual({ kind: 'restart', run: 'a' });
  expect(await take()).toMatchObject({ kind: 'run', run: { metrics: { 'metrics/l0': 100 } } });
  await appendFile(join(run, 'metrics.jsonl'), line(15));
  expect(await take()).toMatchObject({ kind: 'line', line: { step: 15 } });
});

it('goes on while there is nothing to find, and ends when it is told to', async () => {
  await rm(root, { recursive: true });
  const find = async () => {
    looks++;
    return (await findRunFolders([root])).map((run) => ({ ...run, id: run.path }));
  };
  watching = (async () => {
    for await (const event of watchRuns({ find, every: 1, signal: abort.signal }))
      events.push(event);
  })();
  await expect.poll(() => looks).toBeGreaterThan(2);
  abort.abort();
  await watching;
  expect(events).toEqual([]);
});
