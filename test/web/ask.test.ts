// Asking in the workbench, in a real browser: a picture of one's own, an example of a page, and a text.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { VisualsConfig } from '../../src/visuals/config.ts';
import { withDataOfRun } from '../../src/visuals/data-of-run.ts';
import { visualize } from '../../src/visuals/visualize.ts';
import { writePictureRun, writeTextRun } from '../helpers/asked-runs.ts';
import { browserPath, startBrowser } from '../helpers/browser.ts';
import { type Looking, openedPages } from './helpers/opened-pages.ts';
import { expectUsable } from './helpers/readable.ts';
import { type ServedPage, servePage } from './helpers/served-page.ts';
import { buildTemplate } from './helpers/watched-page.ts';

const FACTS = '.answer-facts';

describe.skipIf(browserPath === undefined)('asking in the workbench', () => {
  let base: string;
  let served: ServedPage;
  let browser: Browser;
  const pages = openedPages();

  beforeAll(async () => {
    base = await mkdtemp(join(tmpdir(), 'saev-ask-view-'));
    const template = await buildTemplate(base, 'workbench');
    const run = await writePictureRun(base);
    await writeTextRun(base);
    const parsed = VisualsConfig.parse({
      ckpt: run,
      dumpTo: join(run, 'visuals'),
      logFreqRange: [-9, 1],
      logValueRange: [-9, 9],
      threads: 1,
    });
    await visualize(await withDataOfRun(parsed, { keepImages: false }));
    served = await servePage([join(base, 'runs')], template);
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
    await rm(base, { recursive: true });
  });
  afterEach(() => pages.close());

  const open = (hash: string, looking?: Looking) =>
    pages.open(browser, served.url, `#/${hash}`, looking);

  test('a picture of my own: its patches, its latents, and their examples', async () => {
    const page = await open('ask');
    await page.getByText('Drop a picture here').waitFor();
    await expectUsable(page, { width: 1440 });
    await page.setInputFiles('input[type=file]', join(base, 'photo.jpg'));
    await page.locator(FACTS).waitFor();
    expect(await page.locator(FACTS).textContent()).toMatch(/^64 patches, .* of 48 on any$/);
    await expectUsable(page, { width: 1440 });
    // Pointing shows the latents of a patch; the click holds it, and the address says so.
    const pad = page.getByRole('listbox', { name: 'Patches, 8 rows of 8' });
    await pad.getByRole('option', { name: 'row 2, column 3' }).click();
    await page.getByRole('heading', { name: 'On row 2, column 3' }).waitFor();
    expect(page.url()).toContain('token=10');
    await page.mouse.move(2, 2);
    await pad.focus();
    await page.keyboard.press('ArrowDown');
    await page.getByRole('heading', { name: 'On row 3, column 3' }).waitFor();
    await page.getByRole('status').filter({ hasText: 'row 3, column 3: latent' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    await page.getByRole('heading', { name: 'Strongest latents' }).waitFor();
    const second = page.locator('.latent-list li button').nth(1);
    const latent = await second.locator('.latent-number').textContent();
    await second.click();
    await page.getByText(`Latent ${latent}`, { exact: false }).first().waitFor();
    expect(page.url()).toContain(`latents=${latent}`);
    await page.getByRole('heading', { name: 'Its strongest examples' }).waitFor();
    expect(await page.locator('.latent-images .heat').count()).toBeGreaterThan(0);
    await page.getByRole('switch', { name: 'Show it' }).uncheck();
    expect(await page.locator('.heat').count()).toBe(0);
    await page.getByText('Files of your own are not in the address').waitFor();
  });

  test('an example of a page: random, by number, and the next; the address leads back', async () => {
    const page = await open('ask');
    await page.getByRole('button', { name: 'Random' }).click();
    await page.locator(FACTS).waitFor();
    expect(page.url()).toMatch(/from=runs~pictures~visuals~\w+:\d+/);
    await page.getByLabel('Number of the example').fill('4');
    await page.getByRole('button', { name: 'Next example' }).click();
    await page.locator(FACTS).waitFor();
    expect(page.url()).toContain(':5');
    const picture = await page.locator('.seen-image img').getAttribute('src');
    const again = await open(page.url().split('#/')[1]!, { width: 390, dark: true });
    await again.locator(FACTS).waitFor();
    expect(await again.locator('.seen-image img').getAttribute('src')).toBe(picture);
    await expectUsable(again, { width: 390 });
  });

  test('a text: its tokens by arrow keys, and what cannot be asked', async () => {
    const page = await open('ask?kind=text', { width: 1024 });
    await page.getByRole('textbox', { name: 'Text' }).fill('the thin man');
    await page.getByRole('button', { name: 'Ask' }).click();
    await page.locator(FACTS).waitFor();
    await expectUsable(page, { width: 1024 });
    await page.getByRole('listbox', { name: 'Tokens' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^On token 1/ }).waitFor();
    expect(page.url()).toContain('text=the+thin+man');
    await page.getByText('There is no page of features of this model').waitFor();
    await page.getByRole('textbox', { name: 'Text' }).fill('a cat '.repeat(9));
    await page.getByRole('button', { name: 'Ask' }).click();
    await page.getByRole('alert').filter({ hasText: 'text too long' }).waitFor();
    await expectUsable(page, { width: 1024 });
  });

  test('files that are no pictures are answered with a sentence', async () => {
    const page = await open('ask');
    const bad = join(base, '<b>bad<b>.png');
    await writeFile(bad, 'no picture');
    await page.setInputFiles('input[type=file]', bad);
    await page.getByRole('alert').filter({ hasText: "cannot be read: '<b>bad<b>.png'" }).waitFor();
    await writeFile(bad, '');
    await page.setInputFiles('input[type=file]', bad);
    await page.getByRole('alert').filter({ hasText: 'is empty' }).waitFor();
  });
});
