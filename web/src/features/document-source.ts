// The data of a page that stands alone: in islands inside it, or in script files beside it, which open without a server.
import {
  PAGE_NAMES,
  type PackedIndex,
  type PageChunk,
  type SiblingPage,
} from '../../../src/pages/feature-page.ts';
import { takeIsland } from '../shared/islands.ts';
import { checkIndex, type FeatureSource, type NearPage } from './feature-source.ts';

/**
 * Read the features that came with the document.
 *
 * @throws {Error} when it holds none, or those of another version.
 */
export function documentSource(): FeatureSource {
  const found = takeIsland<PackedIndex>(PAGE_NAMES.index);
  if (found === undefined) throw new Error('This page holds no features.');
  const index = checkIndex(found);
  const waiting = new Map<number, (chunk: PageChunk) => void>();
  Object.assign(globalThis, {
    [PAGE_NAMES.receive]: (n: number, chunk: PageChunk): void => waiting.get(n)?.(chunk),
  });
  let inlined: Readonly<Record<string, string>> | undefined;
  return {
    index,
    loadChunk(n) {
      const island = takeIsland<PageChunk>(PAGE_NAMES.chunk(n));
      if (island !== undefined) return Promise.resolve(island);
      return new Promise((resolve, reject) => {
        waiting.set(n, resolve);
        const src = PAGE_NAMES.chunkFile(n);
        loadScript(src, () => reject(new Error(`${src} could not be loaded`)));
      });
    },
    image(example) {
      inlined ??= takeIsland<Record<string, string>>(PAGE_NAMES.images) ?? {};
      const inside = inlined[example];
      if (inside !== undefined || index.modality !== 'image') return inside ?? '';
      return PAGE_NAMES.imageFile(index.images, example);
    },
    ...(index.hasSiblings === true && { siblings: loadSiblings }),
  };
}

/** Load the list of the pages near this one; none where it has gone. */
function loadSiblings(): Promise<readonly NearPage[]> {
  const here = decodeURIComponent(location.pathname).split('/').slice(-3, -1).join('/');
  return new Promise((resolve) => {
    const receive = (pages: readonly SiblingPage[]): void =>
      resolve(
        pages
          .filter(({ path }) => /^[^/\\]+\/sort_by_\w+$/.test(path))
          .map(({ path, title, about }) => ({
            address: `../../${path.split('/').map(encodeURIComponent).join('/')}/index.html`,
            name: `${path.split('/')[0]}: ${title} (${about})`,
            isHere: path === here,
          })),
      );
    Object.assign(globalThis, { [PAGE_NAMES.receivePages]: receive });
    loadScript(PAGE_NAMES.pagesFile, () => resolve([]));
  });
}

function loadScript(src: string, onError: () => void): void {
  const script = document.createElement('script');
  script.src = src;
  script.onerror = onError;
  script.onload = () => script.remove();
  document.head.append(script);
}
