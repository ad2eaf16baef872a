// A PATH on which the commands of the docs run as they stand, without the seconds that npx takes to look for a program.
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { program, root } from './saev.ts';

/**
 * Make `folder/bin` with `npx` and `saev`, and return the environment in which a shell finds them.
 *
 * `saev` is this repository's program, or that of a copy in `at`; with `remember` one that trains nothing twice.
 */
export async function shellEnvironment(
  folder: string,
  { at = program, remember = false }: { at?: string; remember?: boolean } = {},
): Promise<NodeJS.ProcessEnv> {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const programs = remember ? [join(import.meta.dirname, 'remembering-saev.mjs'), at] : [at];
  const words = [process.execPath, ...programs].map((word) => `'${word}'`).join(' ');
  const scripts = { npx: 'exec "$@"', saev: `exec ${words} "$@"` };
  for (const [name, line] of Object.entries(scripts))
    await writeFile(join(bin, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  const path = [bin, join(root, 'node_modules/.bin'), process.env.PATH];
  return { ...process.env, PATH: path.join(delimiter) };
}
