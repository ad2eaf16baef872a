// How many patches each method changes, of the classes that are edited and of others, with the spread over classes.
import { drawSvg, FIGURE_STYLE } from '../../../visuals/figures.ts';
import { otherShare, targetShare } from './changes.ts';
import type { MethodReport } from './report.ts';

const TARGET = 'patches of the class';
const OTHER = 'other patches';

/** Draw a bar for target and other change of each method, with a line of one standard deviation over present classes. */
export async function changeChart(
  reports: readonly MethodReport[],
  title: string,
): Promise<string> {
  const values = reports.flatMap(({ method, classes }) => {
    const present = classes.filter(({ patches }) => patches > 0);
    return [
      { method, of: TARGET, ...spreadOf(present.map(targetShare)) },
      { method, of: OTHER, ...spreadOf(present.map(otherShare)) },
    ];
  });
  const x = {
    field: 'method',
    type: 'nominal' as const,
    sort: null,
    axis: { title: null, labelAngle: 0 },
  };
  const xOffset = { field: 'of', sort: [TARGET, OTHER] };
  return drawSvg({
    title: { text: title, fontSize: 13, fontWeight: 'normal', anchor: 'start' },
    width: 130 * reports.length,
    height: 240,
    data: { values },
    layer: [
      {
        mark: { type: 'bar' },
        encoding: {
          x,
          xOffset,
          y: {
            field: 'mean',
            type: 'quantitative',
            scale: { domain: [0, 1] },
            axis: { title: 'share that changes class, mean over classes', format: '.0%' },
          },
          color: {
            field: 'of',
            type: 'nominal',
            scale: { domain: [TARGET, OTHER], range: ['#ca6702', '#005f73'] },
            legend: { title: null, orient: 'top' },
          },
        },
      },
      {
        mark: { type: 'rule', color: '#06191f', strokeWidth: 1.5 },
        encoding: {
          x,
          xOffset,
          y: { field: 'low', type: 'quantitative' },
          y2: { field: 'high' },
        },
      },
    ],
    config: FIGURE_STYLE,
  });
}

/** Mean of shares, and one standard deviation to either side, within 0 and 1. */
function spreadOf(shares: readonly number[]): { mean: number; low: number; high: number } {
  const n = Math.max(1, shares.length);
  const mean = shares.reduce((a, b) => a + b, 0) / n;
  const std = Math.sqrt(shares.reduce((a, b) => a + (b - mean) ** 2, 0) / n);
  return { mean, low: Math.max(0, mean - std), high: Math.min(1, mean + std) };
}
