// Names with `{layer}` in them: all the checkpoints that have a number in its place.
import { UserError } from '../base/errors.ts';
import { kindOfPath } from '../base/files.ts';
import { type HubOptions, listHubFiles } from '../hub/client.ts';

const SIGN = '{layer}';
/** No model has more layers. */
const MOST_LAYERS = 256;

/**
 * Write out names with `{layer}`: one for each layer that is there, on this disk or in a repository of the hub. Others
 * stay as they are.
 *
 * @throws {UserError} for a name that stands for nothing.
 */
export async function ofEachLayer(
  names: readonly string[],
  options: HubOptions = {},
): Promise<string[]> {
  const all: string[] = [];
  for (const name of names) {
    if (!name.includes(SIGN)) {
      all.push(name);
      continue;
    }
    const isThere = await finder(name, options);
    const layers: string[] = [];
    for (let layer = 0; layer < MOST_LAYERS; layer++) {
      const written = name.replaceAll(SIGN, String(layer));
      if (await isThere(written.replace(/^\d+=/, ''))) layers.push(written);
    }
    if (layers.length === 0) {
      throw new UserError(`missing transcoders: '${name}'`, {
        hint: `there is nothing with a number in place of ${SIGN}`,
      });
    }
    all.push(...layers);
  }
  return all;
}

/** Give what tells whether there is something at a name. The files of a repository are listed once. */
async function finder(
  name: string,
  options: HubOptions,
): Promise<(written: string) => Promise<boolean>> {
  const form = /^(?:\{layer\}=)?hf-hub:([^/@]+\/[^/@]+)(?:@([^/]+))?\//.exec(name);
  if (form === null) return async (written) => (await kindOfPath(written)) !== 'nothing';
  const [start, repo, revision] = form;
  if (start.replace(`${SIGN}=`, '').includes(SIGN)) {
    throw new UserError(`invalid name of transcoders: '${name}'`, {
      hint: `${SIGN} may stand in the path of a file or folder in a repository, not in the name of the repository`,
    });
  }
  const listed = await listHubFiles({ type: 'model', name: repo!, revision }, options);
  const paths = listed.map(({ path }) => path);
  const from = start.replace(`${SIGN}=`, '').length;
  return async (written) => {
    const inside = written.slice(from).replace(/\/$/, '');
    return paths.some((path) => path === inside || path.startsWith(`${inside}/`));
  };
}
