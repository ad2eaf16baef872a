// The table of a replacement as text.
import { number, percent } from '../../base/text.ts';
import type { ReplacementRow } from './measure.ts';
import type { ReplacementSummary } from './replace.ts';

/**
 * The summary as a line on what was measured, a table with a row for each set of layers, and one with each coder by itself;
 * where zeros do no harm, a line on what that means.
 */
export function tableLines(summary: ReplacementSummary): string[] {
  const { model, texts, nContexts, contextSize, clean, rows, coders = [] } = summary;
  const heads = ['replaced', 'zeroed', 'recovered', 'KL replaced', 'KL zeroed'];
  const sets = rows.map((row) => [layerText(row.layers), ...cellsOf(row)]);
  const single = coders.map((row) => [
    row.name,
    `${row.kind}, ${row.output}`,
    row.l0.toFixed(1),
    ...cellsOf(row),
  ]);
  return [
    `${model} on ${number(nContexts)} contexts of ${number(contextSize)} tokens from ${texts}: loss ${clean.toFixed(4)}`,
    ...(sets.length > 0 ? aligned([['layers', ...heads], ...sets], 1) : []),
    ...(single.length > 0 ? aligned([['each by itself', 'is', 'L0', ...heads], ...single], 2) : []),
    ...([...rows, ...coders].some(({ recovered }) => recovered === null) ? [HARMLESS] : []),
  ];
}

const UNDEFINED = 'undefined';

const HARMLESS = `  ${UNDEFINED}: zeros do not raise the loss there, so there is nothing to bring back; compare the losses`;

function cellsOf(row: Pick<ReplacementRow, 'replaced' | 'zeroed' | 'recovered'>): string[] {
  const { replaced, zeroed, recovered } = row;
  return [
    replaced.loss.toFixed(4),
    zeroed.loss.toFixed(4),
    recovered === null ? UNDEFINED : percent(recovered),
    replaced.divergence.toFixed(4),
    zeroed.divergence.toFixed(4),
  ];
}

/** Rows of cells as lines: the first `texts` columns begin at their left, numbers end at their right. */
function aligned(cells: readonly (readonly string[])[], texts: number): string[] {
  const widths = cells[0]!.map((_, i) => Math.max(...cells.map((row) => row[i]!.length)));
  return cells.map((row) => {
    const padded = row.map((cell, i) =>
      i < texts ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!),
    );
    return `  ${padded.join('  ')}`;
  });
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
