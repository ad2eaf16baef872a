// How a page looks, as text: where its parts stand, and in which colours. It is compared with what was kept in a file, so that
// a column that collapses, a control that leaves the screen and a colour that is lost are found.
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Page } from 'playwright-core';
import { evenFont } from './even-font.ts';

/** Boxes in pixels by part, `left top width height`, and styles by part. */
export interface Looks {
  readonly boxes: Readonly<Record<string, string>>;
  readonly styles: Readonly<Record<string, string>>;
}

/** What is kept of a view: boxes by the width of the page, styles by colour scheme. */
export type KeptLooks = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Pixels by which a side of a box may differ. */
const TOLERANCE = 8;

/** Set the pages of a context in the font that is the same on every machine. Their content security must be bypassed. */
export async function useEvenFont(page: Page): Promise<void> {
  const style = `@font-face { font-family: even; src: url(data:font/ttf;base64,${evenFont().toString('base64')}) }
    * { font-family: even !important; animation: none !important; transition: none !important }`;
  await page.addStyleTag({ content: style });
  await page.evaluate(() => document.fonts.load('15px even'));
}

/** Look at a page, once it stands still. */
export async function looksOf(page: Page): Promise<Looks> {
  let before = '';
  for (;;) {
    const looks = await page.evaluate(lookAt);
    const now = JSON.stringify(looks);
    if (now === before) return looks;
    before = now;
    await page.waitForTimeout(60);
  }
}

/** Runs in the page. */
async function lookAt(): Promise<Looks> {
  const pictures = [...document.images].filter((image) => image.loading !== 'lazy');
  await Promise.all(pictures.map((image) => image.decode().catch(() => undefined)));
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const parts =
    'header, nav, main, aside, section, article, figure, form, fieldset, table, thead th, ul, ol, li, h1, h2, h3, canvas, img, svg[role], button, input, select, textarea, summary, a, [role], p[class], div[class]';
  const hex = (colour: string): string => {
    const [r, g, b, a = 1] = (colour.match(/[\d.]+/g) ?? []).map(Number);
    const hexes = [r, g, b].map((value) => Math.round(value!).toString(16).padStart(2, '0'));
    return `#${hexes.join('')}${a === 1 ? '' : ` ${Math.round(100 * a)}%`}`;
  };
  const nameOf = (element: Element): string => {
    const tag = element.getAttribute('role') ?? element.localName;
    const label = (element as HTMLInputElement).labels?.[0];
    const labelled = [...(label?.childNodes ?? [])].filter((node) => node !== element);
    const isNamed = /^(a|button|h\d|summary)$/.test(element.localName);
    const words =
      element.getAttribute('aria-label') ||
      labelled.map((node) => node.textContent).join('') ||
      (isNamed && element.textContent) ||
      element.classList[0] ||
      '';
    // Numbers are what was computed, not how it looks.
    return `${tag} ${words
      .replace(/[−-]?[\d.,]*\d[%°]?/g, '#')
      .replace(/\s+/g, ' ')
      .trim()
      .slice(0, 40)}`.trim();
  };
  /** Of things of one kind in a row the first stands for all. */
  const isRepeated = (element: Element): boolean => {
    for (let at: Element | null = element; at !== null; at = at.parentElement) {
      const isOne = at.matches(
        'li, tr, tbody th, td, article, figure, label, [role=option], .card, dl > div',
      );
      if (isOne && at.previousElementSibling?.localName === at.localName) return true;
    }
    return false;
  };
  /** The bar is the same in all views; the first of them stands for it. */
  const isOfBar = (element: Element): boolean =>
    location.hash !== '#/all' &&
    element.matches('.top-bar *') &&
    !element.matches('[aria-current]');
  const boxes: Record<string, string> = {};
  const styles: Record<string, string> = {};
  for (const element of document.querySelectorAll(parts)) {
    const { left, top, width, height } = element.getBoundingClientRect();
    const isHidden = width === 0 || height === 0 || !element.checkVisibility();
    if (isHidden || element.parentElement?.closest('svg')) continue;
    if (isRepeated(element) || isOfBar(element)) continue;
    let name = nameOf(element);
    for (let n = 2; name in boxes; n++) name = `${nameOf(element)} (${n})`;
    const at = [left + scrollX, top + scrollY, width, height].map(Math.round);
    boxes[name] = at.join(' ');
    const {
      color,
      backgroundColor,
      borderTopWidth,
      borderTopColor,
      fontSize,
      fontWeight,
      opacity,
    } = getComputedStyle(element);
    const said = [
      hex(color),
      backgroundColor.endsWith(', 0)') ? '' : `on ${hex(backgroundColor)}`,
      borderTopWidth === '0px' ? '' : `line ${hex(borderTopColor)}`,
      `${Number.parseFloat(fontSize)}px ${fontWeight}`,
      opacity === '1' ? '' : `opacity ${opacity}`,
    ];
    styles[name] = said.filter((part) => part !== '').join(', ');
  }
  return { boxes, styles };
}

/** How many things are entered by the keyboard. */
const STEPS = 8;

/** Go through the first things on a page by Tab, and name those on which nobody sees that they have the focus. */
export async function unseenFocus(page: Page): Promise<string[]> {
  const unseen: string[] = [];
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  for (let step = 0; step < STEPS; step++) {
    await page.keyboard.press('Tab');
    const lost = await page.evaluate(() => {
      const element = document.activeElement;
      if (element === null || element === document.body) return undefined;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const isSeen = outlineStyle !== 'none' && outlineWidth !== '0px';
      return isSeen ? undefined : element.outerHTML.slice(0, 120);
    });
    if (lost !== undefined) unseen.push(lost);
  }
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  return unseen;
}

/** Compare a view with what was kept of it, and tell the differences; where `renew`, keep it as it is now. */
export async function differences(
  path: string,
  now: KeptLooks,
  { renew }: { renew: boolean },
): Promise<string[]> {
  const kept: KeptLooks = existsSync(path)
    ? (JSON.parse(await readFile(path, 'utf8')) as KeptLooks)
    : {};
  const found = Object.entries(now).flatMap(([where, parts]) =>
    differencesIn(where, kept[where] ?? {}, parts),
  );
  if (!renew || found.length === 0) return found;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(now, undefined, 2)}\n`);
  return [];
}

function differencesIn(
  where: string,
  kept: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): string[] {
  const names = [...new Set([...Object.keys(kept), ...Object.keys(now)])];
  return names.flatMap((name) => {
    const [before, after] = [kept[name], now[name]];
    if (before === undefined) return [`${where}: ${name} is new, at ${after}`];
    if (after === undefined) return [`${where}: ${name} is gone; it was at ${before}`];
    return isAlike(before, after) ? [] : [`${where}: ${name} was ${before}, is ${after}`];
  });
}

function isAlike(before: string, after: string): boolean {
  if (before === after) return true;
  const [a, b] = [before, after].map((text) => text.split(' ').map(Number));
  if (a!.some(Number.isNaN) || b!.some(Number.isNaN)) return false;
  return a!.every((value, i) => Math.abs(value - b![i]!) <= TOLERANCE);
}
