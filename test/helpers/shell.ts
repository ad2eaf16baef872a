// A PATH on which the commands of the docs run as they stand, without the seconds that npx takes to look for a program.
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { program, root } from './saev.ts';

/**
 * Make `folder/bin` with `npx` and `saev`, and return the environment in which a shell finds them.
 *
 * `saev` is this repository's program, or that of a copy in `at`.
 */
export async function shellEnvironment(
  folder: string,
  { at = program }: { at?: string } = {},
): Promise<NodeJS.ProcessEnv> {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const scripts = { npx: 'exec "$@"', saev: `exec '${process.execPath}' '${at}' "$@"` };
  for (const [name, line] of Object.entries(scripts))
    await writeFile(join(bin, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  const path = [bin, join(root, 'node_modules/.bin'), process.env.PATH];
  return { ...process.env, PATH: path.join(delimiter) };
}
