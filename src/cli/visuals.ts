// saev visuals: show what the latents of an autoencoder respond to.
import { z } from 'zod';
import { number } from '../base/text.ts';
import { VisualsConfig } from '../visuals/config.ts';
import { runsAsBatch } from './batch.ts';
import type { RunCommand } from './command.ts';
import { jobFlags, readJob } from './job.ts';

export const run: RunCommand = async (args, context) => {
  const job = await readJob(args, context, {
    usage: 'visuals [flags]',
    schema: VisualsConfig,
    flags: z.strictObject(jobFlags),
    notes: [
      'Example: saev visuals --ckpt runs/20261121-184607-c7a437 --data.shard-root shards/4f0a… images:image-folder --images.root photos',
      'A run shows the data it was trained on when no --data is given: saev visuals --ckpt runs/20261121-190102-5e0b11',
    ],
  });
  if (job === undefined) return;
  const { flags, input } = job;
  const { withDataOfRun } = await import('../visuals/data-of-run.ts');
  const keepImages = input.images !== undefined;
  const config =
    input.data === undefined ? await withDataOfRun(job.config, { keepImages }) : job.config;
  if (await runsAsBatch('visuals', args, config, context)) return;
  context.whenInterrupted('The same command begins again; what stood there before is still whole.');
  const { visualize } = await import('../visuals/visualize.ts');
  const done = await visualize(config, { signal: context.signal });
  if (flags.json) {
    context.print(JSON.stringify(done));
    return;
  }
  const { folder, modality, page, latents, dSae, nDead } = done;
  const pictures = modality === 'text' ? '' : `, pictures of ${number(latents.length)}`;
  context.print(`${folder}: ${number(dSae)} latents, ${number(nDead)} dead${pictures}`);
  context.print(`${page.path}: open it in a browser to look at ${number(page.features)} features`);
};
