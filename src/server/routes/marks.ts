// Bookmarks, names and notes of features, kept beside their page.
import { z } from 'zod';
import { MARKS, type MarkChange, marksPath } from '../../pages/marks.ts';
import { MarkChangesSchema, readMarks, writeMarks } from '../../visuals/marks/marks-file.ts';
import { actRoute, type DataRoute } from './route.ts';

/** Bytes of the largest change: marks that are imported come at once. */
const MOST_BYTES = 2 ** 24;

export const MARKS_ROUTES: readonly DataRoute[] = [
  {
    path: marksPath(':id'),
    read: async ({ id }, workbench) => readMarks(await workbench.folder('features', id!)),
    async list(workbench) {
      const { features } = await workbench.catalogue();
      return features.filter(({ fault }) => fault === undefined).map(({ id }) => ({ id }));
    },
  },
];

/** Change marks. */
export const marksRoute = actRoute({
  name: MARKS,
  schema: z.strictObject({
    features: z.string().min(1),
    coder: z.string().max(100).optional(),
    changes: MarkChangesSchema,
  }),
  maxBytes: MOST_BYTES,
  act: async ({ features, coder, changes }, { workbench }) =>
    writeMarks(
      await workbench.folder('features', features),
      changes as readonly MarkChange[],
      coder,
    ),
});
