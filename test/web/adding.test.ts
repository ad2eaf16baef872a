// What is added to a page is one small file and one line in a list: shown with parts that the pages do not have.
import { createElement, type ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import type { PageIndex, TextFeature, TextPageIndex } from '../../src/pages/feature-page.ts';
import { buildGraph } from '../../web/src/circuits/graph.ts';
import type { NodeTab } from '../../web/src/circuits/panel/tabs/tab.ts';
import { TABS, tabsOf } from '../../web/src/circuits/panel/tabs/tabs.ts';
import type { SectionProps } from '../../web/src/features/feature/sections/section.tsx';
import { SECTIONS } from '../../web/src/features/feature/sections/sections.ts';
import { FeatureSections } from '../../web/src/features/feature/text-feature.tsx';
import { shortcutsOf } from '../../web/src/features/shortcuts.tsx';
import { DEFAULT_STATE, formatState, parseState } from '../../web/src/features/view-state.ts';
import type { View } from '../../web/src/features/views/view.ts';
import { toggled, VIEWS, viewsOf } from '../../web/src/features/views/views.ts';
import { circuitWorld } from '../helpers/circuit-prompt.ts';

const index = {
  modality: 'text',
  concepts: [],
  features: { latent: Uint32Array.of(7), label: [' left'] },
  texts: { special: [], nHeads: 1, nHeadLayers: 1, earlier: [{ name: 'l0', layer: 0 }] },
} as unknown as TextPageIndex;
const table = { top: [[0, 2]], bottom: [[1, -1]] } as const;
const feature: TextFeature = {
  histogram: [],
  upper: 1,
  groups: [],
  logits: { ...table, heights: [1, 2], low: -1, high: 1 },
  embeddings: table,
  heads: { norms: [1], strongest: [] },
  pullbacks: [table],
  nearest: { decoder: [[8, 0.9]], together: [] },
};
const chunk = { features: [feature], vocabulary: [' left', ' right'], texts: {} };

const Toy = ({ feature: { upper } }: SectionProps): ReactNode =>
  createElement('section', { 'aria-label': 'Toy' }, `at most ${upper}`);

const Nothing = (): null => null;

test('a section of a feature', () => {
  const names = (sections = SECTIONS): string[] => {
    const html = renderToStaticMarkup(
      createElement(FeatureSections, { index, chunk, feature, sections }),
    );
    return [...html.matchAll(/aria-label="([^":]+)"/g)]
      .map(([, name]) => name!)
      .filter((name) => !name.startsWith('Hist') && !name.startsWith('Norms'));
  };
  const known = ['Logits', 'Embeddings', 'Heads', 'Features of block 0', 'Nearest features'];
  expect(names()).toEqual(known);
  expect(names([...SECTIONS, Toy])).toEqual([...known, 'Toy']);
});

test('a view has its button, its key, its line in the help and its address', () => {
  const toy: View = {
    name: 'toy',
    title: 'Toys',
    key: 't',
    isFor: ({ modality }) => modality === 'text',
    View: Nothing,
  };
  const views = [...VIEWS, toy];
  expect(viewsOf(index, views)).toContain(toy);
  expect(viewsOf({ ...index, modality: 'image' } as unknown as PageIndex, views)).not.toContain(
    toy,
  );

  let state = DEFAULT_STATE;
  const press = (): unknown =>
    shortcutsOf({
      index,
      state,
      change: (part) => {
        state = { ...state, ...part };
      },
      step: () => undefined,
      back: () => undefined,
      bookmark: () => undefined,
      views,
    }).find(({ keys, meaning }) => keys[0] === 't' && meaning?.startsWith('toys'))!.run!('t');
  press();
  expect(state.view).toBe('toy');
  expect(parseState(`#${formatState(state)}`)).toEqual(state);
  press();
  expect(state).toEqual(DEFAULT_STATE);
  expect(toggled({ ...DEFAULT_STATE, view: 'concepts' }, toy).view).toBe('toy');
});

test('a tab of a node', () => {
  const graph = buildGraph(circuitWorld());
  const toy: NodeTab = {
    name: 'toy',
    title: ({ label }) => `Toy of ${label}`,
    isFor: ({ kind }) => kind === 'head',
    Tab: Nothing,
  };
  const namesOf = (id: string): string[] =>
    tabsOf(graph.byId.get(id)!, [...TABS, toy]).map(({ name }) => name);
  expect(namesOf('H_2_7_4_9')).toEqual(['inputs', 'outputs', 'toy']);
  expect(namesOf('0_89_9')).toEqual(['inputs', 'outputs', 'feature']);
});
