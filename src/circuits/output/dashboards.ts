// What `saev visuals` has written about the features of a graph: their records, and the address of their pages.
import { join, relative, sep } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { kindOfPath, readJson } from '../../base/files.ts';
import type { FeatureDetails } from '../../pages/circuit-page.ts';
import { checkFeatureDetails } from '../../pages/circuit-page-check.ts';
import type { CircuitGraph } from '../graph/graph.ts';

/** Folders of visuals, one a layer, whose name has `{layer}` where the number of the layer stands. */
export interface Dashboards {
  readonly template: string;
  /** Records of the features of a graph by `LAYER/INDEX`; those that have none are left out. */
  detailsOf(graph: Pick<CircuitGraph, 'nodes'>): Promise<Record<string, FeatureDetails>>;
  /** Address of the pages, relative to a folder, with `{layer}`; undefined where there are none. */
  addressFrom(folder: string): string | undefined;
}

/**
 * Open the dashboards of some layers.
 *
 * @throws {UserError} for a template without `{layer}` when there are more layers than one, and when no layer has a
 * folder of dashboards.
 */
export async function openDashboards(
  template: string,
  layers: readonly number[],
): Promise<Dashboards> {
  if (layers.length > 1 && !template.includes('{layer}')) {
    throw new UserError(`invalid dashboards: '${template}'`, {
      hint: 'write {layer} where the number of the layer stands, as visuals/{layer}/sort_by_patch',
    });
  }
  const folderOf = (layer: number): string => template.replaceAll('{layer}', String(layer));
  const known = new Set<number>();
  let hasPages = false;
  for (const layer of layers) {
    const folder = folderOf(layer);
    if ((await kindOfPath(join(folder, 'dashboards'))) !== 'folder') continue;
    known.add(layer);
    hasPages ||= (await kindOfPath(join(folder, 'index.html'))) === 'file';
  }
  if (known.size === 0) {
    throw new UserError(`missing dashboards: '${join(folderOf(layers[0] ?? 0), 'dashboards')}'`, {
      hint: 'name the folders that saev visuals has written, those with dashboards/ in them',
    });
  }
  return {
    template,
    async detailsOf({ nodes }) {
      const details: Record<string, FeatureDetails> = {};
      for (const { kind, layer, feature } of nodes) {
        const key = `${layer}/${feature}`;
        if (kind !== 'feature' || details[key] !== undefined || !known.has(layer)) continue;
        const path = join(folderOf(layer), 'dashboards', `${feature}.json`);
        // A feature that fired on none of the texts shown has none.
        if ((await kindOfPath(path)) !== 'file') continue;
        details[key] = checkFeatureDetails(await readJson(path, 'dashboard'), key);
      }
      return details;
    },
    addressFrom(folder) {
      if (!hasPages) return undefined;
      const address = relative(folder, join(template, 'index.html'));
      return address
        .split(sep)
        .map((part) => part.replace(/[%?#]/g, encodeURIComponent))
        .join('/');
    },
  };
}
