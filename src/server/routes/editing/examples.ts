// The example of an edit: its pixels, what it shows where that is known, and what the command calls it.
import { UserError } from '../../../base/errors.ts';
import type { Example } from '../../../pages/ask.ts';
import { openPicturesOfRun } from '../../../studies/asking/pictures-of-run.ts';
import type { EditedExample } from '../../../studies/steering/edit.ts';
import { imageOfDataset, pictureOfPage } from '../../../studies/steering/numbered-image.ts';
import type { RepeatedExample } from '../../../studies/steering/repeat.ts';
import { givenExample } from '../ask.ts';
import { folderOfImages } from '../askables.ts';
import type { ActContext } from '../route.ts';
import { named } from './named.ts';

/** An example to edit. */
export interface ExampleToEdit {
  readonly example: EditedExample;
  readonly notes: readonly string[];
  /** How the command names it. */
  readonly called: RepeatedExample;
  /** The tree that its truth was found in, as the command names it. */
  readonly maps?: string;
}

/**
 * Find an example for an edit of the coder in `coder`. One of a page, or of a run, is an image of the run by its number,
 * whether the page shows it or not, where these images are at hand.
 * @throws {UserError} for a page or an example that there is not
 */
export async function exampleToEdit(
  example: Example,
  coder: string,
  context: ActContext,
): Promise<ExampleToEdit> {
  if ('text' in example) return { example, notes: [], called: example };
  const { image } = example;
  if ('upload' in image) {
    const given = await givenExample(example, context);
    return { ...given, called: { image: image.name ?? 'image.png' } };
  }
  const { workbench, signal } = context;
  const folder = await folderOfImages(image.features, workbench);
  const ofRun = folder && (await imageOfRun(folder, image.example, context));
  if (ofRun) {
    const { tree, ...found } = ofRun;
    const imagesOf = folder === coder ? {} : { imagesOf: named(folder) };
    const called = { number: image.example, ...imagesOf };
    return { ...found, called, ...(tree !== undefined && { maps: named(tree) }) };
  }
  signal.throwIfAborted();
  const page = await workbench.folder('features', image.features);
  const picture = await pictureOfPage(page, image.example);
  return { ...picture, called: { number: image.example, imagesOf: named(page) } };
}

/** An image that a run was trained on; undefined where these are not at hand. */
async function imageOfRun(
  folder: string,
  number: number,
  { workbench, signal, visitor }: ActContext,
) {
  const opening = {
    key: `images of ${folder}`,
    open: (opened: AbortSignal) => openPicturesOfRun(folder, { signal: opened }),
  };
  const trees = (await workbench.beside('maps')).map((each) => each.folder);
  try {
    return await workbench.models.use(
      opening,
      (dataset) => imageOfDataset(dataset, number, trees),
      { signal, visitor },
    );
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
