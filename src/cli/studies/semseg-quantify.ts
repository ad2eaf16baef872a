// saev semseg quantify: measure how edits of features change what a segmentation head sees.
import { counted, percent } from '../../base/text.ts';
import { shortName } from '../../studies/segmentation/class-names.ts';
import { QuantifyConfig } from '../../studies/segmentation/quantifying/config.ts';
import type { Quantities } from '../../studies/segmentation/quantifying/quantify.ts';
import type { MethodReport } from '../../studies/segmentation/quantifying/report.ts';
import type { Command } from '../program/command.ts';
import { defineJob } from '../program/define-job.ts';

/** Absent classes that are named; their number is said in any case. */
const NAMED = 12;

export const command: Command = defineJob({
  name: 'semseg quantify',
  schema: QuantifyConfig,
  notes: [
    'Example: saev semseg quantify --sae runs --seg-ckpt checkpoints/contrib/semseg/lr_0_01__wd_0_001 --imgs.root ade20k',
    "With --edit labels, as the original edits, every patch is edited at once: the others of a class change with it, and 'other change' says nothing.",
  ],
  choose: {
    async saeCkpt(names) {
      const { chooseCoder } = await import('../../training/runs/choose-coder.ts');
      return chooseCoder(names);
    },
  },
  whenInterrupted: 'The same command begins again.',
  async run({ config }, { signal }) {
    const { quantify } = await import('../../studies/segmentation/quantifying/quantify.ts');
    return quantify(config, { signal });
  },
  data: ({ names: _, chosen, reports, ...found }) => ({
    ...found,
    features: Object.fromEntries(chosen.features),
    reports: reports.map(({ method, start, summary }) => ({ method, start, ...summary })),
  }),
  lines: (found) => [
    ...featureLines(found),
    ...(['predictions', 'truth'] as const).flatMap((start) => [
      start === 'predictions'
        ? 'Patches by the class that the head saw before:'
        : 'Patches by their true class:',
      ...found.reports.filter((each) => each.start === start).map(reportLine),
    ]),
    ...absenceLines(found),
    `${found.folder}: results.csv, classes.csv, report.json and others`,
  ],
});

function featureLines({ chosen, names }: Quantities): string[] {
  return [...chosen.scores].flatMap(([each, scores]) => [
    `Top ${scores.length} features for ${shortName(names, each)}:`,
    ...scores.map(
      ({ latent, threshold, f1 }) =>
        `${String(latent).padStart(6)} >${threshold}: ${f1.toFixed(3)}`,
    ),
  ]);
}

function reportLine({ method, summary }: MethodReport): string {
  const { targetChange, targetStdPresent, otherChange, otherStdPresent } = summary;
  const share = (mean: number, std: number): string => `${percent(mean)} ± ${percent(std)}`;
  return `${method.padStart(20)}: target ${share(targetChange, targetStdPresent)}, other ${share(otherChange, otherStdPresent)}`;
}

function absenceLines({ absent, withoutFeature }: Quantities): string[] {
  const line = (names: readonly string[], what: string): string[] =>
    names.length === 0
      ? []
      : [
          `${counted(names.length, 'class', 'classes')} ${what}: ${names.slice(0, NAMED).join(', ')}${names.length > NAMED ? ', …' : ''}`,
        ];
  return [
    ...line(absent.truth, 'without a patch'),
    ...line(absent.predictions, 'seen in no patch'),
    ...line(withoutFeature, 'without a latent'),
  ];
}
