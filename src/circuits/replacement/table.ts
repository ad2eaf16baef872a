// The table of a replacement as text.
import { number, percent } from '../../base/text.ts';
import type { ReplacementSummary } from './replace.ts';

/** The summary as a line on what was measured, and a table with one row for each set of layers. */
export function tableLines(summary: ReplacementSummary): string[] {
  const { model, texts, nContexts, contextSize, clean, rows } = summary;
  const cells = [
    ['layers', 'replaced', 'zeroed', 'recovered', 'KL replaced', 'KL zeroed'],
    ...rows.map(({ layers, replaced, zeroed, recovered }) => [
      layerText(layers),
      replaced.loss.toFixed(4),
      zeroed.loss.toFixed(4),
      percent(recovered),
      replaced.divergence.toFixed(4),
      zeroed.divergence.toFixed(4),
    ]),
  ];
  const widths = cells[0]!.map((_, i) => Math.max(...cells.map((row) => row[i]!.length)));
  const lines = cells.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  '),
  );
  return [
    `${model} on ${number(nContexts)} contexts of ${number(contextSize)} tokens from ${texts}: loss ${clean.toFixed(4)}`,
    ...lines.map((line) => `  ${line}`),
  ];
}

/** `0-10`, `1, 3`: layers that follow one another as a range. */
function layerText(layers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const layer of layers) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === layer - 1) last[1] = layer;
    else ranges.push([layer, layer]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}
