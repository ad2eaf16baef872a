// A folder of visuals.
import { join } from 'node:path';
import { kindOfPath } from '../../base/files.ts';
import { number, short } from '../../base/text.ts';
import { openFeatureFile } from '../../visuals/feature-file/feature-file.ts';
import type { Description } from './description.ts';

/** Describe a folder of visuals; undefined when the folder is none. */
export async function describeVisuals(path: string): Promise<Description | undefined> {
  if ((await kindOfPath(join(path, 'features.safetensors'))) !== 'file') return undefined;
  const file = await openFeatureFile(path);
  try {
    const { meta, sparsity } = file;
    const dead = sparsity.filter((frequency) => frequency === 0).length;
    const dense = sparsity.filter((frequency) => frequency > 1e-2).length;
    const page = join(path, 'index.html');
    const hasPage = (await kindOfPath(page)) === 'file';
    const frequencies = [...sparsity].sort((a, b) => a - b);
    const noun = 'contexts' in meta.key ? 'contexts' : 'images';
    const median = frequencies[Math.floor(frequencies.length / 2)] ?? 0;
    return {
      kind: 'visuals',
      path,
      summary: `${number(meta.dSae)} latents, ${number(dead)} dead, top ${meta.k}`,
      facts: [
        ['latents', `${number(meta.dSae)}: ${number(dead)} dead, ${number(dense)} dense`],
        ['seen on', `${number(meta.nExamples)} ${noun}, ${number(meta.nRows)} rows`],
        ['frequency', `median ${short(median)}`],
        ['kept', `${meta.k} ${noun} a latent, percentile ${meta.percentile}`],
        ...(hasPage ? [['page', page] as const] : []),
      ],
      data: { meta, dead, dense, medianFrequency: median, page: hasPage ? page : undefined },
    };
  } finally {
    await file.close();
  }
}
