// saev serve: one page over everything, alive.
import { ServeConfig } from '../server/config.ts';
import { usualFolders } from '../server/usual-folders.ts';
import type { Command } from './program/command.ts';
import { defineJob } from './program/define-job.ts';

export const command: Command = defineJob({
  name: 'serve',
  usage: '[FOLDER …] [flags]',
  schema: ServeConfig,
  notes: ['Example: saev serve demo-out --open', 'Ctrl-C ends it; nothing is lost.'],
  prepare: async ({ config }) => ({
    ...config,
    folders: [...(await usualFolders(config.folders))],
  }),
  async run(config, { signal, say }) {
    const { serve } = await import('../server/serve.ts');
    const serving = await serve(config);
    say(`${config.folders.join(', ')} at ${serving.url}`);
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    await serving.close();
    return serving.url;
  },
  lines: () => [],
});
