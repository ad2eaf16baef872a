import * as vega from 'vega';
import { expect, test } from 'vitest';
import { drawSvg } from './figures.ts';
import { measureTexts, textWidth } from './text-widths.ts';

test('words are as wide as their letters', () => {
  expect(textWidth('', { fontSize: 10 })).toBe(0);
  expect(textWidth('il', { fontSize: 10 })).toBeCloseTo(5.6);
  expect(textWidth('WW', { fontSize: 10 })).toBeCloseTo(19.8);
  expect(textWidth('WW', { fontSize: 10, isBold: true })).toBeGreaterThan(19.8);
  expect(textWidth('é木😀', { fontSize: 10 })).toBeCloseTo(28);
});

test('figures are no wider than what is in them, and a canvas that there is goes on measuring', async () => {
  const title = 'a title of a figure that is wider than the figure itself';
  const svg = await drawSvg({
    title: { text: title, fontSize: 13, anchor: 'start' },
    width: 60,
    height: 40,
    data: { values: [{ x: 1 }] },
    mark: 'point',
    encoding: { x: { field: 'x', type: 'quantitative', axis: null } },
  });
  const width = Number(/<svg[^>]* width="(\d+)"/.exec(svg)![1]);
  const isBold = true;
  expect(width).toBeGreaterThan(textWidth(title, { fontSize: 13, isBold }));
  expect(width).toBeLessThan(textWidth(title, { fontSize: 13, isBold }) + 20);

  const { textMetrics } = vega as unknown as { textMetrics: { width: unknown } };
  const before = textMetrics.width;
  const own = (): number => 3;
  textMetrics.width = own;
  measureTexts(vega);
  expect(textMetrics.width).toBe(own);
  textMetrics.width = before;
});
