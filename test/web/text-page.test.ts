// The feature page over texts in a real browser, opened from the disk.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { TextChunk, TextFeature, TextPageIndex } from '../../src/pages/feature-page.ts';
import { browserPath, startBrowser } from '../helpers/browser.ts';
import { type ListedIndex, readIndexOf } from '../helpers/page-index.ts';
import { PAGE_TOKENS, writeTextPage } from '../helpers/page-texts.ts';
import { expectUsable } from './helpers/readable.ts';
import { buildTemplate, type Watched, watch } from './helpers/watched-page.ts';

describe.skipIf(browserPath === undefined)('the feature page over texts', () => {
  let folder: string;
  let browser: Browser;
  let index: ListedIndex<TextPageIndex>;
  let page: Page;
  let watched: Watched;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'saev-text-page-'));
    const template = await buildTemplate(folder, 'features');
    const size = { nLatents: 1500, nTexts: 60, inlineLimit: 200_000 };
    const summary = await writeTextPage(folder, { ...size, template });
    expect(summary.features).toBeGreaterThan(1000);
    expect(summary.isSingleFile).toBe(false);
    index = await readIndexOf<TextPageIndex>(join(folder, 'index.html'));
    browser = await startBrowser();
    page = await browser.newPage();
    watched = watch(page);
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true });
  });
  afterEach(() => watched.expectQuiet());

  async function open(hash = '', options: { width?: number; dark?: boolean } = {}): Promise<void> {
    await page.setViewportSize({ width: options.width ?? 1440, height: 900 });
    await page.emulateMedia({ colorScheme: options.dark === true ? 'dark' : 'light' });
    await page.goto('about:blank');
    await page.goto(`file://${folder}/index.html${hash}`);
    await page.waitForSelector('main > :nth-child(2)');
  }
  /** The feature at a position of the index, as its file says. */
  async function featureAt(position: number): Promise<[TextFeature, TextChunk]> {
    const n = Math.floor(position / index.chunkSize);
    const script = await readFile(join(folder, 'data', `features-${n}.js`), 'utf8');
    const chunk = JSON.parse(script.replace(/^saevChunk\(\d+,/, '').replace(/\)$/, ''));
    return [chunk.features[position % index.chunkSize], chunk];
  }
  const openFeature = async (position: number, options = {}): Promise<[TextFeature, TextChunk]> => {
    await open(`#f=${index.features.latent[position]}`, options);
    await page.locator('.text-example').first().waitFor();
    return featureAt(position);
  };
  const listedCount = async (): Promise<number> =>
    Number((await page.locator('.toolbar .position b').textContent())!.replaceAll(',', ''));

  test('lists all features with their strongest contexts, and keeps few in the document', async () => {
    await open();
    expect(await listedCount()).toBe(index.features.latent.length);
    await page.locator('.concordance .token-line').first().waitFor();
    expect(await page.locator('.card').count()).toBeLessThan(100);
    expect(await page.locator('.card').first().locator('.token-line').count()).toBe(4);
    await page.locator('.grid-scroller').evaluate((scroller) => {
      scroller.scrollTop = scroller.scrollHeight;
    });
    await page.locator(`.card[href*="f=${index.features.latent.at(-1)}"]`).waitFor();
    expect(await page.locator('.card').count()).toBeLessThan(100);
  });

  test('finds features by a token that they fire on or make likelier, and by number', async () => {
    await open();
    const { texts, start, index: places } = index.features.words!;
    const wordsOf = (i: number): string[] =>
      Array.from(places.subarray(start[i], start[i + 1]), (place) => texts[place]!);
    const found = (query: string): number =>
      index.features.label.filter(
        (label, i) => label.includes(query) || wordsOf(i).some((word) => word.includes(query)),
      ).length;
    expect(found('word17')).toBeGreaterThan(0);
    expect(found('word17')).toBeLessThan(index.features.latent.length);
    await page.getByRole('searchbox').fill('Word17');
    await expect.poll(listedCount).toBe(found('word17'));
    const some = index.features.latent[30]!;
    await page.getByRole('searchbox').fill(String(some));
    await expect
      .poll(() => page.locator('.card').first().getAttribute('href'))
      .toContain(`f=${some}`);
  });

  test('a band and contexts that are open have an address', async () => {
    const [feature] = await openFeature(10);
    await page.locator('.bands button').nth(1).click();
    await page.locator('.text-example button').first().click();
    const { text, at } = feature.groups[1]!.examples[0]!;
    expect(page.url()).toMatch(new RegExp(`&band=1&open=${text}\\.${at}$`));
    await page.reload();
    await page.locator('.token-context').waitFor();
    expect(await page.locator('.example-place').textContent()).toBe(`context ${text}, token ${at}`);
    expect(await page.locator('.bands button').nth(1).getAttribute('aria-pressed')).toBe('true');
    await page.locator('.text-example button').first().click();
    expect(page.url()).toMatch(/&band=1$/);
    await page.keyboard.press('j');
    expect(page.url()).not.toContain('band');
  });

  test('tints each token by its value, and tells the value', async () => {
    const [feature, chunk] = await openFeature(10);
    const example = feature.groups[0]!.examples[0]!;
    const row = page.locator('.text-example').first();
    await row.getByRole('button').click();
    const spans = row.locator('.token-context .token-span');
    expect(await spans.count()).toBe(24);
    const seen = await spans.evaluateAll((all) =>
      all.map((span) => ({
        alpha: Number(
          /\/ ([\d.]+)|, ([\d.]+)\)$/.exec(getComputedStyle(span).backgroundColor)?.[2] ?? 1,
        ),
        isPeak: (span as HTMLElement).dataset.peak !== undefined,
        isSpecial: (span as HTMLElement).dataset.special !== undefined,
        title: span.getAttribute('title')!,
      })),
    );
    const values = new Map(example.positions.map((at, i) => [at, example.values[i]!]));
    seen.forEach(({ alpha, isPeak, isSpecial, title }, at) => {
      const value = values.get(at);
      const expected = value === undefined ? 0 : (0.1 + (0.9 * value) / feature.upper) * 0.9;
      expect(Math.abs(alpha - expected)).toBeLessThan(0.01);
      expect(isPeak).toBe(at === example.at);
      expect(isSpecial).toBe(at === 0);
      if (value === undefined) expect(title).toMatch(/ {2}0$/);
      else expect(title).toContain(value.toPrecision(3));
    });
    expect(chunk.vocabulary).toContain(PAGE_TOKENS[1]);
    await row.getByRole('button').click();
    expect(await row.locator('.token-context').count()).toBe(0);
  });

  test('chosen tokens stand in one column', async () => {
    await openFeature(25);
    const lefts = await page
      .locator('.text-example [data-peak]')
      .evaluateAll((peaks) => peaks.map((peak) => Math.round(peak.getBoundingClientRect().left)));
    expect(lefts).toHaveLength(10);
    expect(new Set(lefts).size).toBe(1);
  });

  test('bands of value each have their examples', async () => {
    const [feature] = await openFeature(40);
    const buttons = page.locator('.bands button');
    expect(await buttons.count()).toBe(feature.groups.length);
    for (const i of [1, feature.groups.length - 1]) {
      await buttons.nth(i).click();
      const { band, examples } = feature.groups[i]!;
      expect(await page.locator('.text-example').count()).toBe(examples.length);
      for (const text of await page.locator('.example-value').allTextContents()) {
        expect(Number(text)).toBeGreaterThanOrEqual(Number(band!.low.toPrecision(3)));
        expect(Number(text)).toBeLessThanOrEqual(Number(band!.high.toPrecision(3)));
      }
    }
  });

  test('tables show what the weights say, and lead to features of other pages', async () => {
    const [{ logits, heads, pullbacks }, chunk] = await openFeature(3);
    const names = await page
      .getByRole('region', { name: 'Logits' })
      .locator('.weight-name')
      .allTextContents();
    expect(names).toHaveLength(10);
    const first = chunk.vocabulary[logits!.top[0]![0]]!;
    expect(names[0]!.replaceAll('·', ' ').replace('⏎', '\n').replace('∅', '')).toBe(first);
    expect(await page.locator('.head-norms rect').count()).toBe(12);
    const { layer, head } = heads!.strongest[0]!;
    const titles = await page.locator('.head-norms title').allTextContents();
    expect(titles[layer * 4 + head]).toBe(
      `head ${layer}.${head}  ${Math.max(...heads!.norms).toPrecision(3)}`,
    );
    const near = page.getByRole('region', { name: 'Features of block 0' });
    expect(await near.getByRole('link').first().getAttribute('href')).toBe(
      `../l0/index.html#f=${pullbacks[0]!.top[0]![0]}`,
    );
    const far = page.getByRole('region', { name: 'Features of block 1' });
    expect(await far.getByRole('link').count()).toBe(0);
    expect(await far.textContent()).toContain(`1/${pullbacks[1]!.top[0]![0]}`);
  });

  test('h takes the tint away and brings it back', async () => {
    await openFeature(12);
    const tinted = page.locator('.token-span[style*="--heat"]');
    expect(await tinted.count()).toBeGreaterThan(0);
    await page.keyboard.press('h');
    expect(await tinted.count()).toBe(0);
    expect(page.url()).toContain('heat=off');
    await page.keyboard.press('h');
    expect(await tinted.count()).toBeGreaterThan(0);
  });

  test('tokens are text, whatever they say', async () => {
    const hostile = PAGE_TOKENS[1]!;
    const position = index.features.label.indexOf(hostile);
    expect(position).toBeGreaterThanOrEqual(0);
    await openFeature(position);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('.text-examples').textContent()).toContain(hostile);
    expect(await page.locator('.feature-head .badge').textContent()).toContain(hostile);
    const html = await readFile(join(folder, 'index.html'), 'utf8');
    expect(html).not.toContain(hostile);
  });

  test.each([
    { width: 1440, dark: false },
    { width: 1440, dark: true },
    { width: 390, dark: false },
    { width: 390, dark: true },
  ])('can be read and used by everybody: dark $dark, $width wide', async (options) => {
    const feature = `#f=${index.features.latent[5]}`;
    for (const hash of ['', feature, `${feature}&band=1`]) {
      await open(hash, options);
      await page.locator('.token-line').first().waitFor();
      if (hash.endsWith('band=1')) await page.locator('.text-example button').first().click();
      const rights = await page
        .locator('.card, .text-example')
        .evaluateAll((all) => all.map((each) => each.getBoundingClientRect().right));
      expect(Math.max(...rights)).toBeLessThanOrEqual(options.width);
      await expectUsable(page, options);
    }
  });
});
