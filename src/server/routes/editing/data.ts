// What is known of models before anything is edited: what can be, by what it is seen, and how large codes get.
import { whyNoTextsOf } from '../../../backbones/vision/open-clip/open-clip.ts';
import { UserError } from '../../../base/errors.ts';
import { readClassNames } from '../../../data/datasets/object-info.ts';
import { EDIT_ROUTES, type EditablePage, type LargestSeen } from '../../../pages/edit.ts';
import { describeCoder } from '../../../studies/asking/home.ts';
import { openPicturesOfRun } from '../../../studies/asking/pictures-of-run.ts';
import { largestSeen } from '../../../studies/steering/largest-seen.ts';
import { whyNoPrompts } from '../../../studies/steering/sections/zero-shot.ts';
import type { Workbench } from '../../workbench.ts';
import type { DataRoute } from '../route.ts';
import { headsOf } from './heads.ts';

/** What is known of models before anything is edited. */
export const EDIT_DATA: readonly DataRoute[] = [
  {
    path: EDIT_ROUTES.model(':id'),
    read: ({ id }, workbench) => editablePage(id!, workbench),
    list: ids,
  },
  {
    path: EDIT_ROUTES.largest(':id'),
    async read({ id }, workbench): Promise<LargestSeen> {
      const largest = await largestOf(id!, workbench);
      return largest === undefined ? {} : { largest };
    },
    list: ids,
  },
];

async function ids(workbench: Workbench): Promise<{ id: string }[]> {
  const { models } = await workbench.catalogue();
  return models.filter(({ fault }) => fault === undefined).map(({ id }) => ({ id }));
}

async function editablePage(id: string, workbench: Workbench): Promise<EditablePage> {
  const folder = await workbench.folder('models', id);
  const { models } = await workbench.catalogue();
  const entry = models.find((each) => each.id === id);
  const unknown = { model: id, kind: entry?.modality ?? 'image', nLatents: entry?.dSae ?? 0 };
  try {
    const { config, home } = await describeCoder(folder);
    const about = { model: id, kind: home.modality, nLatents: config.dSae };
    const { patches, layer } = home;
    if (patches === 'meanpool' || layer === 'meanpool' || layer === 'all')
      return { ...about, heads: [], refused: 'it reads means: an edit of them cannot be put back' };
    if (home.modality === 'text') return { ...about, heads: [] };
    const heads = (await headsOf(workbench))
      .filter((head) => head.family === home.family && head.checkpoint === home.checkpoint)
      .map(({ id: head, kind, name, classes }) => ({
        id: head,
        kind,
        name: nameOf(name),
        classes,
      }));
    const classes = patches === 'cls' ? undefined : await classesOf(workbench);
    const nExamples = await countOf(folder);
    const noPrompts = whyNoPrompts(home, whyNoTextsOf(home.checkpoint));
    return {
      ...about,
      heads,
      ...(noPrompts !== undefined && { noPrompts }),
      ...(classes && { classes }),
      ...(nExamples !== undefined && { nExamples }),
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ...unknown, heads: [], refused: error.message };
  }
}

/** The folder of a head's file and the file: enough to tell heads apart, and nothing of this machine. */
function nameOf(path: string): string {
  return path.split(/[\\/]/).slice(-3, -1).join('/');
}

async function classesOf(workbench: Workbench): Promise<readonly string[] | undefined> {
  const [first] = await workbench.beside('maps');
  if (first === undefined) return undefined;
  return readClassNames(first.folder).catch((error: unknown) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });
}

async function countOf(folder: string): Promise<number | undefined> {
  try {
    const dataset = await openPicturesOfRun(folder);
    await dataset.close();
    return dataset.length;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** The largest code of each latent that visuals of a model saw, `[dSae]`, in five digits; undefined where none did. */
export async function largestOf(
  id: string,
  workbench: Workbench,
): Promise<readonly number[] | undefined> {
  const folder = await workbench.folder('models', id);
  const { models, features } = await workbench.catalogue();
  const entry = models.find((each) => each.id === id);
  const pages = features.filter((page) => page.id === entry?.features || page.run === id);
  for (const page of pages) {
    const place = await workbench.folder('features', page.id);
    const largest = await largestSeen(place, entry?.dSae ?? 0);
    if (largest !== undefined) return Array.from(largest, short);
  }
  const own = await largestSeen(folder, entry?.dSae ?? 0);
  return own && Array.from(own, short);
}

function short(value: number): number {
  return Number(value.toPrecision(5));
}
