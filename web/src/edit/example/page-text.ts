// Texts of a page of features, to begin with.
import { FEATURE_ROUTES } from '../../../../src/pages/feature-page.ts';
import { unpackIndex } from '../../../../src/pages/features/packed-index.ts';
import type { PageSource } from '../../../../src/pages/source.ts';

/** Tokens of the text that the view begins with: enough to see something, and quickly run. */
const FIRST_TOKENS = 32;

/** The text of some context that the page of features shows, without signs. */
export async function textOfPage(source: PageSource, features: string): Promise<string> {
  return contextOf(source, features, { isRandom: true });
}

/** The beginning of the first context of the page. */
export async function firstText(source: PageSource, features: string): Promise<{ text: string }> {
  return { text: await contextOf(source, features, { isRandom: false, most: FIRST_TOKENS }) };
}

async function contextOf(
  source: PageSource,
  features: string,
  { isRandom, most }: { readonly isRandom: boolean; readonly most?: number },
): Promise<string> {
  const below = (n: number): number => (isRandom ? Math.floor(Math.random() * n) : 0);
  const index = unpackIndex(await source.get(FEATURE_ROUTES.index(features)));
  const nChunks = Math.ceil(index.features.latent.length / index.chunkSize);
  if (nChunks === 0) return '';
  const chunk = await source.get(FEATURE_ROUTES.chunk(features, below(nChunks)));
  if (!('texts' in chunk) || index.modality !== 'text') return '';
  const contexts = Object.values(chunk.texts);
  const chosen = contexts[below(contexts.length)];
  if (chosen === undefined) return '';
  const bytes = Uint8Array.from(atob(chosen), (char) => char.charCodeAt(0));
  const Indices = chunk.vocabulary.length <= 2 ** 16 ? Uint16Array : Uint32Array;
  const special = new Set(index.texts.special);
  return [...new Indices(bytes.buffer)]
    .map((token) => chunk.vocabulary[token]!)
    .filter((word) => !special.has(word))
    .slice(0, most)
    .join('')
    .trim();
}
