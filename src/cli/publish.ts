// saev publish: the workbench as files for any web host.
import { bytes, counted } from '../base/text.ts';
import { PublishConfig } from '../server/publish/config.ts';
import { usualFolders } from '../server/usual-folders.ts';
import type { Command } from './program/command.ts';
import { defineJob } from './program/define-job.ts';

export const command: Command = defineJob({
  name: 'publish',
  usage: '[FOLDER …] --to FOLDER [flags]',
  schema: PublishConfig,
  notes: [
    'Example: saev publish demo-out --to site',
    'The page works from any web host, without a server of its own, and opens from the disk.',
  ],
  prepare: async ({ config }) => ({
    ...config,
    folders: [...(await usualFolders(config.folders))],
  }),
  whenInterrupted: 'What stood there before is still whole.',
  async run(config, { signal }) {
    const { publish } = await import('../server/publish/publish.ts');
    return publish(config, { signal });
  },
  lines: ({ folder, parts, bytes: size, left }) => [
    ...parts.map((part) => `${part.name}: ${counted(part.files, 'file')}, ${bytes(part.bytes)}`),
    ...left.map(({ path, reason }) => `left out: ${path}: ${reason}`),
    `${folder}/index.html: the page with ${bytes(size)} of data; put the folder on any web host, or open it`,
  ],
});
