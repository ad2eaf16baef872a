// A file that says how often each latent fired in training.
import { kindOfPath } from '../../base/files.ts';
import { number, short } from '../../base/text.ts';
import { isLogSparsityName, liveFeatures, readLogSparsity } from '../../sae/log-sparsity.ts';
import type { Description } from './description.ts';

/** Describe a file of frequencies; undefined when what stands at `path` is not named as one. */
export async function describeLogSparsity(path: string): Promise<Description | undefined> {
  if (!isLogSparsityName(path) || (await kindOfPath(path)) !== 'file') return undefined;
  const values = await readLogSparsity(path);
  const live = liveFeatures(values).length;
  const never = values.filter((value) => value <= -9.99).length;
  const median = values.toSorted()[Math.floor(values.length / 2)] ?? 0;
  return {
    kind: 'log sparsity',
    path,
    summary: `${number(values.length)} latents, ${number(live)} live, ${number(never)} never fired`,
    facts: [
      ['latents', number(values.length)],
      ['live', `${number(live)} fired on more than 1e-4 of the rows`],
      ['never fired', number(never)],
      ['median', `10^${short(median)} of the rows`],
    ],
    data: { latents: values.length, live, never, median },
  };
}
