// What is known of a run's latents from its visuals: what their examples are called, and how large they get.
import { join } from 'node:path';
import { UserError } from '../../../base/errors.ts';
import { kindOfPath } from '../../../base/files.ts';
import { namesIn } from '../../../base/system/file-names.ts';
import { openPageFolder } from '../../../pages/page-folder.ts';

/** What a page of features says of a latent. */
export interface KnownLatent {
  /** The commonest label of its examples; empty where there are none. */
  readonly label: string;
  /** Its largest value on the data of the page. */
  readonly max: number;
}

/** Read what the visuals of a run say of its latents; nothing where it has none that can be read. */
export async function knownLatents(run: string): Promise<ReadonlyMap<number, KnownLatent>> {
  const page = await pageOfRun(run);
  if (page === undefined) return new Map();
  try {
    const { features } = await openPageFolder(page).index();
    const { latent, label, max } = features;
    return new Map(
      Array.from(latent, (n, i) => [n, { label: label[i] ?? '', max: max[i] ?? 0 }] as const),
    );
  } catch (error) {
    if (error instanceof UserError) return new Map();
    throw error;
  }
}

/** The page of features that lies inside a run, where there is one. */
async function pageOfRun(run: string): Promise<string | undefined> {
  const visuals = join(run, 'visuals');
  if ((await kindOfPath(visuals)) !== 'folder') return undefined;
  const folders = (await namesIn(visuals)).sort().map((name) => join(visuals, name));
  for (const folder of [visuals, ...folders]) {
    const isPage = (await kindOfPath(join(folder, 'index.html'))) === 'file';
    if (isPage && (await kindOfPath(join(folder, 'features.safetensors'))) === 'file')
      return folder;
  }
  return undefined;
}
