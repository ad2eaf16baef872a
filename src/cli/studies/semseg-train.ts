// saev semseg train: train linear heads that tell what each patch shows.
import { SemsegTrainConfig } from '../../studies/segmentation/config.ts';
import type { TrainedHead } from '../../studies/segmentation/training.ts';
import type { Command } from '../program/command.ts';
import { defineJob } from '../program/define-job.ts';
import { sweepFlag, withSweep } from './probe-sweep.ts';

export const command: Command = defineJob({
  name: 'semseg train',
  schema: SemsegTrainConfig,
  flags: sweepFlag,
  notes: [
    'Example: saev semseg train --imgs.root ADEChallengeData2016 --learning-rate 1e-4 1e-3 --weight-decay 1e-3 1e-1',
    'The model runs once for each image; its activations stay in --dump-to and are found there again.',
  ],
  prepare: async (job) => ({ config: await withSweep(SemsegTrainConfig, job, job.flags.sweep) }),
  whenInterrupted: 'The same command goes on from here.',
  async run({ config }, { signal }) {
    const { trainSegmentation } = await import('../../studies/segmentation/training.ts');
    return trainSegmentation(config, { signal });
  },
  data: (heads) =>
    heads.map(({ learningRate, weightDecay, path, all, labelled }) => ({
      learningRate,
      weightDecay,
      path,
      meanIou: all.meanIou,
      accuracy: all.accuracy,
      labelled: { meanIou: labelled.meanIou, accuracy: labelled.accuracy },
      nPresent: all.nPresent,
    })),
  lines: (heads) => heads.map(describeHead),
});

function describeHead({ learningRate, weightDecay, path, all, labelled }: TrainedHead): string {
  const iou = `mean IoU ${all.meanIou.toFixed(3)} of ${all.nPresent} classes`;
  const pixels = `${(100 * all.accuracy).toFixed(1)} % of the pixels`;
  const known = `${(100 * labelled.accuracy).toFixed(1)} % of the labelled ones`;
  return `${path}: lr ${learningRate}, wd ${weightDecay}, ${iou}, ${pixels}, ${known}`;
}
