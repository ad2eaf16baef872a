// saev classify train: train linear heads that tell classes of images apart.
import { counted, percent } from '../../base/text.ts';
import { ClassifyTrainConfig } from '../../studies/classification/config.ts';
import type { Command } from '../program/command.ts';
import { defineJob } from '../program/define-job.ts';
import { headLine } from './head-line.ts';
import { sweepFlag, withSweep } from './probe-sweep.ts';

export const command: Command = defineJob({
  name: 'classify train',
  schema: ClassifyTrainConfig,
  flags: sweepFlag,
  notes: [
    'Example: saev classify train --train-imgs.root caltech101/train --val-imgs.root caltech101/test --learning-rate 1e-4 1e-3 --weight-decay 1e-3 1e-1',
    '         saev classify train --sae runs --k-latents 1 5 20 --train-shards shards/4f0a… --val-shards shards/91bc…',
    'The model runs once for each image; its activations stay in --dump-to and are found there again.',
  ],
  choose: {
    async sae(names, { trainShards }) {
      const { chooseCoder } = await import('../../training/runs/choose-coder.ts');
      const { readersOf } = await import('../../visuals/data-of-run.ts');
      return chooseCoder(names, await readersOf(trainShards && { shardRoot: trainShards }));
    },
  },
  prepare: async (job) => ({
    config: await withSweep(ClassifyTrainConfig, job, job.flags.sweep),
  }),
  whenInterrupted: 'The same command goes on from here.',
  async run({ config }, { signal }) {
    const { trainClassification } = await import('../../studies/classification/training.ts');
    const { reportOf } = await import('../../studies/classification/results.ts');
    const result = await trainClassification(config, { signal });
    return { ...result, report: reportOf(result) };
  },
  data: ({ report }) => report,
  lines({ heads, best, sparse, folder }) {
    return [
      ...heads.map((head) => headLine(head, head === best)),
      ...sparse.map(
        (head) =>
          `${counted(head.kLatents, 'latent')} a class: ${percent(head.val.accuracy)} of the validation images, ${percent(head.val.accuracy / best.val.accuracy)} of what all of them give`,
      ),
      `${folder}: results.csv, confusion.csv, report.json, hparam-sweeps.png, confusion.png`,
    ];
  },
});
