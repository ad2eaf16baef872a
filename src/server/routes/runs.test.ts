// Runs as the workbench gives them, and what happens to them, asked without a socket.
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { metricLine, writeRunFolder } from '../../../test/helpers/run-folders.ts';
import type { RunEvent, RunList, RunPage } from '../../pages/run-page.ts';
import { createApp } from '../app.ts';
import { eventStream } from '../events/event-stream.ts';
import { openRunEvents, type RunEvents, type RunListener } from '../events/run-events.ts';
import { openWorkbench } from '../open-workbench.ts';
import type { Workbench } from '../workbench.ts';
import { RUN_ROUTES } from './runs.ts';

let folder: string;
let training: string;
let workbench: Workbench;
let app: Hono;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-runs-route-'));
  const template = join(folder, 'page.html');
  await writeFile(template, '<!--saev-data-->');
  await writeRunFolder(join(folder, 'own/runs'), 'a', { tag: 'first' });
  training = await writeRunFolder(join(folder, 'own/runs'), 'b', { status: 'stopped', steps: 2 });
  await mkdir(join(folder, 'own/runs/broken'));
  await writeFile(join(folder, 'own/runs/broken/run.json'), '{"id":');
  workbench = await openWorkbench([join(folder, 'own')]);
  app = await createApp(workbench, { template });
});
afterAll(async () => {
  await workbench.close();
  await rm(folder, { recursive: true });
});

async function json<T>(path: string): Promise<T> {
  return (await (await app.request(path)).json()) as T;
}

it('lists the runs with their numbers and places, damaged ones with a sentence', async () => {
  const { runs } = await json<RunList>('/data/runs.json');
  expect(runs.map(({ id, folder, state }) => [id, folder, state])).toEqual([
    ['own~runs~a', 'own/runs/a', 'finished'],
    ['own~runs~b', 'own/runs/b', 'stopped'],
    ['own~runs~broken', 'own/runs/broken', 'unreadable'],
  ]);
  expect(runs[2]!.problem).toContain('is not JSON');
});

it('gives what is shown of each run that publishing asks for', async () => {
  const route = RUN_ROUTES[1]!;
  for (const { id } of (await route.list(workbench)) as Iterable<{ id: string }>) {
    const page = await json<RunPage>(`/data/runs/${id}.json`);
    expect(page.run.id).toBe(id);
    expect(page.run.folder).not.toContain(folder);
  }
  const page = await json<RunPage>('/data/runs/own~runs~a.json');
  expect([page.latents!.count, page.curves.length > 5]).toEqual([4, true]);
  const missing = await app.request('/data/runs/own~runs~none.json');
  expect(missing.status).toBeGreaterThanOrEqual(400);
});

describe('events', () => {
  /** The events of a stream, one after the other. */
  async function* eventsOf(response: Response): AsyncGenerator<RunEvent> {
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += value;
      const parts = text.split('\n\n');
      text = parts.pop()!;
      for (const part of parts)
        if (part.startsWith('data: ')) yield JSON.parse(part.slice(6)).data as RunEvent;
    }
  }

  it('tell of lines that are written, from the first moment on', async () => {
    const aborting = new AbortController();
    const response = await app.request('/events', { signal: aborting.signal });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const events = eventsOf(response);
    expect((await events.next()).value).toEqual({ kind: 'ready' });
    await appendFile(join(training, 'metrics.jsonl'), `${JSON.stringify(metricLine(20))}\n`);
    expect((await events.next()).value).toMatchObject({
      kind: 'line',
      run: 'own~runs~b',
      line: { step: 20 },
    });
    await events.return(undefined);
  });

  it('are watched once for all who listen, and not when nobody does', async () => {
    let finds = 0;
    const find = async (): Promise<[]> => {
      finds++;
      return [];
    };
    const events = openRunEvents({ every: 1, find });
    const heard: string[] = [];
    const ends = ['a', 'b', 'c'].map((name) =>
      events.listen(({ kind }) => heard.push(name + kind)),
    );
    await expect.poll(() => heard.length).toBe(3);
    const late = events.listen(({ kind }) => heard.push(`late ${kind}`));
    expect(heard.at(-1)).toBe('late ready');
    for (const end of [...ends, late]) end();
    const before = finds;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(finds - before).toBeLessThanOrEqual(1);
    const again = events.listen(({ kind }) => heard.push(`again ${kind}`));
    await expect.poll(() => heard.at(-1)).toBe('again ready');
    again();
  });

  /** Events that are told by hand. */
  function byHand(): RunEvents & { tell: RunListener; listeners: Set<RunListener> } {
    const listeners = new Set<RunListener>();
    return {
      listeners,
      tell: (event) => {
        for (const listener of listeners) listener(event);
      },
      listen(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
  }

  it('send away who does not keep up, and forget who has gone', async () => {
    const events = byHand();
    const { signal } = new AbortController();
    const slow = eventStream(events, { signal });
    const gone = eventStream(events, { signal });
    expect(events.listeners.size).toBe(2);
    await gone.body!.cancel();
    expect(events.listeners.size).toBe(1);
    for (let i = 0; i < 600; i++) events.tell({ kind: 'gone', run: String(i) });
    expect(events.listeners.size).toBe(0);
    // What waited is still given, and then it ends.
    let count = 0;
    for await (const _ of eventsOf(slow)) count++;
    expect(count).toBeLessThan(500);
  });

  it('beat while nothing happens, and end when the workbench closes', async () => {
    const events = byHand();
    const closing = new AbortController();
    const response = eventStream(events, { signal: closing.signal, beat: 1 });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    await expect.poll(async () => (await reader.read()).value).toBe(': beat\n\n');
    closing.abort();
    expect(events.listeners.size).toBe(0);
    await expect.poll(async () => (await reader.read()).done).toBe(true);
  });
});
