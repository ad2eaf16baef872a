// Reads the page's data: from islands inside the page, or from script files beside it, which open without a server.
import {
  PAGE_NAMES,
  PAGE_VERSION,
  type PageChunk,
  type PageIndex,
  type SiblingPage,
} from '../../../src/pages/feature-page.ts';
import { takeIsland } from '../shared/islands.ts';

/**
 * Read the index from its island.
 *
 * @throws {Error} when the page holds none, or one of another version.
 */
export function readIndex(): PageIndex {
  const index = takeIsland<PageIndex>(PAGE_NAMES.index);
  if (index === undefined) throw new Error('This page holds no features.');
  if (index.version !== PAGE_VERSION) {
    throw new Error(`This page reads features of version ${PAGE_VERSION}, not ${index.version}.`);
  }
  return index;
}

const chunks = new Map<number, Promise<PageChunk>>();
const waiting = new Map<number, (chunk: PageChunk) => void>();

/** Load chunk `n` once; later calls share the answer. Rejects when its file is missing. */
export function loadChunk(n: number): Promise<PageChunk> {
  const known = chunks.get(n);
  if (known !== undefined) return known;
  const island = takeIsland<PageChunk>(PAGE_NAMES.chunk(n));
  const loading = (island === undefined ? loadScript(n) : Promise.resolve(island)).then((chunk) => {
    if (!isWhole(chunk)) throw new Error(`${PAGE_NAMES.chunkFile(n)} is damaged`);
    return chunk;
  });
  loading.catch(() => chunks.delete(n));
  chunks.set(n, loading);
  return loading;
}

/** Whether every feature has examples: a file that was cut short or changed may say anything. */
function isWhole(chunk: Partial<PageChunk> | null): chunk is PageChunk {
  const features: readonly unknown[] = Array.isArray(chunk?.features) ? chunk.features : [];
  return (
    features.length > 0 &&
    features.every((feature) => {
      const { examples, groups, histogram } = (feature ?? {}) as Record<string, unknown>;
      return Array.isArray(histogram) && (Array.isArray(examples) || Array.isArray(groups));
    })
  );
}

/** Load the list of the pages near this one; none where it has gone. */
export function loadSiblings(): Promise<readonly SiblingPage[]> {
  return new Promise((resolve) => {
    const receive = (pages: readonly SiblingPage[]): void =>
      resolve(pages.filter(({ path }) => /^[^/\\]+\/sort_by_\w+$/.test(path)));
    Object.assign(globalThis, { [PAGE_NAMES.receivePages]: receive });
    const script = document.createElement('script');
    script.src = PAGE_NAMES.pagesFile;
    script.onerror = () => resolve([]);
    document.head.append(script);
  });
}

Object.assign(globalThis, {
  [PAGE_NAMES.receive]: (n: number, chunk: PageChunk): void => waiting.get(n)?.(chunk),
});

function loadScript(n: number): Promise<PageChunk> {
  return new Promise((resolve, reject) => {
    waiting.set(n, resolve);
    const script = document.createElement('script');
    script.src = PAGE_NAMES.chunkFile(n);
    script.onerror = () => reject(new Error(`${script.src} could not be loaded`));
    script.onload = () => script.remove();
    document.head.append(script);
  });
}
