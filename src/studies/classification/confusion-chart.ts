// What the best head takes for what, as a picture.
import { drawSvg, FIGURE_STYLE } from '../../visuals/figures.ts';

/** More classes than this are drawn without their names, and more than that without numbers. */
const MOST_NAMED = 60;
const MOST_NUMBERED = 16;

/** Draw a confusion matrix, `[classes, classes]` of counts, as shares of each true class (rows). */
export async function confusionChart(
  confusion: Float64Array,
  classes: readonly string[],
): Promise<string> {
  const n = classes.length;
  const values = Array.from(confusion, (count, at) => {
    const row = Math.floor(at / n);
    const total = confusion.subarray(row * n, (row + 1) * n).reduce((sum, c) => sum + c, 0);
    return { truth: row, guess: at % n, share: total === 0 ? 0 : count / total, count };
  }).filter(({ share }) => share > 0);
  const isNumbered = n <= MOST_NUMBERED;
  const side = isNumbered ? 40 : Math.max(4, Math.min(24, Math.floor(900 / n)));
  const axis = {
    labelExpr: `${JSON.stringify(classes)}[datum.value]`,
    labels: n <= MOST_NAMED,
    ticks: n <= MOST_NAMED,
    labelLimit: 160,
  };
  const numbers = classes.map((_, i) => i);
  const scale = { domain: numbers };
  const at = {
    x: {
      field: 'guess',
      type: 'ordinal' as const,
      scale,
      axis: { ...axis, title: 'taken for', labelAngle: -90, titlePadding: 8 },
    },
    y: {
      field: 'truth',
      type: 'ordinal' as const,
      scale,
      axis: { ...axis, title: 'true class', titlePadding: 8 },
    },
  };
  const cells = {
    mark: { type: 'rect' as const },
    encoding: {
      ...at,
      color: {
        field: 'share',
        type: 'quantitative' as const,
        scale: { domain: [0, 1], range: ['#eef3f1', '#005f73'] },
        legend: { title: 'share of the class', format: '.0%' },
      },
    },
  };
  const numbersIn = {
    mark: { type: 'text' as const, fontSize: 11 },
    encoding: {
      ...at,
      text: { field: 'share', type: 'quantitative' as const, format: '.0%' },
      color: {
        condition: { test: 'datum.share > 0.5', value: 'white' },
        value: '#1b2a2f',
      },
    },
  };
  return drawSvg({
    data: { values },
    width: side * n,
    height: side * n,
    layer: isNumbered ? [cells, numbersIn] : [cells],
    config: FIGURE_STYLE,
  });
}
