// saev semseg train: train linear heads that tell what each patch shows.
import { z } from 'zod';
import { nothingSet, overlay, settingsOf, type Values } from '../../base/config/layers.ts';
import { readConfigFile, resolveConfig } from '../../base/config/load.ts';
import { shapeOf } from '../../base/config/shape.ts';
import { UserError } from '../../base/errors.ts';
import { SemsegTrainConfig } from '../../studies/segmentation/config.ts';
import type { TrainedHead } from '../../studies/segmentation/training.ts';
import type { Command } from '../program/command.ts';
import { defineJob } from '../program/define-job.ts';

/** Settings of which a sweep may have several values: the heads share everything else. */
const SWEPT = new Set(['learningrate', 'weightdecay']);

export const command: Command = defineJob({
  name: 'semseg train',
  schema: SemsegTrainConfig,
  flags: {
    sweep: z
      .string()
      .min(1)
      .optional()
      .describe(
        'TOML or JSON file with lists of learning_rate and weight_decay, laid over all other settings.',
      )
      .meta({ group: 'Command' }),
  },
  notes: [
    'Example: saev semseg train --imgs.root ADEChallengeData2016 --learning-rate 1e-4 1e-3 --weight-decay 1e-3 1e-1',
    'The model runs once for each image; its activations stay in --dump-to and are found there again.',
  ],
  async prepare({ config, flags, input }) {
    if (flags.sweep === undefined) return { config };
    const table = shapeOf(SemsegTrainConfig);
    const sweep = sharedSweep(await readConfigFile(flags.sweep), flags.sweep);
    const below = overlay(nothingSet, settingsOf(input, table, 'settings'), table);
    const whole = overlay(below, settingsOf(sweep, table, flags.sweep), table);
    return { config: resolveConfig(SemsegTrainConfig, whole, table) };
  },
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

/** Scalars become lists of one; a list of something that heads share is refused. */
function sharedSweep(sweep: Values, path: string): Values {
  return Object.fromEntries(
    Object.entries(sweep).map(([name, value]) => {
      const isSwept = SWEPT.has(name.replaceAll(/[_-]/g, '').toLowerCase());
      if (isSwept) return [name, Array.isArray(value) ? value : [value]];
      if (!Array.isArray(value)) return [name, value];
      if (value.length === 1) return [name, value[0]];
      throw new UserError(
        `invalid sweep: '${path}' gives ${name} ${value.length} values, and heads that are trained together share it`,
        { hint: 'sweep learning_rate and weight_decay, and train once for each value of the rest' },
      );
    }),
  );
}

function describeHead({ learningRate, weightDecay, path, all, labelled }: TrainedHead): string {
  const iou = `mean IoU ${all.meanIou.toFixed(3)} of ${all.nPresent} classes`;
  const pixels = `${(100 * all.accuracy).toFixed(1)} % of the pixels`;
  const known = `${(100 * labelled.accuracy).toFixed(1)} % of the labelled ones`;
  return `${path}: lr ${learningRate}, wd ${weightDecay}, ${iou}, ${pixels}, ${known}`;
}
