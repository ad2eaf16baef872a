// saev semprobe score: which latents tell curated images of a concept from images without it.
import { join } from 'node:path';
import { z } from 'zod';
import type { Values } from '../../base/config/layers.ts';
import { SemprobeScoreConfig } from '../../studies/semprobe/config.ts';
import type { Command } from '../program/command.ts';
import { defineJob } from '../program/define-job.ts';

export const command: Command = defineJob({
  name: 'semprobe score',
  schema: SemprobeScoreConfig,
  flags: {
    visuals: z
      .boolean()
      .default(false)
      .describe('Make the visuals of the latents that were found, under <dumpTo>/visuals.')
      .meta({ group: 'Command' }),
  },
  notes: [
    'Example: saev semprobe score --ckpt runs --data.shard-root curated-shards images:image-folder --images.root curated',
    'Images stand in folders <task>-positive and <task>-negative, and were recorded as they stand there.',
  ],
  choose: {
    async ckpt(names, { data }) {
      const { chooseCoder } = await import('../../training/runs/choose-coder.ts');
      const { readersOf } = await import('../../visuals/data-of-run.ts');
      return chooseCoder(names, await readersOf(data));
    },
  },
  async prepare({ config, flags, input }) {
    const { dataForRun } = await import('../../studies/inference/rows-to-encode.ts');
    const { curatedImages } = await import('../../studies/semprobe/curated-images.ts');
    const data = await dataForRun(config.ckpt, (input.data ?? {}) as Values);
    const images = input.images === undefined ? await curatedImages(data) : config.images;
    return { config: { ...config, data, images }, visuals: flags.visuals };
  },
  whenInterrupted: 'The same command begins again.',
  async run({ config, visuals }, { signal }) {
    const { scoreTasks } = await import('../../studies/semprobe/score.ts');
    const scores = await scoreTasks(config, { signal });
    if (!visuals) return { scores };
    const { visualsOf } = await import('../../studies/semprobe/visuals-command.ts');
    const { visualize } = await import('../../visuals/visualize.ts');
    const shown = await visualize(visualsOf(scores, join(config.dumpTo, 'visuals')), { signal });
    return { scores, page: shown.page.path };
  },
  async lines({ scores, page }, { config }) {
    const { scoreLines } = await import('../../studies/semprobe/score-lines.ts');
    return scoreLines(scores, { dumpTo: config.dumpTo, page });
  },
});
