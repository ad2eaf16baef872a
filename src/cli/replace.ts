// saev replace: measure what transcoders in place of MLPs cost a language model.
import { z } from 'zod';
import { number } from '../base/progress.ts';
import { ReplacementConfig } from '../circuits/replacement/config.ts';
import type { ReplacementSummary } from '../circuits/replacement/job.ts';
import type { RunCommand } from './command.ts';
import { jobFlags, readJob } from './job.ts';

export const run: RunCommand = async (args, context) => {
  const job = await readJob(args, context, {
    usage: 'replace [flags]',
    schema: ReplacementConfig,
    flags: z.strictObject(jobFlags),
    notes: [
      'Example: saev replace --transcoders runs/20261121-184607-c7a437 runs/20261121-190211-03be51 texts:text-files --texts.root notes.txt',
      'Losses are in nats a token; KL is how far predictions move from those of the model as it is.',
    ],
  });
  if (job === undefined) return;
  const { config, flags } = job;
  context.whenInterrupted('The same command begins again.');
  const { measureConfigured } = await import('../circuits/replacement/job.ts');
  const done = await measureConfigured(config, { signal: context.signal });
  if (flags.json) context.print(JSON.stringify(done));
  else for (const line of tableLines(done)) context.print(line);
};

/** The summary as a line on what was measured, and a table with one row for each set of layers. */
export function tableLines(summary: ReplacementSummary): string[] {
  const { model, texts, nContexts, contextSize, clean, rows } = summary;
  const cells = [
    ['layers', 'replaced', 'zeroed', 'recovered', 'KL replaced', 'KL zeroed'],
    ...rows.map(({ layers, replaced, zeroed, recovered }) => [
      layerText(layers),
      replaced.loss.toFixed(4),
      zeroed.loss.toFixed(4),
      `${(100 * recovered).toFixed(1)}%`,
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
