// Editing features on the workbench: what can be edited, the edits, and proposals of latents.
import { relative } from 'node:path';
import type { z } from 'zod';
import { segmentedImages } from '../../activations/labels/class-maps.ts';
import { whyNoTextsOf } from '../../backbones/vision/open-clip/open-clip.ts';
import { UserError } from '../../base/errors.ts';
import { Random } from '../../base/random.ts';
import { readClassNames } from '../../data/datasets/object-info.ts';
import { openDataset } from '../../data/datasets/open-dataset.ts';
import {
  EDIT,
  EDIT_ROUTES,
  type EditAnswer,
  type EditablePage,
  type LargestSeen,
  PROPOSE,
  type ProposalAnswer,
} from '../../pages/edit.ts';
import { describeCoder } from '../../studies/asking/home.ts';
import { openPicturesOfRun } from '../../studies/asking/pictures-of-run.ts';
import { edit } from '../../studies/steering/edit.ts';
import { editableOf } from '../../studies/steering/editable-of.ts';
import { largestSeen } from '../../studies/steering/largest-seen.ts';
import { proposeLatents, randomLatents } from '../../studies/steering/proposals.ts';
import { repeatCommand } from '../../studies/steering/repeat.ts';
import { EditRequestSchema, ProposalRequestSchema } from '../../studies/steering/request.ts';
import { whyNoPrompts } from '../../studies/steering/sections/zero-shot.ts';
import { checkWithin, exampleLimits } from '../safety/within-limits.ts';
import type { Workbench } from '../workbench.ts';
import { askableOf } from './askables.ts';
import { headsOf } from './edit-heads.ts';
import { exampleToEdit } from './edited-examples.ts';
import { type ActContext, actRoute, type DataRoute } from './route.ts';

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
      return largest === undefined ? {} : { largest: Array.from(largest, short) };
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

async function largestOf(id: string, workbench: Workbench): Promise<Float32Array | undefined> {
  const folder = await workbench.folder('models', id);
  const { models, features } = await workbench.catalogue();
  const entry = models.find((each) => each.id === id);
  const pages = features.filter((page) => page.id === entry?.features || page.run === id);
  for (const page of pages) {
    const place = await workbench.folder('features', page.id);
    const largest = await largestSeen(place, entry?.dSae ?? 0);
    if (largest !== undefined) return largest;
  }
  return largestSeen(folder, entry?.dSae ?? 0);
}

function short(value: number): number {
  return Number(value.toPrecision(5));
}

/** Change codes of one example. */
export const editRoute = actRoute({
  name: EDIT,
  schema: EditRequestSchema,
  takesUpload: true,
  act: editFor,
});

async function editFor(
  { model, example, heads: wanted, ...options }: z.output<typeof EditRequestSchema>,
  context: ActContext,
): Promise<EditAnswer> {
  const { workbench, signal, visitor } = context;
  checkWithin({ example, latents: options.changes }, workbench.limits);
  const limits = exampleLimits(workbench.limits);
  const folder = await workbench.folder('models', model);
  const all = await headsOf(workbench);
  const heads = wanted === undefined ? all : all.filter(({ id }) => wanted.includes(id));
  const unknown = wanted?.find((id) => !all.some((head) => head.id === id));
  if (unknown !== undefined) {
    throw new UserError(`unknown head: '${unknown}'`, {
      hint: 'it may have been removed since the page was opened: load the page again',
    });
  }
  const given = await exampleToEdit(example, context);
  return workbench.models.use(
    askableOf(workbench, folder),
    async (askable) => {
      const isText = askable.modality === 'text';
      // Heads of other models are not what a person asked for, unless they were named.
      const fitting = heads.filter(
        ({ family, checkpoint, id }) =>
          wanted?.includes(id) === true ||
          (!isText &&
            family === askable.backbone.family &&
            checkpoint === askable.backbone.checkpoint),
      );
      const answer = await edit(askable, given.example, {
        ...options,
        heads: fitting,
        limits,
        signal,
      });
      const shown = answer.sections.flatMap((each) => ('head' in each ? [each.head] : []));
      const repeat = repeatCommand({
        ...options,
        run: named(folder),
        example: given.called,
        isText,
        heads: await foldersOf(shown, workbench),
      });
      return { ...answer, reasons: [...given.notes, ...answer.reasons], repeat };
    },
    { signal, visitor },
  );
}

/** A folder as the person who started the server would name it. */
function named(folder: string): string {
  return relative(process.cwd(), folder) || '.';
}

async function foldersOf(heads: readonly string[], workbench: Workbench): Promise<string[]> {
  const found = await workbench.beside('heads');
  return heads.flatMap((id) =>
    found.filter((each) => each.id === id).map(({ folder }) => named(folder)),
  );
}

/** Propose latents: those that tell classes where images with maps are at hand, and random ones. */
export const proposeRoute = actRoute({
  name: PROPOSE,
  schema: ProposalRequestSchema,
  isLong: true,
  act: proposeFor,
});

async function proposeFor(
  { model, ...wish }: z.output<typeof ProposalRequestSchema>,
  context: ActContext,
): Promise<ProposalAnswer> {
  const { workbench } = context;
  const folder = await workbench.folder('models', model);
  if (wish.classes.length > 0) return proposeOnMaps(folder, wish, context);
  const largest = await largestOf(model, workbench);
  const { random: count = 3, seed = 0 } = wish;
  if (largest === undefined) {
    throw new UserError('no visuals say which latents fire: none can be drawn', {
      hint: "make them with 'saev visuals'",
    });
  }
  const dice = new Random(seed, 'proposals');
  return { classes: [], random: randomLatents(largest, { count, dice }), reasons: [] };
}

async function proposeOnMaps(
  folder: string,
  wish: Parameters<typeof proposeLatents>[2],
  { workbench, signal, visitor, progress }: ActContext,
): Promise<ProposalAnswer> {
  const [maps] = await workbench.beside('maps');
  if (maps === undefined) {
    throw new UserError('no images with segmentation maps: classes have no latents', {
      hint: 'open a folder laid out as ADE20K, with objectInfo150.txt, too',
    });
  }
  progress({ doing: 'reading maps' });
  const dataset = await openDataset(
    { type: 'ade20k', root: maps.folder, split: 'training' },
    { signal },
  );
  try {
    const images = await segmentedImages(dataset);
    return await workbench.models.use(
      askableOf(workbench, folder),
      async (askable) => {
        if (askable.modality !== 'image' || askable.scaling === undefined)
          throw new UserError('latents cannot be proposed for this model', {
            hint: 'it is of texts, or does not say how its inputs were scaled',
          });
        const editable = editableOf(askable, askable.scaling);
        if (editable.modality !== 'image') throw new TypeError('an editable of another kind');
        return proposeLatents(editable, images, {
          ...wish,
          signal,
          onProgress: (done, total) => progress({ doing: 'looking at images', done, total }),
        });
      },
      { signal, visitor },
    );
  } finally {
    await dataset.close();
  }
}
