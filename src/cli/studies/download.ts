// saev download: sets of labelled images, arranged as the other commands read them.
import { join } from 'node:path';
import { counted } from '../../base/text.ts';
import { DownloadConfig } from '../../data/downloads/config.ts';
import type { Command } from '../program/command.ts';
import { defineJob } from '../program/define-job.ts';

export const command: Command = defineJob({
  name: 'download',
  schema: DownloadConfig,
  usage: 'SET [flags]',
  notes: [
    'Example: saev download flowers102 --dir flowers',
    '         saev activations data:image-folder --data.root flowers/train --dump-to shards',
    'A download that was stopped goes on where it stood when the same command is given again.',
  ],
  whenInterrupted: 'The same command goes on from here.',
  async run({ config: { set, chunkSizeKb: _, ...options } }, { signal }) {
    const { downloadLabelledSet } = await import('../../data/downloads/download.ts');
    return downloadLabelledSet(set, { ...options, signal });
  },
  lines: ({ dir, unchanged, parts, files }, { config }) => {
    const here = unchanged ? ', as before' : '';
    if (!config.extract) return Object.keys(files).map((name) => `${join(dir, name)}${here}`);
    return Object.entries(parts).map(
      ([part, count]) => `${join(dir, part)}: ${counted(count, 'file')}${here}`,
    );
  },
});
