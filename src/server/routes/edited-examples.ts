// The example of an edit: its pixels, what it shows where that is known, and what people call it.
import { isAbsolute, relative } from 'node:path';
import { UserError } from '../../base/errors.ts';
import type { Example } from '../../pages/ask.ts';
import { openPicturesOfRun } from '../../studies/asking/pictures-of-run.ts';
import type { EditedExample } from '../../studies/steering/edit.ts';
import { truthIn } from '../../studies/steering/truth-beside.ts';
import { givenExample } from './ask.ts';
import type { ActContext } from './route.ts';

/** An example to edit. */
export interface ExampleToEdit {
  readonly example: EditedExample;
  readonly notes: readonly string[];
  /** A text, or the path or name of a picture, as the command takes it. */
  readonly called: string;
}

/**
 * Find an example. One of a page, or of a run, is an image of the run by its number, whether the page shows it or not,
 * where these images are at hand.
 * @throws {UserError} for a page or an example that there is not
 */
export async function exampleToEdit(example: Example, context: ActContext): Promise<ExampleToEdit> {
  if ('text' in example) return { example, notes: [], called: example.text };
  const { image } = example;
  if ('upload' in image) {
    const given = await givenExample(example, context);
    return { ...given, called: image.name ?? 'image.png' };
  }
  const { workbench, signal, visitor } = context;
  const { features, runs } = await workbench.catalogue();
  // A run that has no page yet stands for its images, too.
  const { run } = features.find(({ id }) => id === image.features) ?? {
    run: runs.find(({ id }) => id === image.features)?.id,
  };
  const ofRun = run && (await pictureOf(run, image.example, context));
  if (ofRun) return ofRun;
  signal.throwIfAborted();
  const given = await givenExample(example, { ...context, visitor });
  return { ...given, called: `example-${image.example}.jpg` };
}

async function pictureOf(
  run: string,
  number: number,
  { workbench, signal, visitor }: ActContext,
): Promise<ExampleToEdit | undefined> {
  const folder = await workbench.folder('runs', run);
  const opening = {
    key: `images of ${folder}`,
    open: (opened: AbortSignal) => openPicturesOfRun(folder, { signal: opened }),
  };
  try {
    return await workbench.models.use(
      opening,
      async (dataset) => {
        const pixels = await dataset.image(number);
        const { source } = dataset.entry(number);
        const classes = await dataset.segmentationClasses?.();
        const truth =
          classes === undefined
            ? await truthIn(await workbench.beside('maps').then(foldersOf), source)
            : { map: await dataset.segmentation!(number), classes };
        const called = isAbsolute(source) ? relative(process.cwd(), source) : source;
        return { example: { image: pixels, truth }, notes: [], called };
      },
      { signal, visitor },
    );
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

const foldersOf = (found: readonly { readonly folder: string }[]): string[] =>
  found.map(({ folder }) => folder);
