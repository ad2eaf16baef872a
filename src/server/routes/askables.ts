// Coders that are held open for questions: one opening for all actions, so that they share it.
import { type Askable, openAskable } from '../../studies/asking/askable.ts';
import { type SharedModels, sharedModels } from '../../studies/asking/shared-models.ts';
import type { Models, Opening } from '../models/models.ts';
import type { Workbench } from '../workbench.ts';

/**
 * The folder of the run or checkpoint whose images a page of features, or a model without a page, numbers; undefined
 * where nothing says it.
 */
export async function folderOfImages(
  id: string,
  workbench: Workbench,
): Promise<string | undefined> {
  const { features, models } = await workbench.catalogue();
  const page = features.find((each) => each.id === id);
  if (page?.run !== undefined) return workbench.folder('runs', page.run);
  const isModel = page === undefined && models.some((each) => each.id === id);
  return isModel ? workbench.folder('models', id) : undefined;
}

const shared = new WeakMap<Models, SharedModels>();

/** The coder in `folder` with its model, which coders of the same model share. */
export function askableOf({ models }: Workbench, folder: string): Opening<Askable> {
  let ofWorkbench = shared.get(models);
  if (ofWorkbench === undefined) {
    ofWorkbench = sharedModels();
    shared.set(models, ofWorkbench);
  }
  return {
    key: `coder ${folder}`,
    open: (signal) => openAskable(folder, { signal, models: ofWorkbench }),
  };
}
