// An example drawn from a page of features.
import {
  FEATURE_ROUTES,
  type PageChunk,
  type TextChunk,
} from '../../../../src/pages/feature-page.ts';
import type { PageSource } from '../../../../src/pages/source.ts';
import { tokensOf } from '../../examples/contexts.ts';
import { openLatentPage } from '../latent-page.ts';

/** Draw a picture of a page, another than `before` where there is one; gives its number. */
export async function randomPicture(
  source: PageSource,
  id: string,
  before: number | undefined,
): Promise<number> {
  const chunk = await randomChunk(source, id);
  const numbers = chunk.features.flatMap((feature) =>
    'examples' in feature ? feature.examples.map(({ example }) => example) : [],
  );
  const others = numbers.filter((number) => number !== before);
  const [drawn] = [oneOf(others.length > 0 ? others : numbers)];
  if (drawn === undefined) throw new Error('This page has no pictures.');
  return drawn;
}

/** Draw a text of a page, without the signs that begin it. */
export async function randomText(source: PageSource, id: string): Promise<string> {
  const { index } = await openLatentPage(source, id);
  const special = new Set(index.modality === 'text' ? index.texts.special : []);
  const chunk = await randomChunk(source, id);
  const examples = chunk.features.flatMap((feature) =>
    'groups' in feature ? feature.groups.flatMap((group) => group.examples) : [],
  );
  const drawn = oneOf(examples);
  if (drawn === undefined) throw new Error('This page has no texts.');
  return tokensOf(chunk as TextChunk, drawn)
    .map(({ text }) => text)
    .filter((text) => !special.has(text))
    .join('');
}

async function randomChunk(source: PageSource, id: string): Promise<PageChunk> {
  const { index } = await openLatentPage(source, id);
  const nChunks = Math.ceil(index.features.latent.length / index.chunkSize);
  if (nChunks === 0) throw new Error('This page has no features.');
  return source.get(FEATURE_ROUTES.chunk(id, Math.floor(Math.random() * nChunks)));
}

function oneOf<T>(items: readonly T[]): T | undefined {
  return items[Math.floor(Math.random() * items.length)];
}
