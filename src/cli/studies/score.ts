// saev score: how well single latents tell labelled concepts.
import { counted, percent } from '../../base/text.ts';
import { ScoreConfig } from '../../studies/scoring/config.ts';
import type { MethodScores } from '../../studies/scoring/score-coder.ts';
import type { Command } from '../program/command.ts';
import { defineJob } from '../program/define-job.ts';

export const command: Command = defineJob({
  name: 'score',
  usage: 'RUN [flags]',
  schema: ScoreConfig,
  notes: [
    'Example: saev score runs/20261121-184607-c7a437 --labels labels.csv --columns species habitat',
    'A run is scored on the data that it was trained on when no --data is given, and on the images that were recorded when no --images are.',
    'Latents are chosen on one half of the examples and measured on the other.',
  ],
  async prepare({ config, input }) {
    const { withDataOfRun, withIgnoredRows } = await import('../../visuals/data-of-run.ts');
    const { chooseCoder } = await import('../../training/runs/choose-coder.ts');
    const ckpt = await chooseCoder(config.ckpt);
    const given = { keepData: input.data !== undefined, keepImages: input.images !== undefined };
    const chosen = await withIgnoredRows({ ...config, ckpt }, given);
    return { config: await withDataOfRun(chosen, given) };
  },
  whenInterrupted: 'The same command begins again; what stood there before is still whole.',
  async run({ config }, { signal }) {
    const { score } = await import('../../studies/scoring/score.ts');
    return score(config, { signal });
  },
  data: ({ report, ...files }) => ({
    ...files,
    methods: report.methods.map(({ concepts, ...method }) => ({
      ...method,
      concepts: concepts.length,
    })),
  }),
  lines: ({ report, csv, page }) => [
    ...table(report.methods),
    `${csv}: ${counted(report.methods[0]!.concepts.length, 'concept')} of ${report.labels}`,
    `${page}: open it in a browser to look at them`,
  ],
});

const HEAD = ['method', 'width', 'NMSE', 'L0', 'R', 'mAP', 'purity', 'covered', 'F1'];

function table(methods: readonly MethodScores[]): string[] {
  const rows = methods.map((each) => [
    each.method,
    String(each.width),
    each.normalizedMse.toFixed(3),
    each.l0.toFixed(1),
    each.probeR.toFixed(3),
    each.meanAveragePrecision.toFixed(3),
    each.purity.toFixed(3),
    percent(each.coverage, 0),
    each.meanF1.toFixed(3),
  ]);
  const widths = HEAD.map((_, c) => Math.max(...[HEAD, ...rows].map((row) => row[c]!.length)));
  return [HEAD, ...rows].map((row) =>
    row
      .map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!)))
      .join('  '),
  );
}
