// The view of edits in a real browser, over the workbench's own application without a socket.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { writeWorld } from '../../src/data/worlds/images/write.ts';
import { createApp } from '../../src/server/app.ts';
import { openWorkbench } from '../../src/server/open-workbench.ts';
import type { Workbench } from '../../src/server/workbench.ts';
import { writeHeadFolder, writeHeadNote } from '../../src/studies/probes/head-files.ts';
import { initHead } from '../../src/studies/probes/linear-head.ts';
import { writeClipRun, writePictureRun, writeTextRun } from '../helpers/asked-runs.ts';
import { browserPath, startBrowser } from '../helpers/browser.ts';
import { worldCheckpoint } from '../helpers/small-run.ts';
import { expectUsable } from './helpers/readable.ts';
import { buildTemplate, type Watched, watch } from './helpers/watched-page.ts';

const ORIGIN = 'http://127.0.0.1:7238';
const [PICTURES, TEXTS, CLIP] = ['open~runs~pictures', 'open~runs~texts', 'open~runs~clip'];

describe.skipIf(browserPath === undefined)('the view of edits', () => {
  let base: string;
  let workbench: Workbench;
  let browser: Browser;
  let page: Page;
  let watched: Watched;

  beforeAll(async () => {
    base = await mkdtemp(join(tmpdir(), 'saev-edit-view-'));
    const open = join(base, 'open');
    await writePictureRun(open);
    await writeClipRun(open);
    await writeTextRun(open);
    await writeWorld(join(open, 'world'), { nScenes: 20, seed: 3 });
    const reads = { vitFamily: 'world', vitCkpt: worldCheckpoint };
    const config = {
      learning_rate: 1,
      weight_decay: 0,
      imgs: { root: join(open, 'world/ade20k') },
    };
    await writeHeadFolder(join(open, 'heads/maps'), initHead(128, 15, 1), { config });
    await writeHeadNote(join(open, 'heads/maps'), {
      ...reads,
      vitLayer: 'ln_final.hook_normalized',
    });
    await writeHeadFolder(join(open, 'heads/kinds'), initHead(128, 3, 1), { config });
    await writeHeadNote(join(open, 'heads/kinds'), {
      ...reads,
      layer: 'ln_final.hook_normalized',
      patches: 'cls',
      classes: ['<b>cat</b>', 'dog', 'bird'],
    });
    workbench = await openWorkbench([open]);
    const app = await createApp(workbench, { template: await buildTemplate(base, 'workbench') });
    browser = await startBrowser();
    page = await browser.newPage();
    await page.route(`${ORIGIN}/**`, async (route) => {
      const request = route.request();
      const body = request.postData();
      const response = await app.request(request.url(), {
        method: request.method(),
        headers: { ...request.headers(), host: new URL(ORIGIN).host },
        ...(body !== null && { body }),
      });
      await route
        .fulfill({
          status: response.status,
          headers: Object.fromEntries(response.headers),
          body: Buffer.from(await response.arrayBuffer()),
        })
        // The page has given this one up.
        .catch(() => undefined);
    });
    watched = watch(page);
  });
  afterAll(async () => {
    await browser?.close();
    await workbench?.close();
    await rm(base, { recursive: true });
  });
  afterEach(() => expect(watched.complaints.splice(0)).toEqual([]));

  async function open(
    hash: string,
    { width = 1440, dark = false }: { width?: number; dark?: boolean } = {},
  ): Promise<void> {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
    await page.goto('about:blank');
    await page.goto(`${ORIGIN}/${hash}`);
  }
  const status = (): Promise<string | null> => page.locator('.edit-status').textContent();
  const address = (): Promise<string> => page.evaluate(() => location.hash);
  const command = (): Promise<string | null> => page.locator('.repeat code').textContent();

  test('edits a picture: nothing at first, then what a slider says, and the address and command say it, too', async () => {
    await open('#/edit');
    await page.getByRole('link', { name: 'pictures' }).click();
    // It begins with the first image and what fires most on it, all untouched, and nothing in the address.
    await expect.poll(status).toContain('Nothing is changed yet');
    await expect.poll(() => page.locator('.latent-row[data-untouched]').count()).toBe(3);
    await page.getByRole('group', { name: 'More that fire strongly on it' }).waitFor();
    expect(await address()).toBe(`#/edit/${PICTURES}`);
    expect(await command()).toContain('--numbers 0 --heads');
    await page.getByRole('button', { name: 'Next example' }).click();
    await expect.poll(address).toBe(`#/edit/${PICTURES}?example=1`);
    while ((await page.locator('.latent-row').count()) > 0)
      await page.getByRole('button', { name: 'Remove latent' }).first().click();
    await page.getByRole('group', { name: 'Strongest on this example' }).waitFor();
    await page.getByLabel('Add a latent by number or label').fill('7');
    await page.keyboard.press('Enter');
    const slider = page.getByRole('slider', { name: /^Latent 7,/ });
    expect(await slider.getAttribute('aria-valuetext')).toBe('untouched');
    expect(await status()).toContain('Nothing is changed yet');
    await slider.press('End');
    await expect.poll(status).toBe('64 of 64 patches are changed.');
    expect(await address()).toBe(`#/edit/${PICTURES}?example=1&set=7:10`);
    expect(await command()).toMatch(
      /^saev steer \S*open\/runs\/pictures --numbers 1 --set 7=10 --heads \S+heads\/maps \S+heads\/kinds$/,
    );
    for (const name of ['Segmentation', 'Classes', 'How far it turned'])
      await page.getByRole('heading', { name }).waitFor();
    expect(await page.locator('.probability-name').first().locator('b').count()).toBe(0);
    // A number, then a choice of patches.
    await page.getByLabel('Latent 7, times as a number').fill('-2.5');
    await page.locator('.patch-grid').focus();
    for (const key of ['ArrowRight', ' ', 'ArrowDown', ' ']) await page.keyboard.press(key);
    await expect.poll(status).toBe('2 of 64 patches are changed.');
    expect(await address()).toBe(`#/edit/${PICTURES}?example=1&set=7:-2.5&where=0,8`);
    await page.getByRole('button', { name: 'Reset latent 7' }).click();
    await expect.poll(status).toContain('Nothing is changed yet');
  });

  test('opens a state by its address, and takes an image of one’s own', async () => {
    await open(`#/edit/${PICTURES}?example=1&set=3:4,5&where=1`);
    await expect.poll(status).toBe('1 of 64 patches are changed.');
    expect(await page.locator('.latent-row').count()).toBe(2);
    const name = 'mine.jpg';
    const buffer = await readFile(join(base, 'open/photo.jpg'));
    await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'image/jpeg', buffer });
    await expect.poll(command).toContain('mine.jpg');
    expect(await address()).toBe(`#/edit/${PICTURES}?set=3:4,5&where=1`);
    await page.getByText('not part of the address').waitFor();
    await page.getByText('mine.jpg stands for your file').waitFor();
    const bad = { name: 'bad.png', mimeType: 'image/png', buffer: Buffer.from('no image') };
    await page.locator('input[type=file]').setInputFiles(bad);
    await page.getByRole('alert').getByText('cannot be read').waitFor();
    // The browser itself logs that an answer was a refusal.
    expect(watched.complaints.splice(0).every((each) => each.includes('400'))).toBe(true);
  });

  test('edits a text before the reader’s eyes', async () => {
    await open(`#/edit/${TEXTS}`);
    await page.getByText('Type a text to begin.').waitFor();
    await page.getByRole('textbox', { name: 'Text' }).fill('the thin man');
    await expect.poll(status).toContain('Nothing is changed yet');
    await expect.poll(() => page.locator('.latent-row').count()).toBe(3);
    const search = page.getByLabel('Add a latent by number or label');
    await search.fill('1');
    await search.press('Enter');
    await page.getByLabel('Latent 1, times as a number').fill('9');
    await expect.poll(status).toMatch(/^\d+ of \d+ tokens are changed/);
    for (const name of ['Next token', 'Loss', 'Continuation'])
      await page.getByRole('heading', { name }).waitFor();
    expect(await command()).toMatch(/'the thin man' --set (\d+=\S+ )*1=9/);
    await page.locator('.token-choice').last().click();
    await expect.poll(status).toMatch(/^1 of \d+ tokens are changed/);
  });

  test('compares a picture with typed prompts, where the model reads texts', async () => {
    await open(`#/edit/${CLIP}?example=0&set=3:9`);
    const field = page.getByLabel('Prompts, one a line');
    await field.fill('a photo of a cat\n\n  <b>snow</b>\n');
    const rows = page.locator('.edit-table .probability-name');
    await expect.poll(() => rows.count()).toBe(2);
    expect((await rows.allTextContents()).sort()).toEqual(['<b>snow</b>', 'a photo of a cat']);
    expect(await rows.locator('b').count()).toBe(0);
    // What was typed stays as it was typed.
    expect(await field.inputValue()).toBe('a photo of a cat\n\n  <b>snow</b>\n');
    expect(await address()).toContain('prompt=a+photo+of+a+cat&prompt=%3Cb%3Esnow');
    expect(await command()).toContain("--prompts='a photo of a cat' --prompts='<b>snow</b>'");
    await page.getByText('Templates', { exact: true }).click();
    await page.getByLabel('Templates, one a line').fill('a photo of a {}');
    await expect.poll(command).toContain("--templates='a photo of a {}'");
    await page.getByLabel('Templates, one a line').fill('a photo');
    await page.getByText('is not used: a template has {}').waitFor();
    // Another state of the address is what the field shows.
    await open(`#/edit/${CLIP}?example=0&prompt=snow&prompt=two+birds&template=%7B%7D`);
    await expect.poll(() => field.inputValue()).toBe('snow\ntwo birds');
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await expectUsable(page, { width });
    }
    await open(`#/edit/${PICTURES}?example=0&prompt=snow`);
    await page.getByText('Prompts are not compared').waitFor();
    expect(await field.count()).toBe(0);
  });

  test('proposes latents for classes and random ones beside them', async () => {
    await open(`#/edit/${PICTURES}?example=1&classes=7`);
    await page.getByRole('button', { name: 'Propose', exact: true }).click();
    const group = page.getByRole('group', { name: 'Latents for sky' });
    await group.getByRole('button', { name: 'Add all' }).click();
    await expect.poll(() => page.locator('.latent-row').count()).toBeGreaterThanOrEqual(3);
    await page.getByRole('group', { name: 'Random' }).waitFor();
  });

  test.each([
    [1440, false],
    [1024, true],
    [390, false],
    [390, true],
  ])('can be used by everybody at %i pixels, dark: %s', async (width, dark) => {
    await open(`#/edit/${PICTURES}?example=1&set=3:4,5&classes=7`, { width, dark });
    await expect.poll(status).toBe('64 of 64 patches are changed.');
    await expectUsable(page, { width });
    if (dark) return;
    await open(`#/edit/${TEXTS}?text=a+man&set=3:4`, { width, dark });
    await page.getByRole('heading', { name: 'Continuation' }).waitFor();
    await expect.poll(status).toMatch(/tokens are changed/);
    await expectUsable(page, { width });
  });
});
