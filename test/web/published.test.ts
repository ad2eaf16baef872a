// A publication in a real browser, with the page and the engine that are shipped: on a plain web host, and from the disk.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { publish } from '../../src/server/publish/publish.ts';
import { writeScores } from '../../src/studies/scoring/files.ts';
import { VisualsConfig } from '../../src/visuals/config.ts';
import { withDataOfRun } from '../../src/visuals/data-of-run.ts';
import { visualize } from '../../src/visuals/visualize.ts';
import { writePictureRun } from '../helpers/asked-runs.ts';
import { browserPath, startBrowser } from '../helpers/browser.ts';
import { HOSTILE, scoreReport } from '../helpers/page-scores.ts';
import { writeRunFolder } from '../helpers/run-folders.ts';
import { type StaticServer, startStaticServer } from '../helpers/static-server.ts';
import { openedPages } from './helpers/opened-pages.ts';
import { expectUsable } from './helpers/readable.ts';

const NOTE = 'looks like a zebra';

describe.skipIf(browserPath === undefined)('a publication', () => {
  let base: string;
  let server: StaticServer;
  let browser: Browser;
  /** Addresses of the same page, each with a slash at its end. */
  let places: Readonly<Record<'host' | 'disk', string>>;
  const pages = openedPages();

  beforeAll(async () => {
    base = await mkdtemp(join(tmpdir(), 'saev-published-'));
    const run = await writePictureRun(base);
    const visuals = VisualsConfig.parse({
      ckpt: run,
      dumpTo: join(run, 'visuals'),
      logFreqRange: [-9, 1],
      logValueRange: [-9, 9],
      threads: 1,
    });
    await visualize(await withDataOfRun(visuals, { keepImages: false }));
    await writeRunFolder(join(base, 'runs'), 'trained', { tag: 'a tag' });
    await writeScores({ ...scoreReport(), ckpt: run }, { dumpTo: join(base, 'runs/scores') });
    const site = join(base, 'site');
    const { left } = await publish({ folders: [join(base, 'runs')], to: site, runs: [] });
    expect(left).toEqual([]);
    server = await startStaticServer(site);
    places = { host: server.url, disk: `file://${site}/index.html` };
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(base, { recursive: true });
  });
  afterEach(() => pages.close());

  const open = (place: 'host' | 'disk', hash: string): Promise<Page> =>
    pages.open(browser, places[place], hash);
  const leadTo = (page: Page, view: string): Promise<void> =>
    page.getByRole('navigation').getByRole('link', { name: view }).click();

  test.each(['host', 'disk'] as const)('shows everything: %s', async (place) => {
    const page = await open(place, '');
    await page.getByRole('link', { name: 'world-vit, layer -2' }).click();
    await page.locator('.card img').first().waitFor();
    await page.locator('.card').first().click();
    const picture = page.locator('.examples img').first();
    await picture.waitFor();
    await expect
      .poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth))
      .toBeGreaterThan(0);
    await leadTo(page, 'Runs');
    await page.getByRole('row').filter({ hasText: 'a tag' }).first().waitFor();
    await leadTo(page, 'Studies');
    await page.getByRole('link', { name: 'scores' }).click();
    await page.getByRole('button', { name: HOSTILE, exact: true }).click();
    await page.locator('.concept-detail').waitFor();
  });

  test('answers questions on a host, in the browser itself', async () => {
    const page = await open('host', '#/ask');
    await page.setInputFiles('input[type=file]', join(base, 'photo.jpg'));
    const facts = page.locator('.answer-facts');
    await facts.waitFor();
    expect(await facts.textContent()).toMatch(/^64 patches, .* of 48 on any$/);
    await page.getByRole('button', { name: 'Random' }).click();
    await page.getByText('this is about the smaller picture of its page').waitFor();
  });

  test('says from the disk why nothing is answered, and what to do', async () => {
    const page = await open('disk', '#/ask');
    await page.getByText('Browsers run no models on pages that are opened from a disk').waitFor();
    await leadTo(page, 'Edit');
    await page.getByText('put the folder on a web host').first().waitFor();
  });

  test.each(['host', 'disk'] as const)('keeps marks in the browser: %s', async (place) => {
    const page = await open(place, '#/features');
    await page.locator('.card').nth(2).click();
    const heading = page.locator('h2#feature-title');
    const title = (await heading.textContent())!;
    await page.getByRole('button', { name: 'Bookmark' }).click();
    await page.getByLabel('Note').fill(NOTE);
    await page.getByLabel('Note').blur();
    await page.keyboard.press('Escape');
    await page.locator('.card').first().waitFor();
    await page.reload();
    await page.getByText('Bookmarked (1)').waitFor();
    await page.getByRole('searchbox').fill('zebra');
    await expect.poll(() => page.locator('.card').count()).toBe(1);
    await page.locator('.card').getByRole('img', { name: 'bookmarked' }).waitFor();
    await page.getByRole('searchbox').press('Enter');
    await heading.waitFor();
    expect(await heading.textContent()).toBe(title);
    expect(await page.getByLabel('Note').inputValue()).toBe(NOTE);
    const bookmark = page.getByRole('button', { name: 'Bookmark' });
    expect(await bookmark.getAttribute('aria-pressed')).toBe('true');
  });

  test('can be read and used by everybody, on a phone', async () => {
    const page = await open('host', '');
    await page.setViewportSize({ width: 390, height: 850 });
    const waits = {
      '#/all': '.overview li',
      '#/features': '.card img',
      '#/studies/runs~scores': '.concept-list tbody tr',
    };
    for (const [hash, there] of Object.entries(waits)) {
      await page.goto(`${server.url}${hash}`);
      await page.locator(there).first().waitFor();
      await expectUsable(page, { width: 390 });
    }
  });
});
