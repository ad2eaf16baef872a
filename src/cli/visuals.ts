// saev visuals: show what the latents of an autoencoder respond to.
import { number } from '../base/text.ts';
import { VisualsConfig } from '../visuals/config.ts';
import type { Command } from './program/command.ts';
import { defineJob } from './program/define-job.ts';

export const command: Command = defineJob({
  name: 'visuals',
  schema: VisualsConfig,
  notes: [
    'Example: saev visuals --ckpt runs/20261121-184607-c7a437 --data.shard-root shards/4f0a… images:image-folder --images.root photos',
    'A run shows the data it was trained on when no --data is given, and the images that were recorded when no --images are: saev visuals --ckpt runs',
    'A checkpoint of a language model that names its texts is shown on them where no shards of its own are.',
    "The page has all that a person looks at. --formats npy pt and --n-pictures 128 add the files of saev's Python program.",
  ],
  choose: {
    async ckpt(names, { data }) {
      const { chooseCoder } = await import('../training/runs/choose-coder.ts');
      const { readersOf } = await import('../visuals/data-of-run.ts');
      return chooseCoder(names, await readersOf(data));
    },
  },
  async prepare({ config, input }) {
    const { withDataOfRun, withIgnoredRows } = await import('../visuals/data-of-run.ts');
    const keepData = input.data !== undefined;
    const keepImages = input.images !== undefined;
    const chosen = await withIgnoredRows(config, { keepData });
    return { config: await withDataOfRun(chosen, { keepData, data: input.data, keepImages }) };
  },
  batch: ({ config }) => config,
  whenInterrupted: 'The same command begins again; what stood there before is still whole.',
  async run({ config }, { signal }) {
    const { visualize } = await import('../visuals/visualize.ts');
    return visualize(config, { signal });
  },
  lines({ folder, page, dSae, nDead }) {
    return [
      `${folder}: ${number(dSae)} latents, ${number(nDead)} dead`,
      `${page.path}: open it in a browser to look at ${number(page.features)} features`,
    ];
  },
});
