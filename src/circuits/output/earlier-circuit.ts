// The folder of a circuit: an earlier circuit of saev's in it gives way, files of others do not.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import { kindOfPath, readJson } from '../../base/files.ts';
import { logger } from '../../base/log.ts';

/** Every file that a circuit may consist of. */
const FILES = ['graph.json', 'figure.svg', 'figure.png', 'index.html', 'paths.txt'];

const log = logger('circuits');

const ours = z.object({
  metadata: z.object({
    prompt: z.string().optional(),
    info: z.object({ generator: z.object({ name: z.literal('saev') }) }),
  }),
});

/**
 * Look whether a circuit may be written to `folder`, and say so when it takes the place of an earlier one.
 *
 * @throws {UserError} when a file of that name stands there and nothing says that saev wrote it.
 */
export async function checkPlace(folder: string): Promise<void> {
  const there: string[] = [];
  for (const name of FILES)
    if ((await kindOfPath(join(folder, name))) !== 'nothing') there.push(name);
  if (there.length === 0) return;
  const graph = there[0] === 'graph.json' ? await readGraph(join(folder, 'graph.json')) : undefined;
  if (graph === undefined) {
    throw new UserError(`cannot write '${join(folder, there[0]!)}': something stands there`, {
      hint: 'name another folder with --out, or give --overwrite',
    });
  }
  const { prompt } = graph.metadata;
  log.info(
    `'${folder}' holds an earlier circuit${prompt === undefined ? '' : ` (${JSON.stringify(prompt)})`}: the new one takes its place`,
  );
}

/** Remove from `folder` what an earlier circuit left and this one, which wrote `files`, did not. */
export async function clearEarlier(folder: string, files: readonly string[]): Promise<void> {
  for (const name of FILES) {
    const path = join(folder, name);
    if (!files.includes(path)) await rm(path, { force: true });
  }
}

/** The graph of a circuit that saev wrote; undefined for any other file. */
async function readGraph(path: string): Promise<z.infer<typeof ours> | undefined> {
  try {
    return ours.safeParse(await readJson(path, 'graph')).data;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
