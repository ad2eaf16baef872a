// Where features of earlier transcoders lead in the workbench.
import { expect, it } from 'vitest';
import type { PageIndex } from '../../src/pages/feature-page.ts';
import { withEarlierPages } from '../../web/src/workbench/earlier-pages.ts';

const pageOf = (page: string | undefined) => {
  const texts = {
    special: [],
    nHeads: 1,
    nHeadLayers: 1,
    earlier: [{ name: 'a', layer: 1, page }],
  };
  const index = { modality: 'text', texts } as unknown as PageIndex;
  const pages = [
    { id: 'one', folder: 'demo out/dashboards/layer-1/sort_by_patch' },
    { id: 'broken', folder: 'demo out/broken', fault: 'damaged' },
  ];
  const found = withEarlierPages(index, 'demo out/dashboards/layer-2/sort_by_patch', pages);
  return found.modality === 'text' ? found.texts.earlier[0]!.page : 'none';
};

it('leads to pages that were found, and nowhere else', () => {
  expect(pageOf('../../layer-1/sort_by_patch/index.html')).toBe('#/features/one');
  expect(pageOf('../../layer-3/sort_by_patch/index.html')).toBeUndefined();
  expect(pageOf('../../../broken/index.html')).toBeUndefined();
  expect(pageOf('javascript:alert(1)')).toBeUndefined();
  expect(pageOf('http://[')).toBeUndefined();
  expect(pageOf(undefined)).toBeUndefined();
});
