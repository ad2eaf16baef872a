// Checks of what can be read and named, which run inside a page.

/** Texts whose contrast with what is behind them is below 4.5 to 1. */
export function faintTexts(): string[] {
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
export function unnamedControls(): string[] {
  return [...document.querySelectorAll('button, input, select, a')]
    .filter((element) => {
      const { labels } = element as HTMLInputElement;
      const name =
        (element.textContent ?? '').trim() || element.getAttribute('aria-label') || labels?.length;
      return !name;
    })
    .map((element) => element.outerHTML);
}
