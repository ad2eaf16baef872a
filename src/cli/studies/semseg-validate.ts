// saev semseg validate: measure the newest head of each folder, and say which is best.
import { number } from '../../base/text.ts';
import { SemsegValidateConfig } from '../../studies/segmentation/config.ts';
import type { Command } from '../program/command.ts';
import { defineJob } from '../program/define-job.ts';

export const command: Command = defineJob({
  name: 'semseg validate',
  schema: SemsegValidateConfig,
  notes: [
    'Example: saev semseg validate --ckpt-root checkpoints/contrib/semseg --imgs.root ADEChallengeData2016',
    'Heads of the Python program are read, too; their images are squashed, as theirs were in training.',
  ],
  async run({ config }, { signal }) {
    const { validateSegmentation } = await import('../../studies/segmentation/validation.ts');
    return validateSegmentation(config, { signal });
  },
  data: ({ folder, heads, best }) => {
    const told = ({ learningRate, weightDecay, path, all, labelled }: typeof best) => ({
      learningRate,
      weightDecay,
      path,
      meanIou: all.meanIou,
      accuracy: all.accuracy,
      nPresent: all.nPresent,
      labelled: { meanIou: labelled.meanIou, accuracy: labelled.accuracy },
    });
    return { folder, best: told(best), heads: heads.map(told) };
  },
  lines({ folder, classes, heads, best }) {
    const rows = heads.map((head) => {
      const { learningRate, weightDecay, all, labelled } = head;
      const cells = [
        `${learningRate}`,
        `${weightDecay}`,
        `${(100 * all.accuracy).toFixed(2)} %`,
        all.meanIou.toFixed(4),
        `${(100 * labelled.accuracy).toFixed(2)} %`,
        labelled.meanIou.toFixed(4),
      ];
      return `${row(cells)}${head === best ? '  ← best by mean IoU' : ''}`;
    });
    const ious = [...best.all.iou.entries()].filter(([, iou]) => !Number.isNaN(iou));
    ious.sort(([, a], [, b]) => b - a);
    const named = (some: typeof ious): string =>
      some.map(([c, iou]) => `${classes[c]} ${iou.toFixed(2)}`).join(', ');
    return [
      row(['lr', 'wd', 'accuracy', 'mean IoU', 'labelled', 'mean IoU']),
      ...rows,
      `mean over the ${number(best.all.nPresent)} of ${number(classes.length - 1)} classes that occur`,
      `best told: ${named(ious.slice(0, 5))}`,
      `worst told: ${named(ious.slice(-5).reverse())}`,
      `best head: ${best.path}`,
      `${folder}: results.csv, classes.csv, hparam-sweeps.png, predictions.png`,
    ];
  },
});

function row(cells: readonly string[]): string {
  return cells.map((cell) => cell.padStart(10)).join('  ');
}
