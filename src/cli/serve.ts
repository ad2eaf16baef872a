// saev serve: one page over everything, alive.
import { ServeConfig } from '../server/config.ts';
import { usualFolders } from '../server/usual-folders.ts';
import type { Command } from './program/command.ts';
import { defineJob } from './program/define-job.ts';

export const command: Command = defineJob({
  name: 'serve',
  usage: '[FOLDER …] [flags]',
  schema: ServeConfig,
  notes: [
    'Example: saev serve demo-out --open',
    'Ctrl-C ends it; nothing is lost. On a machine elsewhere, leave --host as it is and bring the port here: ssh -L 7238:localhost:7238 MACHINE.',
  ],
  prepare: async ({ config }) => ({
    ...config,
    folders: [...(await usualFolders(config.folders))],
  }),
  async run(config, { signal, announce }) {
    const { serve } = await import('../server/serve.ts');
    const serving = await serve(config);
    const { url, port, token } = serving;
    const { folders } = config;
    announce({ url, folders, ...(token !== undefined && { token }) }, [
      `${folders.join(', ')} at ${url}`,
      ...(port === config.port || config.port === 0 ? [] : [`(port ${config.port} is taken)`]),
      ...(token === undefined ? [] : ['Whoever has this address can use it.']),
    ]);
    if (config.open) {
      const { openPage } = await import('./program/open-page.ts');
      const obstacle = await openPage(url, process.env);
      if (obstacle !== undefined) announce(undefined, [obstacle]);
    }
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve());
    });
    await serving.close();
  },
  data: () => undefined,
  lines: () => [],
});
