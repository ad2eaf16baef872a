// saev semseg count: count the patches of each class that show hardly anything else.
import { SemsegCountConfig } from '../../studies/segmentation/config.ts';
import type { Command } from '../program/command.ts';
import { defineJob } from '../program/define-job.ts';

export const command: Command = defineJob({
  name: 'semseg count',
  schema: SemsegCountConfig,
  notes: ['Example: saev semseg count --ade20k.root ADEChallengeData2016 --threshold 0.9'],
  async run({ config }, { signal }) {
    const { countPatches } = await import('../../studies/segmentation/counting.ts');
    return countPatches(config, { signal });
  },
  data: ({ classes, counts, nPatches, mean, max, min }) => ({
    nPatches,
    mean,
    max,
    min,
    classes: classes.map((name, number) => ({ number, name, patches: counts[number] })),
  }),
  lines: ({ mean, max, min }) => [`Mean: ${mean.toFixed(1)}, max: ${max}, min: ${min}`],
});
