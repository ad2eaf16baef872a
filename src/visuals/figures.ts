// Figures of a whole autoencoder, as SVG: activation distributions, and frequency against value.
import type { TopLevelSpec } from 'vega-lite';
import { createPercentileEstimator } from './collecting/percentile-estimator.ts';
import { log10 } from './latent-choice.ts';
import { measureTexts } from './text-widths.ts';

/** Percentiles marked in the figure of distributions, and their colours: the original's. */
const PERCENTILES = [
  { percentile: 90, colour: 'red' },
  { percentile: 95, colour: 'darkorange' },
  { percentile: 99, colour: 'gold' },
  { percentile: 100, colour: 'lime' },
] as const;

const MEASURED = 'of these values';
const ESTIMATED = "estimated as saev's Python does";

/** The colours of the page: listed features, others, and what stands out. */
const COLOURS = { listed: '#005f73', other: '#b9c4c0', ink: '#06191f', line: '#ece8dd' } as const;

const BINS = 100;
/** More points than this are drawn as a density. */
const MOST_POINTS = 5000;

/** The style of all figures: fonts, colours and lines. */
export const FIGURE_STYLE: TopLevelSpec['config'] = {
  background: 'white',
  font: 'system-ui, -apple-system, Segoe UI, Roboto, Noto Sans, DejaVu Sans, sans-serif',
  axis: {
    labelFontSize: 11,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    labelColor: COLOURS.ink,
    titleColor: COLOURS.ink,
    gridColor: COLOURS.line,
  },
  header: { labelFontSize: 12, titleFontSize: 12, labelColor: COLOURS.ink },
  legend: {
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    labelLimit: 300,
    labelColor: COLOURS.ink,
    titleColor: COLOURS.ink,
  },
  view: { stroke: COLOURS.line },
};

/**
 * Draw a histogram of log10 values for each of the first latents, with their 90th, 95th, 99th and 100th percentile
 * among values above 0, and dashed, where they are within the axis, what the original's running estimate makes of those
 * logarithms in their order. All panels share their axes. `values` is `[nLatents, nRows]`.
 */
export async function distributionsFigure(distributions: {
  values: Float32Array;
  nLatents: number;
  nRows: number;
}): Promise<string> {
  const { nLatents, nRows, values } = distributions;
  const inOrder = Array.from({ length: nLatents }, (_, latent) =>
    Float64Array.from(
      values.subarray(latent * nRows, (latent + 1) * nRows).filter((v) => v > 0),
      Math.log10,
    ),
  );
  const logs = inOrder.map((list) => list.toSorted());
  const low = logs.reduce((least, { 0: first = least }) => Math.min(least, first), Infinity);
  const high = logs.reduce((most, list) => Math.max(most, list.at(-1) ?? most), -Infinity);
  const [start, end] = low < high ? [low, high] : low === high ? [low - 0.5, low + 0.5] : [-1, 1];
  const bars = logs.flatMap((list, latent) => bins(list, start, end, latent));
  const rules = logs
    .flatMap((list, latent) =>
      list.length === 0
        ? []
        : PERCENTILES.flatMap(({ percentile }) =>
            [
              { kind: MEASURED, value: quantile(list, percentile / 100) },
              { kind: ESTIMATED, value: runningEstimate(inOrder[latent]!, percentile) },
            ].map((rule) => ({ ...rule, latent, percentile: nameOf(percentile) })),
          ),
    )
    .filter(({ value }) => value >= start && value <= end);
  return drawSvg({
    data: { values: [...bars, ...rules] },
    facet: {
      field: 'latent',
      type: 'ordinal',
      header: { title: null, labelExpr: "'latent ' + datum.value" },
    },
    columns: Math.max(1, Math.ceil(Math.sqrt(nLatents))),
    spec: {
      width: 170,
      height: 130,
      layer: [
        {
          transform: [{ filter: 'isValid(datum.count)' }],
          mark: { type: 'bar', color: COLOURS.listed, binSpacing: 0 },
          encoding: {
            x: {
              field: 'from',
              type: 'quantitative',
              bin: { binned: true },
              scale: { domain: [start, end] },
              axis: { title: 'log10 value', tickCount: 4 },
            },
            x2: { field: 'to' },
            y: { field: 'count', type: 'quantitative', axis: { title: 'rows', tickCount: 4 } },
          },
        },
        {
          transform: [{ filter: 'isValid(datum.percentile)' }],
          mark: { type: 'rule', strokeWidth: 1.5 },
          encoding: {
            x: { field: 'value', type: 'quantitative' },
            color: {
              field: 'percentile',
              type: 'nominal',
              scale: {
                domain: PERCENTILES.map(({ percentile }) => nameOf(percentile)),
                range: PERCENTILES.map(({ colour }) => colour),
              },
              legend: {
                title: null,
                orient: 'bottom',
                columns: 2,
                symbolType: 'stroke',
                symbolStrokeWidth: 2,
              },
            },
            strokeDash: {
              field: 'kind',
              type: 'nominal',
              scale: {
                domain: [MEASURED, ESTIMATED],
                range: [
                  [1, 0],
                  [4, 3],
                ],
              },
              legend: {
                title: null,
                orient: 'bottom',
                direction: 'vertical',
                symbolType: 'stroke',
              },
            },
          },
        },
      ],
    },
    config: FIGURE_STYLE,
  });
}

