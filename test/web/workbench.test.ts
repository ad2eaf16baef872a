// The workbench in a real browser: whatever folders are called, and whoever else has a page open.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserPath, startBrowser } from '../helpers/browser.ts';
import { expectUsable } from './helpers/readable.ts';
import { type ServedPage, servePage } from './helpers/served-page.ts';
import { buildTemplate, watch } from './helpers/watched-page.ts';

/** What a name may hold on this disk, and a page must show as it is. */
const NAMES = [
  '<img src=x onerror=alert(1)>',
  '"><svg onload=alert(2)>',
  '&lt;script&gt; {{alert(3)}}',
  "javascript:alert('4')",
  '#?%2F%00=~',
  'a\nb\u202Etxt',
  '__proto__',
  'ä 模型 🦆',
];

const record = {
  id: 'a',
  status: 'finished',
  configHash: '0',
  started: '2026-01-01T00:00:00.000Z',
  version: '0',
  kernels: 'cpu',
};

describe.skipIf(browserPath === undefined)('the workbench', () => {
  let base: string;
  let served: ServedPage;
  let browser: Browser;
  let elsewhere: Server;

  beforeAll(async () => {
    base = await mkdtemp(join(tmpdir(), 'saev-workbench-'));
    const template = await buildTemplate(base, 'workbench');
    for (const [i, name] of NAMES.entries()) {
      const run = join(base, 'open', name);
      await mkdir(run, { recursive: true });
      const text = i % 2 === 0 ? JSON.stringify({ ...record, tag: name }) : `{"${name}`;
      await writeFile(join(run, 'run.json'), text);
      await mkdir(join(base, 'open/circuits', name), { recursive: true });
      const graph = { metadata: { slug: name, scan: name, prompt: name, prompt_tokens: [name] } };
      const whole = JSON.stringify({ ...graph, nodes: [], links: [] });
      await writeFile(join(base, 'open/circuits', name, 'graph.json'), whole);
    }
    served = await servePage([join(base, 'open')], template);
    browser = await startBrowser();
    elsewhere = createServer((_, answer) => {
      answer.setHeader('content-type', 'text/html').end('<!doctype html><title>elsewhere</title>');
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
    elsewhere?.close();
    await rm(base, { recursive: true });
  });

  test('shows names as they are, and runs nothing that is in them', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 850 } });
    const page = await context.newPage();
    const watched = watch(page);
    await page.goto(served.url);
    for (const name of NAMES) {
      const shown = page.locator('main li').filter({ hasText: name.replace(/\s+/g, ' ') });
      await shown.first().waitFor();
    }
    await page.setViewportSize({ width: 390, height: 800 });
    await expectUsable(page, { width: 390 });
    // A link leads to what it names, whatever that is called.
    const ids = await page
      .locator('main li > a')
      .evaluateAll((links) => links.map((link) => link.getAttribute('href')!));
    for (const id of ids) expect(id).toMatch(/^#\/(runs|circuits)\/[\w.~=-]+$/);
    await page.goto(`${served.url}#/circuits/%3Cscript%3Ealert(5)%3C/script%3E?x=<b>`);
    await page.locator('main').waitFor();
    expect(watched.complaints.filter((text) => !text.includes('404'))).toEqual([]);
    for (const url of watched.requests) expect(url.startsWith(served.url), url).toBe(true);
    await context.close();
  });

  test('answers no page of another site', async () => {
    const page = await browser.newPage();
    const { port } = elsewhere.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/`);
    const tried = await page.evaluate(async (url) => {
      const tell = (promise: Promise<Response>): Promise<string> =>
        promise.then(
          (answer) => `${answer.type} ${answer.status}`,
          () => 'refused',
        );
      const image = new Promise<string>((resolve) => {
        const element = document.createElement('img');
        element.onload = () => resolve('loaded');
        element.onerror = () => resolve('refused');
        element.src = `${url}data/catalogue.json`;
      });
      const script = new Promise<string>((resolve) => {
        const element = document.createElement('script');
        element.onload = () => resolve('loaded');
        element.onerror = () => resolve('refused');
        element.src = `${url}data/catalogue.json`;
        document.head.append(element);
      });
      return [
        await tell(fetch(`${url}data/catalogue.json`)),
        await tell(fetch(`${url}data/catalogue.json`, { mode: 'no-cors' })),
        await tell(
          fetch(`${url}act/ask`, { method: 'POST', mode: 'no-cors', body: '{"models":[]}' }),
        ),
        await image,
        await script,
      ];
    }, served.url);
    expect(tried).toEqual(Array(5).fill('refused'));
    await page.close();
  });
});
