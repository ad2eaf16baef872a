// The largest code that was seen of each latent, as the visuals of a run have it.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { kindOfPath } from '../../base/files.ts';
import { featureFilePath, openFeatureFile } from '../../visuals/feature-file/feature-file.ts';

/**
 * Read the largest code of each latent, `[dSae]`, from the visuals in `folder` or below it (`run/visuals/…`); undefined
 * where none are of so many latents.
 */
export async function largestSeen(folder: string, dSae: number): Promise<Float32Array | undefined> {
  for (const place of await foldersOf(folder)) {
    try {
      const file = await openFeatureFile(place);
      await file.close();
      if (file.meta.dSae === dSae) return file.maxValues;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
  return undefined;
}

/** Folders of visuals in the places where visuals are written for a run. */
async function foldersOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  const visit = async (place: string, depth: number): Promise<void> => {
    if ((await kindOfPath(featureFilePath(place))) === 'file') found.push(place);
    else if (depth > 0 && (await kindOfPath(place)) === 'folder')
      for (const entry of await readdir(place, { withFileTypes: true }))
        if (entry.isDirectory() && !entry.name.startsWith('.'))
          await visit(join(place, entry.name), depth - 1);
  };
  await visit(join(folder, 'visuals'), 2);
  if (found.length === 0) await visit(folder, 0);
  return found.sort();
}
