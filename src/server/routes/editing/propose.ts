// Proposals of latents on the workbench: those that tell classes, and random ones to compare with.
import type { z } from 'zod';
import { UserError } from '../../../base/errors.ts';
import { PROPOSE, type ProposalAnswer } from '../../../pages/edit.ts';
import {
  type FoundClass,
  proposalAnswer,
} from '../../../studies/steering/proposing/proposal-answer.ts';
import { proposeOnTree } from '../../../studies/steering/proposing/propose-on-tree.ts';
import { ProposalRequestSchema } from '../../../studies/steering/request.ts';
import { askableOf } from '../askables.ts';
import { type ActContext, actRoute } from '../route.ts';
import { largestOf } from './data.ts';

type Wish = z.output<typeof ProposalRequestSchema>;

/** Propose latents: those that tell classes where images with maps are at hand, and random ones. */
export const proposeRoute = actRoute({
  name: PROPOSE,
  schema: ProposalRequestSchema,
  isLong: true,
  async act(wish, context): Promise<ProposalAnswer> {
    const classes = wish.classes.length > 0 ? await proposeClasses(wish, context) : [];
    const largest = await largestOf(wish.model, context.workbench);
    return proposalAnswer(wish, { classes, largest });
  },
});

async function proposeClasses(
  { model, classes, k }: Wish,
  { workbench, signal, visitor, progress }: ActContext,
): Promise<FoundClass[]> {
  const folder = await workbench.folder('models', model);
  const [maps] = await workbench.beside('maps');
  if (maps === undefined) {
    throw new UserError('no images with segmentation maps: classes have no latents', {
      hint: 'open a folder laid out as ADE20K, with objectInfo150.txt, too',
    });
  }
  progress({ doing: 'reading maps' });
  return workbench.models.use(
    askableOf(workbench, folder),
    (askable) =>
      proposeOnTree(askable, maps.folder, {
        classes,
        k,
        signal,
        onProgress: (done, total) => progress({ doing: 'looking at images', done, total }),
      }),
    { signal, visitor },
  );
}
