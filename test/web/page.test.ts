// The feature page in a real browser, opened from the disk.
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Random } from '../../src/base/random.ts';
import type { ImageChunk } from '../../src/pages/feature-page.ts';
import { PLASMA } from '../../src/pages/plasma.ts';
import { writeSiblingPages } from '../../src/visuals/page/sibling-pages.ts';
import { browserPath, startBrowser } from '../helpers/browser.ts';
import { writeWorldPage } from '../helpers/page-images.ts';
import { type ListedIndex, readIndexOf } from '../helpers/page-index.ts';
import { expectUsable } from './helpers/readable.ts';
import { buildTemplate, type Watched, watch } from './helpers/watched-page.ts';

const concepts = [
  { concept: 'ring', latent: 0, f1: 0.91, precision: 0.9, recall: 0.92 },
  { concept: 'night sky', latent: 0, f1: 0.4, precision: 0.5, recall: 0.33 },
];

describe.skipIf(browserPath === undefined)('the feature page', () => {
  let folder: string;
  let template: string;
  let browser: Browser;
  let index: ListedIndex;
  let page: Page;
  let watched: Watched;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'saev-page-'));
    template = await buildTemplate(folder, 'features');
    const summary = await writeWorldPage(folder, {
      nLatents: 3600,
      nImages: 150,
      template,
      concepts,
      relations: {
        map: Promise.resolve({ x: places(1), y: places(2), key: 'made up' }),
        sampledRows: 4096,
        nearest: (latent) => ({
          decoder: [
            [latent + 1, 0.9],
            [999_999, 0.5],
          ],
          together: [[latent + 2, 0.25]],
        }),
      },
      inlineLimit: 100_000,
      describe: async (example) => ({
        label: example % 7 === 0 ? '</script><b onclick="x">' : 'day_scene',
        source: `world/${example}.png`,
      }),
    });
    expect(summary.features).toBeGreaterThan(2000);
    expect(summary.isSingleFile).toBe(false);
    index = await readIndexOf(join(folder, 'index.html'));
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
    watched.requests.length = 0;
    await page.goto(`file://${folder}/index.html${hash}`);
    await page.waitForSelector('main > :nth-child(2)');
  }
  const firstCards = (n: number): Promise<number[]> =>
    page
      .locator('.card b:first-child')
      .evaluateAll(
        (titles, count) =>
          titles.slice(0, count).map((title) => Number(title.textContent.replaceAll(',', ''))),
        n,
      );
  const listedCount = async (): Promise<number> =>
    Number((await page.locator('.toolbar .position b').textContent())!.replaceAll(',', ''));
  /** A place for each of more features than there are. */
  const places = (seed: number): Float32Array => {
    const random = new Random(seed);
    return Float32Array.from({ length: 3600 }, () => random.float());
  };
  const columnOf = (latent: number): number => index.features.latent.indexOf(latent);

  test('lists all features by frequency, and keeps few of them in the document', async () => {
    await open();
    expect(await listedCount()).toBe(index.features.latent.length);
    expect(await firstCards(8)).toEqual(index.features.latent.slice(0, 8));
    expect(await page.locator('.card').count()).toBeLessThan(100);
    await page.locator('.grid-scroller').evaluate((scroller) => {
      scroller.scrollTop = scroller.scrollHeight;
    });
    const last = index.features.latent.at(-1)!;
    await page.locator(`.card[href*="f=${last}"]`).waitFor();
    expect(await page.locator('.card').count()).toBeLessThan(100);
  });

  test('sorts by value and by index, both ways', async () => {
    await open();
    const { latent, logValue } = index.features;
    const byValue = latent
      .map((_, i) => i)
      .sort((a, b) => logValue[b]! - logValue[a]! || latent[a]! - latent[b]!);
    await page.getByRole('button', { name: 'Value' }).click();
    await expect.poll(() => firstCards(5)).toEqual(byValue.slice(0, 5).map((i) => latent[i]));
    await page.getByRole('button', { name: 'Index' }).click();
    const ascending = [...latent].sort((a, b) => a - b);
    await expect.poll(() => firstCards(5)).toEqual(ascending.slice(0, 5));
    await page.getByRole('button', { name: 'Index' }).click();
    await expect.poll(() => firstCards(5)).toEqual(ascending.slice(-5).reverse());
    expect(page.url()).toContain('sort=index&order=down');
  });

  test('a rectangle drawn on the plot lists the features inside it; Clear lists all', async () => {
    await open();
    const box = (await page.locator('.scatter svg').boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.25);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.7, box.y + box.height * 0.4, { steps: 5 });
    await page.mouse.move(box.x + box.width * 0.75, box.y + box.height * 0.5, { steps: 3 });
    await page.mouse.up();
    const hash = new URLSearchParams(new URL(page.url()).hash.slice(1));
    const [frequency, value] = ['freq', 'val'].map((name) =>
      hash.get(name)!.split(',').map(Number),
    );
    const inside = index.features.latent.filter((_, i) => {
      const f = index.features.logFrequency[i]!;
      const v = index.features.logValue[i]!;
      return f >= frequency![0]! && f <= frequency![1]! && v >= value![0]! && v <= value![1]!;
    });
    expect(inside.length).toBeGreaterThan(10);
    await expect.poll(listedCount).toBe(inside.length);
    expect(await firstCards(4)).toEqual(inside.slice(0, 4));
    await page.getByRole('button', { name: 'Clear' }).click();
    await expect.poll(listedCount).toBe(index.features.latent.length);
  });

  test('the map moves and zooms by wheel and keys, has an address, and opens features', async () => {
    await open('#view=map&q=1');
    const field = page.getByRole('application', { name: /^Map of/ });
    const box = (await field.boundingBox())!;
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.wheel(0, -600);
    await expect.poll(() => page.url()).toContain('&at=0.5');
    await page.mouse.down();
    await page.mouse.move(x + 60, y + 30, { steps: 3 });
    await page.mouse.up();
    const moved = page.url();
    expect(moved).toContain('view=map');
    expect(moved).not.toContain('at=0.5000,0.5000');
    await page.reload();
    await field.focus();
    await page.locator('.map-tip b').waitFor();
    await page.keyboard.press('+');
    await expect.poll(() => page.url()).not.toBe(moved);
    const shown = (await page.locator('.map-tip b').textContent())!;
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: `Feature ${shown}` }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Map' }).click();
    await page.getByRole('button', { name: 'Whole map' }).click();
    expect(page.url()).not.toContain('at=');
    await page.keyboard.press('m');
    await page.locator('.card').first().waitFor();
  });

  test('a feature names those that are near it, and leads to them', async () => {
    const latent = index.features.latent.find((each) => index.features.latent.includes(each + 1))!;
    await open(`#f=${latent}`);
    const near = page.getByRole('region', { name: 'Nearest features' });
    await near.getByText('correlation over 4,096 patches').waitFor();
    expect(await near.getByText('999,999').count()).toBe(1);
    await near.getByRole('link').first().click();
    await page
      .getByRole('heading', { name: `Feature ${(latent + 1).toLocaleString('en')}` })
      .waitFor();
  });

  test('search finds latents by index, the exact one first, and Enter opens it', async () => {
    await open();
    const wanted = index.features.latent.find((latent) => latent > 10 && latent < 100)!;
    await page.keyboard.press('/');
    await page.keyboard.type(String(wanted));
    await expect.poll(() => firstCards(1)).toEqual([wanted]);
    const cards = await firstCards(5);
    for (const latent of cards) expect(String(latent).startsWith(String(wanted))).toBe(true);
    await page.keyboard.press('Enter');
    expect(await page.locator('h2').textContent()).toBe(`Feature ${wanted}`);
  });

  test('a feature shows its numbers and its examples with their scores', async () => {
    const latent = index.features.latent[40]!;
    await open(`#f=${latent}`);
    const feature = await examplesOf(40);
    await page.locator('.examples img').first().waitFor();
    expect(await page.locator('.examples li').count()).toBe(feature.examples.length);
    const scores = await page.locator('.examples .caption > :last-child').allTextContents();
    expect(scores.map(Number)).toBeClose(
      feature.examples.map(({ score }) => score),
      { relative: 0.005 },
    );
    const broken = await page.locator('.examples img').evaluateAll((images) =>
      Promise.all(
        (images as HTMLImageElement[]).map(async (image) => {
          image.loading = 'eager';
          await image.decode();
          return image.naturalWidth;
        }),
      ),
    );
    expect(new Set(broken)).toEqual(new Set([64]));
  });

  test('the heat map has the colours of plasma, as opaque as the values', async () => {
    await open(`#f=${index.features.latent[40]}`);
    const feature = await examplesOf(40);
    const heat = Buffer.from(feature.maps, 'base64').subarray(0, 64);
    const shown = page.locator('.examples .heat').first();
    await shown.waitFor();
    const pixels = await shown.evaluate(async (element) => {
      const picture = new Image();
      picture.src = getComputedStyle(element).backgroundImage.slice('url("'.length, -'")'.length);
      await picture.decode();
      const canvas = Object.assign(document.createElement('canvas'), {
        width: picture.naturalWidth,
        height: picture.naturalHeight,
      });
      const context = canvas.getContext('2d')!;
      context.drawImage(picture, 0, 0);
      return Array.from(context.getImageData(0, 0, canvas.width, canvas.height).data);
    });
    expect(pixels.length).toBe(4 * 64);
    expect(Math.max(...heat)).toBe(255);
    heat.forEach((value, i) => {
      expect(pixels[4 * i + 3]).toBe(value);
      if (value < 200) return; // colours of faint pixels are rounded by the canvas
      for (let c = 0; c < 3; c++) {
        expect(Math.abs(pixels[4 * i + c]! - PLASMA[3 * value + c]!)).toBeLessThanOrEqual(1);
      }
    });
  });

  test('h switches heat maps off and on, in the address too', async () => {
    await open(`#f=${index.features.latent[0]}`);
    await page.locator('.examples .heat').first().waitFor();
    await page.keyboard.press('h');
    expect(await page.locator('.heat').count()).toBe(0);
    expect(page.url()).toContain('heat=off');
    await page.reload();
    await page.locator('.examples img').first().waitFor();
    expect(await page.locator('.heat').count()).toBe(0);
    await page.keyboard.press('h');
    await page.locator('.examples .heat').first().waitFor();
  });

  test('keys step through the listed features and lead back', async () => {
    await open();
    const { latent } = index.features;
    await page.locator('.card').nth(2).click();
    expect(page.url()).toContain(`f=${latent[2]}`);
    await page.keyboard.press('j');
    await page.keyboard.press('ArrowRight');
    expect(page.url()).toContain(`f=${latent[4]}`);
    await page.keyboard.press('k');
    expect(await page.locator('h2').textContent()).toContain(latent[3]!.toLocaleString('en-US'));
    expect(await page.locator('.stepper .position').textContent()).toMatch(/^4 of/);
    await page.keyboard.press('Escape');
    await page.locator('.card').first().waitFor();
  });

  test('behind the last feature comes the first, and the slider leads to any', async () => {
    const { latent } = index.features;
    await open(`#f=${latent.at(-1)}`);
    const place = page.locator('.stepper .position');
    expect(await place.textContent()).toMatch(/^([\d,]+) of \1 \(100%\)$/);
    await page.getByRole('button', { name: 'Next feature' }).click();
    expect(page.url()).toContain(`#f=${latent[0]}`);
    await page.keyboard.press('k');
    expect(page.url()).toContain(`#f=${latent.at(-1)}`);
    await page.getByRole('slider', { name: 'Position in the list' }).fill('6');
    expect(page.url()).toContain(`#f=${latent[5]}`);
    await page.getByRole('slider', { name: 'Position in the list' }).press('ArrowRight');
    await expect.poll(() => page.url()).toContain(`#f=${latent[6]}`);
  });

  test('histograms count all latents that fire, and what is listed before them', async () => {
    await open();
    const total = index.features.latent.length;
    const plots = page.locator('.latent-spreads .histogram');
    expect(await plots.count()).toBe(2);
    const heights = async (bars: string): Promise<number[]> => {
      const path = (await plots.first().locator(bars).getAttribute('d'))!;
      return [...path.matchAll(/v-([\d.]+)/g)].map(([, height]) => Number(height));
    };
    const all = await heights('.bar.back');
    expect(await heights('.bar:not(.back)')).toEqual(all);
    await page.getByRole('searchbox').fill('12');
    await expect.poll(listedCount).toBeLessThan(total);
    const shown = await listedCount();
    expect(await page.locator('.filter-line').textContent()).toContain(
      `Shown ${shown.toLocaleString('en-US')}, filtered ${(total - shown).toLocaleString('en-US')}`,
    );
    expect(await heights('.bar.back')).toEqual(all);
    expect((await heights('.bar:not(.back)')).length).toBeLessThan(all.length);
  });

  test('arrows move among the cards and Enter opens one', async () => {
    await open();
    await page.keyboard.press('ArrowDown');
    await page.locator('.card:focus').waitFor();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await expect
      .poll(() => page.locator('.card:focus').getAttribute('href'))
      .toBe(`#f=${index.features.latent[2]}`);
    await page.keyboard.press('Enter');
    await page.locator('.feature').waitFor();
    expect(page.url()).toContain(`f=${index.features.latent[2]}`);
  });

  test('Back leads from a feature to where the overview was', async () => {
    await open();
    await page.locator('.grid-scroller').evaluate((scroller) => {
      scroller.scrollTop = 5000;
    });
    await expect.poll(() => firstCards(1)).not.toEqual([index.features.latent[0]]);
    const scrolled = (): Promise<number> =>
      page.locator('.grid-scroller').evaluate((scroller) => scroller.scrollTop);
    // Rows are measured as they come into view, which may move the place once more.
    let before = await scrolled();
    await expect
      .poll(async () => {
        const earlier = before;
        before = await scrolled();
        return before - earlier;
      })
      .toBe(0);
    const card = page.locator('.card').nth(24);
    await card.evaluate((element) => (element as HTMLElement).click());
    await page.locator('.feature').waitFor();
    await page.goBack();
    await page.locator('.card').first().waitFor();
    await expect.poll(async () => Math.abs((await scrolled()) - before)).toBeLessThan(300);
    await expect
      .poll(() => page.locator('.card:focus').getAttribute('href'))
      .toBe(await card.getAttribute('href'));
  });

  test('a feature that leaves the list keeps its place there, for steps and for the cards', async () => {
    const latents = index.features.latent;
    await open();
    for (const place of [0, 1, 2, 3]) {
      await page.goto(`file://${folder}/index.html#f=${latents[place]}`);
      await page
        .locator('#feature-title')
        .getByText(latents[place]!.toLocaleString('en-US'))
        .waitFor();
      await page.keyboard.press('b');
      await page.getByRole('button', { name: 'Bookmark', pressed: true }).waitFor();
    }
    await page.goto(`file://${folder}/index.html#marked=on&f=${latents[1]}`);
    await page.getByText('2 of 4').waitFor();
    await page.keyboard.press('b');
    await page.getByText('not listed').waitFor();
    await page.keyboard.press('j');
    await page.getByText('2 of 3').waitFor();
    expect(page.url()).toContain(`f=${latents[2]}`);
    await page.keyboard.press('b');
    await page.getByText('not listed').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => firstCards(9)).toEqual([latents[0], latents[3]]);
    const focused = page.locator('.card:focus');
    await focused.waitFor();
    expect(await focused.getAttribute('data-position')).toBe('3');
    await page.evaluate('localStorage.clear()');
  });

  test('a list that is read again stays where it was', async () => {
    await open('#freq=-6,0');
    const scroller = page.locator('.grid-scroller');
    await scroller.evaluate((element) => {
      element.scrollTop = 2000;
    });
    await page.evaluate(`dispatchEvent(new Event('focus'))`);
    await page.waitForTimeout(50);
    expect(await scroller.evaluate((element) => element.scrollTop)).toBe(2000);
    await page.getByRole('button', { name: 'Value', exact: true }).click();
    await expect.poll(() => scroller.evaluate((element) => element.scrollTop)).toBe(0);
  });

  test('? shows the keys, and Escape closes them without leaving the feature', async () => {
    await open(`#f=${index.features.latent[0]}`);
    await page.keyboard.press('?');
    await page.getByRole('heading', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('dialog').count()).toBe(0);
    expect(page.url()).toContain('f=');
  });

  test('keys of one character can be switched off, and stay so; arrows and Escape go on', async () => {
    const { latent } = index.features;
    await open(`#f=${latent[1]}`);
    await page.locator('.examples .heat').first().waitFor();
    const before = page.url();
    await page.getByRole('button', { name: 'Keys and help' }).click();
    const keys = page.getByRole('switch', { name: 'Keyboard shortcuts' });
    expect(await keys.isChecked()).toBe(true);
    await keys.focus();
    await page.keyboard.press('Space');
    expect(await keys.isChecked()).toBe(false);
    expect(await page.locator('.help kbd[data-off]').allTextContents()).toEqual([
      ...['j', 'k', 'h', 'b', 'm', 'c', '/', '?'],
    ]);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('dialog').count()).toBe(0);

    for (const visit of ['this one', 'the next one']) {
      if (visit === 'the next one') await page.reload();
      await page.locator('.examples .heat').first().waitFor();
      for (const key of ['h', 'j', 'k', 'c', '/', '?']) await page.keyboard.press(key);
      expect(page.url(), visit).toBe(before);
      expect(await page.locator('dialog, input:focus').count(), visit).toBe(0);
      expect(await page.locator('.search-field kbd').count(), visit).toBe(0);
    }
    await page.locator('.examples button').first().click();
    await page.keyboard.press('j');
    expect(await page.locator('.lightbox-text').textContent()).toContain('1 of');
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('.lightbox-text').textContent()).toContain('2 of');
    await page.keyboard.press('h');
    expect(await page.locator('.lightbox .heat').count()).toBe(1);
    await page.keyboard.press('Escape');
    await page.keyboard.press('ArrowRight');
    expect(page.url()).toContain(`f=${latent[2]}`);
    await page.keyboard.press('Escape');
    await page.locator('.card').first().waitFor();
    await page.keyboard.press('j');
    expect(await page.locator('.card:focus').getAttribute('href')).toBe(`#f=${latent[2]}`);
    await page.keyboard.press('ArrowRight');
    await expect
      .poll(() => page.locator('.card:focus').getAttribute('href'))
      .toBe(`#f=${latent[3]}`);

    await page.getByRole('button', { name: 'Keys and help' }).click();
    await keys.click();
    await page.keyboard.press('Escape');
    await page.keyboard.press('h');
    expect(page.url()).toContain('heat=off');
  });

  test('the switch works as long as the page where the browser keeps nothing', async () => {
    const other = await browser.newPage();
    const heard = watch(other);
    await other.addInitScript(() => {
      Object.defineProperty(window, 'localStorage', {
        get: () => {
          throw new DOMException('denied', 'SecurityError');
        },
      });
    });
    await other.goto(`file://${folder}/index.html#f=${index.features.latent[0]}`);
    await other.locator('.feature').waitFor();
    await other.keyboard.press('?');
    await other.getByRole('switch', { name: 'Keyboard shortcuts' }).click();
    await other.keyboard.press('Escape');
    await other.keyboard.press('h');
    expect(other.url()).not.toContain('heat');
    await other.getByRole('button', { name: /^Colours/ }).click();
    expect(await other.evaluate(() => document.documentElement.dataset.theme)).toBe('light');
    await other.reload();
    await other.locator('.feature').waitFor();
    await other.keyboard.press('h');
    expect(other.url()).toContain('heat=off');
    heard.expectQuiet();
    await other.close();
  });

  test('the plot tells the keyboard’s way, and that way lists what a rectangle would', async () => {
    await open();
    const described = await page
      .locator('.scatter svg')
      .evaluate((plot) => document.getElementById(plot.getAttribute('aria-describedby')!));
    expect(described).not.toBeNull();
    const words = await page.locator('#range-fields').textContent();
    expect(words).toContain(await page.locator('.ranges summary').textContent());
    await page.locator('.ranges summary').press('Enter');
    await page.getByLabel('least log10 frequency').fill('-1');
    const inside = index.features.logFrequency.filter((f) => f !== null && f >= -1).length;
    await expect.poll(listedCount).toBe(inside);
    expect(inside).toBeLessThan(index.features.latent.length);
  });

  test('a view that there is not is the overview', async () => {
    await open('#view=no-such-view');
    expect(await listedCount()).toBe(index.features.latent.length);
    expect(await page.locator('.heat-controls').count()).toBe(1);
    expect(await page.locator('.toolbar [aria-pressed=true]').count()).toBe(0);
  });

  test('an example opens large and names the value under the pointer', async () => {
    await open(`#f=${index.features.latent[40]}`);
    const feature = await examplesOf(40);
    await page.locator('.examples button').first().click();
    const heat = Buffer.from(feature.maps, 'base64').subarray(0, 64);
    const patch = heat.indexOf(255);
    const box = (await page.locator('.lightbox-picture').boundingBox())!;
    await page.mouse.move(
      box.x + (((patch % 8) + 0.5) / 8) * box.width,
      box.y + ((Math.floor(patch / 8) + 0.5) / 8) * box.height,
    );
    const text = await page.locator('.lightbox-text').textContent();
    const row = Math.floor(patch / 8) + 1;
    expect(text).toContain(`patch ${row}, ${(patch % 8) + 1}: ${feature.upper.toPrecision(3)}`);
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('.lightbox-text').textContent()).toContain('2 of');
  });

  test('an example that is shown large has an address, and Back closes it', async () => {
    const { latent } = index.features;
    await open(`#f=${latent[40]}`);
    await page.locator('.examples button').nth(1).click();
    await expect.poll(() => page.url()).toContain('ex=2');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => page.url()).toContain('ex=3');
    await page.reload();
    await page.locator('.lightbox-text', { hasText: '3 of' }).waitFor();
    await page.goBack();
    await expect.poll(() => page.locator('dialog').count()).toBe(0);
    await expect.poll(() => page.url()).toMatch(new RegExp(`#f=${latent[40]}$`));
    await open(`#f=${latent[40]}&ex=3`);
    await page.locator('.lightbox').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await expect.poll(() => page.url()).toMatch(new RegExp(`#f=${latent[41]}$`));
    await open(`#f=${latent[40]}&ex=999`);
    await page.locator('.examples img').first().waitFor();
    expect(await page.locator('dialog').count()).toBe(0);
  });

  test('an image whose file is gone is said to be missing', async () => {
    const { example } = (await examplesOf(60)).examples[0]!;
    const file = join(folder, 'images', '0', `${example}.jpg`);
    await rename(file, `${file}.away`);
    await open(`#f=${index.features.latent[60]}`);
    await page.locator('.examples .missing').waitFor();
    expect(await page.locator('.examples .missing').textContent()).toBe(`missing image ${example}`);
    await page.goto('about:blank');
    await rename(`${file}.away`, file);
    const said = watched.complaints.splice(0);
    for (const text of said) expect(text).toContain('ERR_FILE_NOT_FOUND');
  });

  test('concepts have a table, badges and a search', async () => {
    await open('#view=concepts');
    expect(await page.locator('.concepts').textContent()).toContain('1 of 2 concepts');
    const cells = await page.locator('tbody tr').first().locator('td, th').allTextContents();
    expect(cells.slice(0, 3)).toEqual(['ring', '0', '0.91']);
    if (columnOf(0) >= 0) {
      await page.locator('tbody a').first().click();
      expect(await page.locator('.badge').first().textContent()).toBe('ring 0.91');
    }
    await open('#q=night');
    expect(await listedCount()).toBe(columnOf(0) >= 0 ? 1 : 0);
  });

  test('labels with markup in them are shown as text', async () => {
    await open(`#f=${index.features.latent[0]}`);
    await page.locator('.examples img').first().waitFor();
    expect(await page.locator('b[onclick]').count()).toBe(0);
    const labels = await page.locator('.caption-label').allTextContents();
    expect(new Set(labels)).toEqual(new Set(['</script><b onclick="x">', 'day scene']));
    for (const query of ['day_scene', 'Day scene']) {
      await open(`#q=${query}`);
      expect(await listedCount()).toBeGreaterThan(0);
    }
  });

  test('a feature that the page does not hold is said to be missing', async () => {
    await open('#f=999999');
    expect(await page.locator('main').textContent()).toContain(
      'Feature 999999 is not on this page',
    );
    await page.keyboard.press('j');
    await expect.poll(() => page.url()).toContain(`f=${index.features.latent[0]}`);
  });

  describe('a list that is empty', () => {
    const clear = () => page.getByRole('button', { name: 'Clear search and filter' }).click();
    /** Press on the plot at a part of its width and height, pull to another, and let go. */
    async function pull(from: readonly [number, number], to: readonly [number, number]) {
      const box = (await page.locator('.scatter svg').boundingBox())!;
      const point = ([x, y]: readonly [number, number]) =>
        [box.x + x * box.width, box.y + y * box.height] as const;
      await page.mouse.move(...point(from));
      await page.mouse.down();
      await page.mouse.move(...point(to), { steps: 4 });
      await page.mouse.up();
    }
    const EMPTY_SPOT = [
      [0.2, 0.8],
      [0.25, 0.83],
    ] as const;
    const search = async (text: string): Promise<void> => {
      await page.getByRole('searchbox').focus();
      await page.keyboard.type(text);
    };
    async function expectNone(): Promise<void> {
      await page.getByText('No feature matches.').waitFor();
      expect(await listedCount()).toBe(0);
    }
    /** All features are listed, their cards have examples, and the grid can be scrolled and entered. */
    async function expectAll(road = ''): Promise<void> {
      const { latent } = index.features;
      await expect.poll(listedCount, { message: road }).toBe(latent.length);
      await page.locator('.card img').first().waitFor();
      expect(await firstCards(4)).toEqual(latent.slice(0, 4));
      const box = (await page.locator('.card').first().boundingBox())!;
      expect(box.width).toBeGreaterThan(140);
      expect(
        await page.locator('.grid-scroller').evaluate((at) => at.scrollHeight),
      ).toBeGreaterThan(5000);
    }

    const empty = () => pull(...EMPTY_SPOT);
    const setHash = (hash: string) =>
      page.evaluate((to) => {
        location.hash = to;
      }, hash);
    const ROADS: Readonly<Record<string, readonly [() => Promise<void>, () => Promise<void>]>> = {
      'Esc in the search': [() => search('zzzz'), () => page.keyboard.press('Escape')],
      'deleting what was searched': [
        () => search('zz'),
        async () => {
          await page.keyboard.press('Backspace');
          await page.keyboard.press('Backspace');
        },
      ],
      'the button after a search': [() => search('zzzz'), clear],
      'a click beside a rectangle around nothing': [empty, () => pull([0.9, 0.05], [0.9, 0.05])],
      'Clear beside the plot': [
        empty,
        () => page.getByRole('button', { name: 'Clear', exact: true }).click(),
      ],
      'the button after a rectangle': [empty, clear],
      'an address': [() => setHash('q=zzzz'), () => setHash('')],
    };

    test('is full again, whatever emptied and filled it', async () => {
      await open();
      for (const [road, [toEmpty, toFull]] of Object.entries(ROADS)) {
        await toEmpty();
        await expectNone();
        await toFull();
        await expectAll(road);
      }
    });

    test('is full after it was opened empty, and leads on to a feature and back', async () => {
      await open('#q=no-such-thing');
      await expectNone();
      await clear();
      await expectAll();
      await page.locator('.card').nth(2).click();
      await search('zzzz');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');
      await expectAll();
    });

    test('gives way to a rectangle that is drawn from an empty spot', async () => {
      await open();
      await pull(EMPTY_SPOT[0], [0.95, 0.1]);
      await expect.poll(listedCount).toBeGreaterThan(100);
      await page.locator('.card img').first().waitFor();
    });

    test('stays on a narrow page, and typing goes on where it was', async () => {
      await open(`#f=${index.features.latent[7]}`, { width: 390 });
      await page.getByRole('button', { name: 'All features' }).click();
      await search('zzzz');
      await expectNone();
      for (const _ of 'zzzz') await page.keyboard.press('Backspace');
      await page.locator('.card img').first().waitFor();
      await page.keyboard.type('1');
      expect(await page.locator('.search-field input').inputValue()).toBe('1');
    });
  });

  test('a page that cannot be drawn says what happened and leads back', async () => {
    const broken = join(folder, 'broken');
    await writeWorldPage(broken, { nLatents: 30, nImages: 12, template, inlineLimit: 0 });
    const html = await readFile(join(broken, 'index.html'), 'utf8');
    await writeFile(join(broken, 'index.html'), html.replace('"facts":', '"fakts":'));
    const { features } = await readIndexOf(join(broken, 'index.html'));
    await page.goto('about:blank');
    await page.goto(`file://${broken}/index.html#f=${features.latent[0]}&q=zzzz`);
    await page.getByRole('heading', { name: 'This page stopped' }).waitFor();
    expect(await page.locator('.failure').textContent()).toContain('bug in saev');
    await expectUsable(page, page.viewportSize()!);
    await page.getByRole('button', { name: 'Start over' }).click();
    await page.waitForURL((url) => url.hash === '');
    await page.getByRole('heading', { name: 'This page stopped' }).waitFor();
    await page.goto('about:blank');
    expect(watched.complaints.splice(0).length).toBeGreaterThan(0);
  });

  test('pages that stand near one another lead to each other', async () => {
    const places = ['one', 'two'].map((name) => join(folder, 'near', name, 'sort_by_patch'));
    for (const place of places) {
      await writeWorldPage(place, { nLatents: 30, nImages: 12, template, hasSiblings: true });
      await writeSiblingPages(place, { title: 'Drawn world', about: 'a run, patch' });
    }
    await page.goto('about:blank');
    await page.goto(`file://${places[0]}/index.html`);
    const choice = page.getByRole('combobox', { name: 'Page of features' });
    await choice.waitFor();
    expect(await choice.locator('option').allTextContents()).toEqual([
      'one: Drawn world (a run, patch)',
      'two: Drawn world (a run, patch)',
    ]);
    await choice.selectOption({ label: 'two: Drawn world (a run, patch)' });
    await page.waitForURL(`file://${places[1]}/index.html`);
    await expect.poll(() => choice.inputValue()).toBe('../../two/sort_by_patch/index.html');
    await rm(join(places[1]!, 'pages.js'));
    await page.reload();
    await page.locator('.card img').first().waitFor();
    expect(await choice.count()).toBe(0);
    expect(watched.complaints.splice(0).every((text) => text.includes('ERR_FILE_NOT'))).toBe(true);
  });

  test('examples whose file is damaged are reported, and the page goes on', async () => {
    const damaged = join(folder, 'damaged');
    await writeWorldPage(damaged, { nLatents: 30, nImages: 12, template, inlineLimit: 0 });
    await writeFile(join(damaged, 'data', 'features-1.js'), 'saevChunk(1,{"features":[{}, 3]})');
    const { features, chunkSize } = await readIndexOf(join(damaged, 'index.html'));
    await page.goto('about:blank');
    await page.goto(`file://${damaged}/index.html#f=${features.latent[chunkSize]}`);
    await page.getByText('data/features-1.js is damaged').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.card img').first().waitFor();
    expect(await page.locator('.card').count()).toBeGreaterThan(4);
  });

  test.each([
    { dark: false, width: 1440 },
    { dark: true, width: 1440 },
    { dark: true, width: 390 },
    { dark: false, width: 390 },
  ])('can be read and used by everybody: dark $dark, $width wide', async (options) => {
    const feature = `#f=${index.features.latent[3]}`;
    for (const hash of [
      '',
      feature,
      `${feature}&ex=2`,
      '#view=concepts',
      '#view=map',
      '#q=no-such-thing',
    ]) {
      await open(hash, options);
      if (hash.startsWith(feature)) await page.locator('.examples img').first().waitFor();
      await expectUsable(page, options);
    }
  });

  test('a small run is one file that needs nothing beside it', async () => {
    const small = join(folder, 'small');
    const summary = await writeWorldPage(small, { nLatents: 30, nImages: 12, template });
    expect(summary.isSingleFile).toBe(true);
    await open();
    watched.requests.length = 0;
    await page.goto('about:blank');
    await page.goto(`file://${small}/index.html`);
    await page.locator('.card').first().click();
    await page.locator('.examples img').first().waitFor();
    const files = watched.requests.filter((url) => url.startsWith('file:'));
    expect(files).toEqual([`file://${small}/index.html`]);
  });

  test('examples whose file is gone are reported, and the page goes on', async () => {
    await open();
    await rm(join(folder, 'data', 'features-100.js'));
    const latent = index.features.latent[100 * index.chunkSize]!;
    await page.evaluate((f) => {
      location.hash = `f=${f}`;
    }, latent);
    await page.getByText('Examples are missing').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.card').first().waitFor();
    await page.keyboard.press('Home');
    await page.locator('.card img').first().waitFor();
    const said = watched.complaints.splice(0);
    expect(said.length).toBeGreaterThan(0);
    for (const text of said) expect(text).toContain('ERR_FILE_NOT_FOUND');
  });

  async function examplesOf(position: number): Promise<ImageChunk['features'][number]> {
    const n = Math.floor(position / index.chunkSize);
    const script = await readFile(join(folder, 'data', `features-${n}.js`), 'utf8');
    const chunk = JSON.parse(script.slice(script.indexOf(',') + 1, -1)) as ImageChunk;
    return chunk.features[position % index.chunkSize]!;
  }
});
