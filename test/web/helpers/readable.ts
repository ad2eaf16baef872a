// Checks of what can be read, named and reached on a page.
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

let axeSource: Promise<string> | undefined;

/** Expect a page that is open to fit its width, and everybody to be able to read and use it. */
export async function expectUsable(page: Page, { width }: { width: number }): Promise<void> {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(wide).toBeLessThanOrEqual(width);
  expect(await page.evaluate(faintTexts)).toEqual([]);
  expect(await page.evaluate(unnamedControls)).toEqual([]);
  expect(await axeViolations(page)).toEqual([]);
}

/** What axe-core finds wrong with a page: a rule, and the elements that break it. */
async function axeViolations(page: Page): Promise<string[]> {
  axeSource ??= readFile('node_modules/axe-core/axe.min.js', 'utf8');
  await page.evaluate(await axeSource);
  return page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: {
        run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
      };
    };
    // In the dark only the colours are others.
    const isDark = matchMedia('(prefers-color-scheme: dark)').matches;
    const { violations } = await axe.run(isDark ? { runOnly: ['color-contrast'] } : {});
    return violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' ')}`,
    );
  });
}

/** Texts whose contrast with what is behind them is below 4.5 to 1. */
function faintTexts(): string[] {
  const parse = (colour: string): number[] => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (rgb: readonly number[]): number => {
    const [r, g, b] = rgb
      .slice(0, 3)
      .map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  };
  const background = (element: Element | null): number[] => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll('body *')]
    .filter(
      (element) =>
        element.checkVisibility() &&
        element.closest('script, svg, :disabled') === null &&
        [...element.childNodes].some(
          (node) => node.nodeType === 3 && node.nodeValue!.trim() !== '',
        ),
    )
    .map((element) => {
      const a = luminance(parse(getComputedStyle(element).color));
      const b = luminance(background(element));
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      return { text: `${element.textContent}: ${contrast.toFixed(2)}`, contrast };
    })
    .filter(({ contrast }) => contrast < 4.5)
    .map(({ text }) => text);
}

/** Buttons, fields and links without a name. */
function unnamedControls(): string[] {
  return [...document.querySelectorAll('button, input, select, a')]
    .filter((element) => {
      const { labels } = element as HTMLInputElement;
      const name =
        (element.textContent ?? '').trim() || element.getAttribute('aria-label') || labels?.length;
      return !name;
    })
    .map((element) => element.outerHTML);
}
