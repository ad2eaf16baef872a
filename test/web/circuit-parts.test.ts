import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PageGraph } from '../../src/pages/circuit-page.ts';
import {
  type CircuitState,
  DEFAULT_STATE,
  formatCircuitState,
  parseCircuitState,
} from '../../web/src/circuits/circuit-state.ts';
import { layOut, neighbourOf } from '../../web/src/circuits/figure/layout.ts';
import { buildGraph } from '../../web/src/circuits/graph.ts';
import { KIND_ORDER } from '../../web/src/circuits/kinds.ts';
import { balanceOf } from '../../web/src/circuits/panel/tabs/balance.ts';
import { dashboardAddress } from '../../web/src/circuits/panel/tabs/feature-dashboard.tsx';
import { TABS } from '../../web/src/circuits/panel/tabs/tabs.ts';
import {
  readableInfluence,
  searchNodes,
  shownEdges,
  shownNodes,
} from '../../web/src/circuits/shown.ts';
import { shortToken, showToken } from '../../web/src/shared/tokens.ts';
import { circuitWorld } from '../helpers/circuit-prompt.ts';

const world = buildGraph(circuitWorld());

const states: fc.Arbitrary<CircuitState> = fc.record({
  node: fc.option(fc.string(), { nil: undefined }),
  tab: fc.oneof(fc.constantFrom(...TABS.map(({ name }) => name)), fc.string()),
  pins: fc.uniqueArray(fc.string(), { maxLength: 5 }),
  isOnlyPins: fc.boolean(),
  chosen: fc.uniqueArray(fc.string(), { maxLength: 3 }),
  open: fc.uniqueArray(fc.string(), { maxLength: 3 }),
  influence: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
  edge: fc.double({ min: 0, max: 1, noNaN: true }),
  query: fc.string(),
  zoom: fc.double({ min: 0.3, max: 3, noNaN: true }),
});

describe('the state in the address', () => {
  test('any state is read back as it was written', () => {
    fc.assert(
      fc.property(states, (state) => {
        const back = parseCircuitState(`#${formatCircuitState(state)}`);
        // JSON writes the two zeros alike.
        expect(JSON.stringify(back)).toBe(JSON.stringify(state));
      }),
    );
  });

  test('the default state is an empty address, and nonsense gives it', () => {
    expect(formatCircuitState(DEFAULT_STATE)).toBe('');
    for (const hash of ['', '#edge=2', '#influence=-1', '#zoom=99', '#edge=', '#%']) {
      expect(parseCircuitState(hash)).toEqual(DEFAULT_STATE);
    }
  });
});

describe('the graph', () => {
  test('knows every kind of node, its token and its layer', () => {
    expect(new Set(world.nodes.map(({ kind }) => kind))).toEqual(
      new Set(KIND_ORDER.filter((kind) => !['vector', 'group'].includes(kind))),
    );
    const head = world.byId.get('H_1_0_4_9')!;
    expect(head).toMatchObject({ kind: 'head', layer: 1, position: 9, label: 'Head 1.0' });
    expect(world.byId.get('0_89_9')).toMatchObject({ featureKey: '0/89', layer: 0 });
    expect(world.byId.get('B_2')).toMatchObject({ kind: 'bias', position: undefined });
    expect(world.byId.get('E_104_4')).toMatchObject({ layer: undefined, influence: undefined });
  });

  test('shares of the inputs of a node sum to 1, the largest first', () => {
    for (const node of world.nodes.filter(({ inputs }) => inputs.length > 0)) {
      const shares = node.inputs.map(({ share }) => share);
      expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 10);
      expect(shares).toEqual([...shares].sort((a, b) => b - a));
    }
  });

  test('the types of other programs are understood', () => {
    const kinds = ['lorsa', 'lorsa error', 'bias', 'cross layer transcoder', 'vector'].map(
      (feature_type, n) => ({ node_id: `${n}`, layer: '0', ctx_idx: 0, feature_type }),
    );
    const graph = buildGraph({ ...circuitWorld(), nodes: kinds, links: [] });
    expect(graph.nodes.map(({ kind }) => kind)).toEqual([
      'head',
      'error',
      'bias',
      'feature',
      'vector',
    ]);
  });

  test('an id that two nodes have names the first of them', () => {
    const node = { layer: '0', ctx_idx: 0, feature_type: 'cross layer transcoder' };
    const graph = buildGraph({
      ...circuitWorld(),
      nodes: [
        { ...node, node_id: 'a', clerp: 'first' },
        { ...node, node_id: 'a', clerp: 'second' },
      ],
      links: [],
    });
    expect(graph.byId.get('a')!.label).toBe('first');
    expect(graph.nodes).toHaveLength(2);
  });
});

describe('the sum of the inputs', () => {
  test('closes with the bias and what was cut', () => {
    const summed = world.nodes.filter(({ data }) => data.preActivation !== undefined);
    expect(summed.length).toBeGreaterThan(10);
    for (const node of summed) expect(balanceOf(node).closes, node.id).toBe(true);
  });

  test('does not close without what was cut, nor after a changed weight', () => {
    const json = circuitWorld();
    const without = buildGraph({
      ...json,
      nodes: json.nodes.map(({ remainder: _, ...node }) => node),
    });
    const changed = buildGraph({
      ...json,
      links: json.links.map((link) => ({ ...link, weight: link.weight * 1.1 })),
    });
    for (const graph of [without, changed]) {
      expect(balanceOf(graph.byId.get('5_0_9')!).closes).toBe(false);
    }
  });
});

