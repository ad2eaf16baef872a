// Edits on the workbench, with the command that does them again.
import type { z } from 'zod';
import { UserError } from '../../../base/errors.ts';
import { EDIT, type EditAnswer } from '../../../pages/edit.ts';
import { edit } from '../../../studies/steering/edit.ts';
import { withOwnCodes } from '../../../studies/steering/heads/own-codes.ts';
import { repeatCommand } from '../../../studies/steering/repeat.ts';
import { EditRequestSchema } from '../../../studies/steering/request.ts';
import { checkWithin, exampleLimits } from '../../safety/within-limits.ts';
import type { Workbench } from '../../workbench.ts';
import { askableOf } from '../askables.ts';
import { type ActContext, actRoute } from '../route.ts';
import { exampleToEdit } from './examples.ts';
import { headsOf } from './heads.ts';
import { named } from './named.ts';

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
  const given = await exampleToEdit(example, folder, context);
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
        heads: await withOwnCodes(fitting, folder),
        limits,
        signal,
      });
      const shown = answer.sections.flatMap((each) => ('head' in each ? [each.head] : []));
      const repeat = repeatCommand({
        ...options,
        run: named(folder),
        example: given.called,
        ...(given.maps !== undefined && { maps: [given.maps] }),
        heads: await foldersOf(shown, workbench),
      });
      return { ...answer, reasons: [...given.notes, ...answer.reasons], repeat };
    },
    { signal, visitor },
  );
}

async function foldersOf(heads: readonly string[], workbench: Workbench): Promise<string[]> {
  const found = await workbench.beside('heads');
  return heads.flatMap((id) =>
    found.filter((each) => each.id === id).map(({ folder }) => named(folder)),
  );
}
