// Pages of earlier transcoders as views of the workbench: the page itself names files beside it, which no server gives.
import type { FeaturesEntry } from '../../../src/pages/catalogue.ts';
import type { PageIndex } from '../../../src/pages/feature-page.ts';
import { hashOf } from './address.ts';

/** Where relative addresses are resolved; nothing is asked of it. */
const ORIGIN = 'http://page.invalid';

/**
 * Let the features of earlier transcoders lead to the pages that were found; those that were not lead nowhere. `folder` is
 * that of the page.
 */
export function withEarlierPages(
  index: PageIndex,
  folder: string,
  pages: readonly Pick<FeaturesEntry, 'id' | 'folder' | 'fault'>[],
): PageIndex {
  if (index.modality !== 'text') return index;
  const earlier = index.texts.earlier.map(({ page, ...about }) => {
    const place = page === undefined ? undefined : placeOf(page, folder);
    const found = pages.find((each) => each.folder === place && each.fault === undefined);
    return { ...about, page: found && hashOf('features', found.id) };
  });
  return { ...index, texts: { ...index.texts, earlier } };
}

/** The folder that an address means, from the opened folders on; undefined for one that is no address. */
function placeOf(page: string, folder: string): string | undefined {
  const base = `${ORIGIN}/${folder.split('/').map(encodeURIComponent).join('/')}/`;
  try {
    const { origin, pathname } = new URL(page, base);
    if (origin !== ORIGIN) return undefined;
    return decodeURIComponent(pathname)
      .replace(/^\//, '')
      .replace(/\/(index\.html)?$/, '');
  } catch {
    return undefined;
  }
}
