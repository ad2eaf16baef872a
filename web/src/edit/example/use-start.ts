// What the view begins with where the address names nothing: an image or a text that is at hand.
import type { EditablePage } from '../../../../src/pages/edit.ts';
import { FEATURE_ROUTES } from '../../../../src/pages/feature-page.ts';
import type { PageSource } from '../../../../src/pages/source.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { firstText } from './page-text.ts';

/** Examples to begin with. */
export interface Start {
  /** Number of an image. */
  readonly example?: number;
  readonly text?: string;
  /** The images that there are pictures of, ascending; undefined where all are at hand. */
  readonly pictures?: readonly number[];
}

/** Chunks of features whose examples a published page offers. */
const CHUNKS = 4;

/** Find an example to begin with; undefined while it is looked for. A page without a server has those that it shows. */
export function useStart(
  source: PageSource,
  page: EditablePage,
  features: string | undefined,
): Start | undefined {
  const { model, kind, nExamples = 0 } = page;
  const found = useLoaded(`${model} ${features}`, async (): Promise<Start> => {
    if (kind === 'text') return features === undefined ? {} : firstText(source, features);
    if (source.kind === 'server') return nExamples > 0 ? { example: 0 } : {};
    return features === undefined ? { pictures: [] } : picturesOf(source, features);
  });
  // What cannot be read is said where it is asked for.
  return found?.error === undefined ? found?.value : {};
}

/** The pictures that were published with the first features of a page; it begins with that of the very first. */
async function picturesOf(source: PageSource, features: string): Promise<Start> {
  const { features: all, chunkSize } = await source.get(FEATURE_ROUTES.index(features));
  const nChunks = Math.min(CHUNKS, Math.ceil(all.count / chunkSize));
  const numbers: number[] = [];
  for (let n = 0; n < nChunks; n++)
    for (const each of (await source.get(FEATURE_ROUTES.chunk(features, n))).features)
      if ('examples' in each) numbers.push(...each.examples.map(({ example }) => example));
  const [example] = numbers;
  const pictures = [...new Set(numbers)].sort((a, b) => a - b);
  return example === undefined ? { pictures } : { example, pictures };
}
