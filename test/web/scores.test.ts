// The page of scores in a real browser, opened from the disk.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { writeScorePage } from '../../src/studies/scoring/page.ts';
import { browserPath, startBrowser } from '../helpers/browser.ts';
import { HOSTILE, scoreReport } from '../helpers/page-scores.ts';
import { expectUsable } from './helpers/readable.ts';
import { buildTemplate, type Watched, watch } from './helpers/watched-page.ts';

describe.skipIf(browserPath === undefined)('the page of scores', () => {
  let folder: string;
  let path: string;
  let browser: Browser;
  let page: Page;
  let watched: Watched;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'saev-scores-'));
    const template = await buildTemplate(folder, 'scores');
    const visuals = join(folder, 'visuals of it');
    await mkdir(join(visuals, 'sort_by_patch'), { recursive: true });
    await writeFile(join(visuals, 'sort_by_patch', 'index.html'), '<h1>features</h1>');
    path = await writeScorePage(scoreReport(), { dumpTo: folder, visuals, template });
    browser = await startBrowser();
    page = await browser.newPage();
    watched = watch(page);
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true });
  });
  afterEach(() => watched.expectQuiet());

  async function open(
    hash = '',
    { width = 1440, dark = false }: { width?: number; dark?: boolean } = {},
  ): Promise<void> {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
    await page.goto('about:blank');
    await page.goto(`file://${path}${hash}`);
    await page.locator('.concept-list tbody tr, .empty').first().waitFor();
  }
  const names = (): Promise<string[]> =>
    page.locator('.concept-list tbody th button').allTextContents();
  const hash = (): Promise<string> => page.evaluate(() => location.hash);

  test('lists the concepts, best first, beside the methods', async () => {
    await open();
    expect(await page.title()).toBe('Scores on labels – scores');
    expect(await names()).toEqual([
      'red',
      'blue',
      'ring',
      HOSTILE,
      'wild',
      'a colour that nothing has',
    ]);
    const methods = page.locator('.methods tbody tr');
    expect(await methods.locator('th').allTextContents()).toEqual(['autoencoder', 'k-means']);
    expect(await methods.first().locator('td').allTextContents()).toEqual([
      ...['512', '0.11', '9.09', '0.72', '0.90', '1.00', '90%', '0.81'],
    ]);
    const words = await page.locator('.methods:has(details[open])').textContent();
    for (const text of ['Choose a concept', 'Error of reconstruction'])
      expect(words).toContain(text);
    expect(await page.locator('.skipped').textContent()).toContain('no row');
    const link = page.locator('.concept-list a').first();
    expect(await link.getAttribute('href')).toBe('visuals%20of%20it/sort_by_patch/index.html#f=0');
  });

  test('sorts by a column, filters by kind, searches, and keeps it all in the address', async () => {
    await open();
    await page.getByRole('button', { name: 'Concept', exact: true }).click();
    expect((await names())[0]).toBe(HOSTILE);
    expect(await hash()).toBe('#sort=name');
    await page.getByRole('button', { name: 'Concept', exact: true }).click();
    expect((await names())[0]).toBe('wild');
    await page.getByLabel('Kind').selectOption('shape');
    expect(await names()).toEqual(['ring', HOSTILE]);
    await page.keyboard.press('Escape');
    await page.locator('h1').click();
    await page.keyboard.press('/');
    await page.keyboard.type('rin');
    expect(await names()).toEqual(['ring']);
    await page.keyboard.press('Enter');
    await page.locator('.concept-detail').waitFor();
    const address = await hash();
    await open(address);
    expect(await page.locator('.concept-detail h2').textContent()).toBe('ring');
    await page.getByLabel('Search concepts').fill('nothing like it');
    await page.getByRole('button', { name: 'Show all' }).click();
    expect(await names()).toHaveLength(6);
  });

  test('a concept shows its curve, its latents and the other methods; keys go on', async () => {
    await open();
    await page.locator('.concept-list tbody tr').first().click();
    const detail = page.locator('.concept-detail');
    expect(await detail.locator('header p').textContent()).toBe(
      'colour, 100 of 1,000 patches (10%)',
    );
    expect(await detail.locator('path').count()).toBe(5);
    const latents = detail.locator('.latents-scroller tbody tr');
    expect(await latents.count()).toBe(5);
    expect(await detail.locator('tr[data-best] th').textContent()).toBe('0');
    expect(await latents.last().textContent()).toContain('(against)');
    await page.getByRole('button', { name: 'F1', exact: true }).click();
    expect(await detail.locator('tr[data-best] th').textContent()).toBe('1');
    expect(await detail.locator('h3').last().textContent()).toContain('by F1');
    await page.keyboard.press('ArrowDown');
    expect(await detail.locator('h2').textContent()).toBe('blue');
    await page.keyboard.press('ArrowUp');
    expect(await detail.locator('h2').textContent()).toBe('red');
    await page.keyboard.press('Escape');
    await page.locator('.methods').waitFor();
    await page.goBack();
    await detail.waitFor();
    await open('#c=5');
    expect(await detail.textContent()).toContain('Not scored: no row');
  });

  test.each([
    [1440, false],
    [1440, true],
    [390, false],
    [390, true],
  ])('can be read and used by everybody: %i wide, dark %s', async (width, dark) => {
    for (const address of ['', '#c=3&by=probe']) {
      await open(address, { width, dark });
      await expectUsable(page, { width });
    }
  });
});