describe('thresholds', () => {
  test('show nodes down to a share of influence, and always tokens, logits and what is kept', () => {
    const shown = shownNodes(world, 0.3, new Set(['3_92_9']));
    for (const node of world.nodes) {
      const isShown =
        node.kind === 'embedding' ||
        node.kind === 'logit' ||
        node.id === '3_92_9' ||
        node.data.influence! <= 0.3;
      expect(shown.includes(node), node.id).toBe(isShown);
    }
    expect(shown.length).toBeLessThan(world.nodes.length);
  });

  test('show edges from a share, between shown nodes only', () => {
    const shown = new Set(shownNodes(world, 0.6, new Set()));
    const edges = new Set(shownEdges(world, 0.1, shown));
    expect(edges.size).toBeGreaterThan(0);
    for (const edge of world.edges) {
      const isShown = edge.share >= 0.1 && shown.has(edge.source) && shown.has(edge.target);
      expect(edges.has(edge)).toBe(isShown);
    }
    expect(shownEdges(world, 0, new Set(world.nodes))).toHaveLength(world.edges.length);
  });

  test('start where the nodes can still be read', () => {
    expect(readableInfluence(world)).toBe(1);
    const large = buildGraph(circuitWorld({ nFeatures: 2000 }));
    const influence = readableInfluence(large);
    const shown = shownNodes(large, influence, new Set()).length;
    expect(shown).toBeLessThanOrEqual(250);
    expect(shown).toBeGreaterThan(200);
  });

  test('a search finds by label, token, id and LAYER/INDEX', () => {
    const found = (query: string): string[] => searchNodes(world, query)!.map(({ id }) => id);
    expect(searchNodes(world, ' ')).toBeUndefined();
    expect(found('0/89')).toEqual(['0_89_9']);
    expect(found('HEAD 2.5')).toEqual(['H_2_5_8_9']);
    expect(found('rifle')).toContain('P_4');
    expect(found('no such thing')).toEqual([]);
  });
});

describe('the layout', () => {
  const large = buildGraph(circuitWorld({ nFeatures: 400 }));
  const layout = layOut(large.nodes, large.tokens.length, { width: 900, height: 600 });

  test('no node lies on another, and all lie in their token’s column and their layer’s row', () => {
    expect(layout.placed).toHaveLength(large.nodes.length);
    for (const { node, x, y, row } of layout.placed) {
      const column = layout.columns.find(({ position }) => position === node.position)!;
      expect(x).toBeGreaterThan(column.left);
      expect(x).toBeLessThan(column.left + column.width);
      const { top, height } = layout.rows[row]!;
      expect(y).toBeGreaterThan(top);
      expect(y).toBeLessThan(top + height);
    }
    const overlaps = layout.placed.flatMap((a, i) =>
      layout.placed
        .slice(i + 1)
        .filter((b) => Math.abs(a.x - b.x) < 17.9 && Math.abs(a.y - b.y) < 17.9)
        .map((b) => [a.node.id, b.node.id]),
    );
    expect(overlaps).toEqual([]);
  });

  test('rows rise from the embeddings through attention and MLPs to the output', () => {
    expect(layout.rows.map(({ name }) => name)).toEqual([
      'Output',
      'MLP 3',
      'MLP 2',
      'Attn 2',
      'MLP 1',
      'Attn 1',
      'MLP 0',
      'Embed',
    ]);
  });

  test('fills the room, and grows beyond it when the nodes need more', () => {
    const few = layOut(world.nodes, world.tokens.length, { width: 2000, height: 1500 });
    expect(few.width).toBeCloseTo(2000, 6);
    expect(few.height).toBeCloseTo(1500, 6);
    const many = layOut(large.nodes, large.tokens.length, { width: 10, height: 10 });
    expect(many.width).toBeGreaterThan(400);
    expect(many.height).toBeGreaterThan(200);
    expect(layOut([], 0, { width: 0, height: 0 })).toMatchObject({ width: 0, height: 0 });
  });

  test('neighbours lie in the next row or beside, and lead back', () => {
    for (const { node, row } of layout.placed) {
      const up = neighbourOf(layout, node, 'up');
      if (row === 0) expect(up).toBeUndefined();
      else expect(layout.placed.find((place) => place.node === up)!.row).toBe(row - 1);
      const right = neighbourOf(layout, node, 'right');
      if (right !== undefined) expect(neighbourOf(layout, right, 'left')).toBe(node);
    }
  });
});

describe('small parts', () => {
  test('white space in tokens can be seen, and long tokens are cut between characters', () => {
    expect(showToken(' rifle')).toBe('·rifle');
    expect(showToken('\n\t')).toBe('⏎⇥');
    expect(showToken(' \0\x1f\x7f\x85')).toBe('·\\x00\\x1F\\x7F\\u0085');
    expect(showToken('')).toBe('∅');
    expect(shortToken('👩🏽‍🚀😀😀😀', 3)).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/);
    expect(shortToken('abcdef', 4)).toBe('abc…');
  });

  test('dashboards are opened by layer and index, and never by another scheme', () => {
    expect(dashboardAddress('layers/{layer}/index.html', '8/89')).toBe('layers/8/index.html#f=89');
    expect(dashboardAddress(undefined, '8/89')).toBeUndefined();
    for (const hostile of [
      'javascript:alert(1)',
      ' JavaScript:x',
      'https://x.test',
      '//x',
      '\\\\x',
    ]) {
      expect(dashboardAddress(hostile, '8/89')).toBeUndefined();
    }
  });

  test('a graph without nodes is a graph', () => {
    const empty: PageGraph = { ...circuitWorld(), nodes: [], links: [] };
    expect(buildGraph(empty).nodes).toEqual([]);
    expect(readableInfluence(buildGraph(empty))).toBe(1);
  });
});
