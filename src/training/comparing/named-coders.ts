// Coders of runs, folders of runs and checkpoints, read with their weights to be laid beside each other.
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import { kindOfPath, readJson } from '../../base/files.ts';
import { isHubName } from '../../hub/names.ts';
import { readCoder } from '../../sae/checkpoints/read-coder.ts';
import type { SparseCoder } from '../../sae/coder.ts';
import { findCoders } from '../runs/choose-coder.ts';

/**
 * Read the coders that names stand for, those inside folders of runs, too; with `tag` those of runs that have it.
 * @throws {UserError} for a name at which there is nothing, and where no coder is left.
 */
export async function readNamedCoders(
  names: readonly string[],
  tag?: string,
): Promise<(SparseCoder & { readonly name: string })[]> {
  const paths = new Set<string>();
  for (const name of names) {
    const found = isHubName(name) ? [name] : (await findCoders([name])).map(({ path }) => path);
    for (const path of found) if (tag === undefined || (await tagOf(path)) === tag) paths.add(path);
  }
  if (paths.size === 0) {
    const which = tag === undefined ? 'no finished run' : `no finished run with the tag '${tag}'`;
    throw new UserError(`missing coders: there is ${which} in '${names.join("', '")}'`);
  }
  const coders = [];
  for (const path of paths) coders.push({ name: path, ...(await readCoder(path)) });
  return coders;
}

async function tagOf(path: string): Promise<string | undefined> {
  const config = join(path, 'config.json');
  if (isHubName(path) || (await kindOfPath(config)) !== 'file') return undefined;
  const settings = z
    .looseObject({ tag: z.string() })
    .safeParse(await readJson(config, 'configuration of the run'));
  return settings.success ? settings.data.tag : undefined;
}
