// saev semseg propose: find the latents that tell classes of patches.
import { number } from '../../base/text.ts';
import { ProposeConfig } from '../../studies/segmentation/proposing/config.ts';
import type { Command } from '../program/command.ts';
import { defineJob } from '../program/define-job.ts';

/** Latents of a class that are printed; the file has all. */
const PRINTED = 5;

export const command: Command = defineJob({
  name: 'semseg propose',
  schema: ProposeConfig,
  notes: [
    'Example: saev semseg propose --sae runs --acts.shard-root shards --imgs.root ade20k --classes sky --visuals',
    'A run is asked about the data that it was trained on when no --acts are given.',
  ],
  choose: {
    async saeCkpt(names, { acts }) {
      const { chooseCoder } = await import('../../training/runs/choose-coder.ts');
      const { readersOf } = await import('../../visuals/data-of-run.ts');
      return chooseCoder(names, await readersOf(acts));
    },
  },
  async prepare({ config, input }) {
    const { withDataOfRun } = await import('../../visuals/data-of-run.ts');
    const { VisualsConfig } = await import('../../visuals/config.ts');
    const { saeCkpt: ckpt, acts: data } = config;
    const known = await withDataOfRun(VisualsConfig.parse({ ckpt, data }), {
      keepData: input.acts !== undefined,
      keepImages: true,
    });
    return { config: { ...config, acts: known.data } };
  },
  whenInterrupted: 'The same command begins again.',
  async run({ config }, { signal }) {
    const { propose } = await import('../../studies/segmentation/proposing/propose.ts');
    return propose(config, { signal });
  },
  lines({ classes, counted, patches, path, command: show, page }) {
    return [
      `${number(counted)} of ${number(patches)} patches have one clear label`,
      ...classes.flatMap(({ class: each, name, patches: own, features }) => [
        `class ${each}, ${name}: ${number(own)} patches${features.length === 0 ? ', no latent' : ''}`,
        ...features
          .slice(0, PRINTED)
          .map(
            ({ latent, threshold, f1, precision, recall }) =>
              `${String(latent).padStart(7)} >${threshold}: F1 ${f1.toFixed(3)}, precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}`,
          ),
      ]),
      `${path}: all of them`,
      ...(page === undefined
        ? ['Show them with:', `  ${show}`]
        : [`${page}: open it in a browser to look at them`]),
    ];
  },
});
