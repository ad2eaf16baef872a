// saev activations: record the activations of a vision transformer or a language model into shards.
import { z } from 'zod';
import { ActivationsConfig } from '../activations/config.ts';
import { number } from '../base/text.ts';
import type { RunCommand } from './command.ts';
import { jobFlags, readJob } from './job.ts';

export const run: RunCommand = async (args, context) => {
  const job = await readJob(args, context, {
    usage: 'activations [flags]',
    schema: ActivationsConfig,
    flags: z.strictObject(jobFlags),
    notes: [
      'Example: saev activations --vit-ckpt ViT-B-16/openai data:image-folder --data.root photos --dump-to shards',
      '         saev activations data:text-files --data.root notes.txt --language.model gpt2 --vit-layers blocks.8.ln2.hook_normalized',
      'A recording that was stopped goes on where it stood when the same command is given again.',
    ],
  });
  if (job === undefined) return;
  const { config, flags } = job;
  if (await (await import('./batch.ts')).runsAsBatch('activations', args, config, context)) return;
  context.whenInterrupted('The same command goes on from here.');
  if (!config.ssl) (await import('./certificates.ts')).trustAnyServer();
  const { record } = await import('../activations/job.ts');
  const done = await record(config, { signal: context.signal });
  if (flags.json) {
    const { folder, nWritten, nRecorded, skipped, seconds } = done;
    context.print(JSON.stringify({ folder, nWritten, nRecorded, skipped, seconds }));
    return;
  }
  const skipped = done.skipped.length === 0 ? '' : `, ${number(done.skipped.length)} skipped`;
  const { isTextJob } = await import('../activations/job.ts');
  const nouns = isTextJob(config) ? 'contexts' : 'images';
  const speed = done.nRecorded === 0 ? '' : `, ${number(done.examplesPerSecond)} ${nouns}/s`;
  context.print(`${done.folder}: ${number(done.nWritten)} ${nouns}${skipped}${speed}`);
};
