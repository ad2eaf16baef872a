// saev serve: one page over everything, alive.
import { kindOfPath } from '../base/files.ts';
import { ServeConfig } from '../server/config.ts';
import type { Command } from './program/command.ts';
import { defineJob } from './program/define-job.ts';

/** What is opened when nobody says, the first that is there. */
const USUAL = ['runs', 'demo-out'];

export const command: Command = defineJob({
  name: 'serve',
  usage: '[FOLDER …] [flags]',
  schema: ServeConfig,
  notes: ['Example: saev serve demo-out --open', 'Ctrl-C ends it; nothing is lost.'],
  async prepare({ config }) {
    if (config.folders.length > 0) return config;
    const kinds = await Promise.all(USUAL.map((folder) => kindOfPath(folder)));
    const found = USUAL.filter((_, i) => kinds[i] === 'folder');
    return { ...config, folders: found.length > 0 ? found.slice(0, 1) : ['.'] };
  },
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
