// Asking models about an example.
import { UserError } from '../../base/errors.ts';
import { ASK, type Example, type ModelAnswer } from '../../pages/ask.ts';
import { openPageFolder } from '../../pages/page-folder.ts';
import { ask } from '../../studies/asking/ask.ts';
import type { AskedExample } from '../../studies/asking/example-image.ts';
import { openPicturesOfRun } from '../../studies/asking/pictures-of-run.ts';
import { AskRequestSchema } from '../../studies/asking/request.ts';
import { sentenceOf } from '../answers/errors.ts';
import { withoutRoots } from '../answers/without-roots.ts';
import { checkWithin, exampleLimits } from '../safety/within-limits.ts';
import { askableOf, folderOfImages } from './askables.ts';
import { type ActContext, actRoute } from './route.ts';

/** Ask several models; what goes wrong in one is its answer. */
export const askRoute = actRoute({
  name: ASK,
  schema: AskRequestSchema,
  takesUpload: true,
  async act({ models, example, top, latents, signs }, context) {
    const { workbench, signal, visitor } = context;
    checkWithin({ example, latents }, workbench.limits);
    const limits = exampleLimits(workbench.limits);
    const given = await givenExample(example, context);
    const answers = await Promise.all(
      models.map(async (id): Promise<ModelAnswer> => {
        try {
          const folder = await workbench.folder('models', id);
          const { notes, ...answer } = await workbench.models.use(
            askableOf(workbench, folder),
            (askable) => ask(askable, given.example, { top, latents, signs, limits, signal }),
            { signal, visitor },
          );
          return { ...answer, model: id, notes: [...notes, ...given.notes] };
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          return { model: id, error: withoutRoots(sentenceOf(error), workbench) };
        }
      }),
    );
    return { answers };
  },
});

/** An example with its pixels, and what to know of them. */
export interface GivenExample {
  readonly example: AskedExample;
  readonly notes: readonly string[];
}

/**
 * Find the pixels of an example: those that were sent, or those of an example of a page, in full where its images are at
 * hand.
 * @throws {UserError} for a page or an example that there is not
 */
export async function givenExample(example: Example, context: ActContext): Promise<GivenExample> {
  if ('text' in example) return { example, notes: [] };
  const { image } = example;
  if ('upload' in image) {
    const bytes = Buffer.from(image.upload, 'base64');
    return { example: { image: bytes, name: image.name ?? 'image' }, notes: [] };
  }
  const { workbench, signal, visitor } = context;
  const folder = await folderOfImages(image.features, workbench);
  if (folder !== undefined) {
    const opening = {
      key: `images of ${folder}`,
      open: (opened: AbortSignal) => openPicturesOfRun(folder, { signal: opened }),
    };
    try {
      const pixels = await workbench.models.use(
        opening,
        async (dataset) =>
          image.example < dataset.length ? dataset.image(image.example) : undefined,
        { signal, visitor },
      );
      if (pixels !== undefined) return { example: { image: pixels }, notes: [] };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
  // The page has smaller pictures of the examples that it shows.
  const page = await workbench.folder('features', image.features);
  const picture = await openPageFolder(page).picture(image.example);
  return {
    example: { image: picture.bytes, name: `example ${image.example}` },
    notes: ["The example's image is not at hand: this is about the smaller picture of its page."],
  };
}
