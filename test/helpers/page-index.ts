// The index of a written page, its columns as plain lists.
import { readFile } from 'node:fs/promises';
import type { FeatureColumns, PageIndex } from '../../src/pages/feature-page.ts';
import { unpackIndex } from '../../src/pages/features/packed-index.ts';

type Plain<T> = T extends Uint32Array | Float32Array ? number[] : T;

/** An index as tests compare it. */
export type ListedIndex<Index extends PageIndex = PageIndex> = Index extends PageIndex
  ? Omit<Index, 'features'> & {
      readonly features: { readonly [Name in keyof FeatureColumns]: Plain<FeatureColumns[Name]> };
    }
  : never;

/** Read the index inside an index.html. */
export async function readIndexOf<Index extends PageIndex = PageIndex>(
  path: string,
): Promise<ListedIndex<Index>> {
  const html = await readFile(path, 'utf8');
  const index = unpackIndex(JSON.parse(/id="saev-index">(.*?)<\/script>/s.exec(html)![1]!));
  const features = Object.fromEntries(
    Object.entries(index.features).map(([name, column]) => [
      name,
      ArrayBuffer.isView(column) ? Array.from(column as Float32Array) : column,
    ]),
  );
  return { ...index, features } as unknown as ListedIndex<Index>;
}
