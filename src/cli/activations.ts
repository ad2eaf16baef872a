// saev activations: record the activations of a vision transformer or a language model into shards.
import { ActivationsConfig } from '../activations/config.ts';
import { number } from '../base/text.ts';
import type { Command } from './program/command.ts';
import { defineJob } from './program/define-job.ts';

export const command: Command = defineJob({
  name: 'activations',
  schema: ActivationsConfig,
  notes: [
    'Example: saev activations --vit-ckpt ViT-B-16/openai data:image-folder --data.root photos --dump-to shards',
    '         saev activations data:text-files --data.root notes.txt --language.model gpt2 --vit-layers blocks.8.ln2.hook_normalized',
    'A recording that was stopped goes on where it stood when the same command is given again.',
  ],
  batch: ({ config }) => config,
  whenInterrupted: 'The same command goes on from here.',
  async run({ config }, { signal }) {
    if (!config.ssl) (await import('./certificates.ts')).trustAnyServer();
    const { record } = await import('../activations/job.ts');
    return record(config, { signal });
  },
  data: ({ folder, nWritten, nRecorded, skipped, seconds }) => ({
    folder,
    nWritten,
    nRecorded,
    skipped,
    seconds,
  }),
  async lines({ folder, nWritten, nRecorded, skipped, examplesPerSecond }, { config }) {
    const { isTextJob } = await import('../activations/job.ts');
    const nouns = isTextJob(config) ? 'contexts' : 'images';
    const missing = skipped.length === 0 ? '' : `, ${number(skipped.length)} of them skipped`;
    const speed = nRecorded === 0 ? '' : `, ${number(examplesPerSecond)} ${nouns}/s`;
    return [`${folder}: ${number(nWritten)} ${nouns}${missing}${speed}`];
  },
});
