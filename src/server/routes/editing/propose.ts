// Proposals of latents on the workbench: those that tell classes, and random ones to compare with.
import type { z } from 'zod';
import { segmentedImages } from '../../../activations/labels/class-maps.ts';
import { UserError } from '../../../base/errors.ts';
import { Random } from '../../../base/random.ts';
import { openDataset } from '../../../data/datasets/open-dataset.ts';
import { PROPOSE, type ProposalAnswer } from '../../../pages/edit.ts';
import { editableOf } from '../../../studies/steering/editable-of.ts';
import { proposeLatents, randomLatents } from '../../../studies/steering/proposals.ts';
import { ProposalRequestSchema } from '../../../studies/steering/request.ts';
import { askableOf } from '../askables.ts';
import { type ActContext, actRoute } from '../route.ts';
import { largestOf } from './data.ts';

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