/**
 * Draw every living latent by how often it fires and how strongly, both on log axes; the latents in `selected`
 * stand out. Many latents are drawn as a density with the selected ones on top.
 */
export async function frequencyValueFigure(
  sparsity: Float32Array,
  meanValues: Float32Array,
  selected: readonly number[],
): Promise<string> {
  const isSelected = new Set(selected);
  const points = Array.from(sparsity.keys(), (latent) => ({
    frequency: log10(sparsity[latent]!),
    value: log10(meanValues[latent]!),
    group: isSelected.has(latent) ? 'shown' : 'other',
  })).filter(({ frequency, value }) => Number.isFinite(frequency) && Number.isFinite(value));
  const x = { type: 'quantitative', title: 'log10 frequency', scale: { zero: false } } as const;
  const y = { type: 'quantitative', title: 'log10 mean value', scale: { zero: false } } as const;
  const color = {
    field: 'group',
    type: 'nominal',
    scale: { domain: ['shown', 'other'], range: [COLOURS.listed, COLOURS.other] },
    legend: { title: null, orient: 'top' },
  } as const;
  const dots = {
    mark: { type: 'circle', size: 18, opacity: 0.9, clip: true },
    encoding: { x: { ...x, field: 'frequency' }, y: { ...y, field: 'value' }, color },
  } as const;
  const size = { width: 480, height: 360, config: FIGURE_STYLE };
  if (points.length <= MOST_POINTS) return drawSvg({ ...size, data: { values: points }, ...dots });
  return drawSvg({
    ...size,
    layer: [
      {
        data: { values: density(points) },
        mark: { type: 'rect', color: COLOURS.other },
        encoding: {
          x: { ...x, field: 'x', bin: { binned: true } },
          x2: { field: 'x2' },
          y: { ...y, field: 'y', bin: { binned: true } },
          y2: { field: 'y2' },
          opacity: { field: 'count', type: 'quantitative', scale: { type: 'sqrt' }, legend: null },
        },
      },
      { data: { values: points.filter(({ group }) => group === 'shown') }, ...dots },
    ],
  });
}

/** Render a Vega-Lite specification to SVG text. Vega is loaded here: it is large, and few programs draw. */
export async function drawSvg(spec: TopLevelSpec): Promise<string> {
  const vega = await import('vega');
  const { compile } = await import('vega-lite');
  measureTexts(vega);
  const { parse, View } = vega;
  const view = new View(parse(compile(spec).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}

function bins(
  sorted: Float64Array,
  start: number,
  end: number,
  latent: number,
): { latent: number; from: number; to: number; count: number }[] {
  const width = (end - start) / BINS;
  const counts = new Uint32Array(BINS);
  for (const value of sorted) counts[Math.min(BINS - 1, Math.floor((value - start) / width))]!++;
  const bars = Array.from(counts, (count, i) => ({
    latent,
    from: start + i * width,
    to: start + (i + 1) * width,
    count,
  })).filter(({ count }) => count > 0);
  // A panel must exist even for a latent that never fired.
  return bars.length > 0 ? bars : [{ latent, from: start, to: end, count: 0 }];
}

const nameOf = (percentile: number): string => `${percentile}th %-ile`;

/** What the original's estimator gives for the values in this order. */
function runningEstimate(values: Float64Array, percentile: number): number {
  const estimator = createPercentileEstimator(percentile, values.length);
  for (const value of values) estimator.update([value]);
  return estimator.estimate[0]!;
}

/** numpy's `percentile` of ascending values, method 'linear'. */
function quantile(sorted: Float64Array, q: number): number {
  const position = q * (sorted.length - 1);
  const low = sorted[Math.floor(position)]!;
  return low + (position - Math.floor(position)) * (sorted[Math.ceil(position)]! - low);
}

/** Count points in squares of a twentieth of a decade. */
function density(
  points: readonly { frequency: number; value: number }[],
): { x: number; x2: number; y: number; y2: number; count: number }[] {
  const counts = new Map<string, number>();
  for (const { frequency, value } of points) {
    const key = `${Math.floor(frequency * 20)},${Math.floor(value * 20)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return Array.from(counts, ([key, count]) => {
    const [x, y] = key.split(',').map(Number) as [number, number];
    return { x: x / 20, x2: (x + 1) / 20, y: y / 20, y2: (y + 1) / 20, count };
  });
}
