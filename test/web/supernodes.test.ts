// Supernodes of the circuit page: what they sum to, and what people do to marks.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PageGraph } from '../../src/pages/circuit-page.ts';
import { NO_MARKS, type Supernode } from '../../src/pages/circuits/marks.ts';
import { buildGraph, type CircuitGraph } from '../../web/src/circuits/graph.ts';
import {
  grouped,
  noted,
  relabelled,
  renamedGroup,
  renamedSubgraph,
  takenOut,
  ungrouped,
  withoutSubgraph,
  withSubgraph,
} from '../../web/src/circuits/marks/changes.ts';
import { graphKey } from '../../web/src/circuits/marks/draft.ts';
import { groupId, nodeIds, withSupernodes } from '../../web/src/circuits/marks/supernodes.ts';
import { balanceOf } from '../../web/src/circuits/panel/tabs/balance.ts';
import { searchNodes } from '../../web/src/circuits/shown.ts';
import { circuitWorld } from '../helpers/circuit-prompt.ts';

const json = circuitWorld({ nFeatures: 40 });
const world = buildGraph(json);
const ids = world.nodes.map(({ id }) => id);

/** Supernodes that share no node. */
const groupings: fc.Arbitrary<Supernode[]> = fc
  .tuple(
    fc.shuffledSubarray(ids, { minLength: 1 }),
    fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 5 }),
  )
  .map(([picked, sizes]) => {
    let at = 0;
    return sizes.flatMap((size, n) => {
      const own = picked.slice(at, at + size);
      at += size;
      return own.length === 0 ? [] : [{ name: `group ${n}`, ids: own }];
    });
  });

const sumBetween = (
  graph: CircuitGraph,
  from: ReadonlySet<string>,
  to: ReadonlySet<string>,
): number =>
  graph.edges
    .filter(({ source, target }) => from.has(source.id) && to.has(target.id))
    .reduce((sum, { weight }) => sum + weight, 0);

const total = ({ edges, nodes }: CircuitGraph): number =>
  edges.reduce((sum, { weight }) => sum + weight, 0) +
  nodes.reduce((sum, { inside = 0 }) => sum + inside, 0);

describe('supernodes', () => {
  test('give and get what their nodes do together, and every sum closes', () => {
    fc.assert(
      fc.property(groupings, (groups) => {
        const graph = withSupernodes(world, groups);
        expect(new Set(graph.nodes.flatMap(nodeIds))).toEqual(new Set(ids));
        expect(graph.nodes).toHaveLength(
          ids.length - groups.reduce((sum, group) => sum + group.ids.length - 1, 0),
        );
        expect(total(graph)).toBeCloseTo(total(world), 8);
        graph.nodes.forEach((node, n) => {
          expect(node.n).toBe(n);
          if (node.data.preActivation !== undefined) expect(balanceOf(node).closes).toBe(true);
        });
        for (const group of groups) {
          const node = graph.byId.get(groupId(group))!;
          expect(node.members!.map(({ id }) => id)).toEqual(group.ids);
          const own = new Set(group.ids);
          expect(node.inside).toBeCloseTo(sumBetween(world, own, own), 8);
          for (const { source, weight } of node.inputs)
            expect(weight).toBeCloseTo(sumBetween(world, new Set(nodeIds(source)), own), 8);
          for (const { target, weight } of node.outputs)
            expect(weight).toBeCloseTo(sumBetween(world, own, new Set(nodeIds(target))), 8);
          const shares = node.inputs.map(({ share }) => share);
          if (shares.length > 0) expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 8);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('that are shown node by node, or are none, leave the graph as it is', () => {
    fc.assert(
      fc.property(groupings, (groups) => {
        expect(withSupernodes(world, groups, new Set(groups.map(groupId)))).toBe(world);
      }),
      { numRuns: 20 },
    );
    expect(withSupernodes(world, [{ name: 'gone', ids: ['gone'] }])).toBe(world);
  });

  test('stand at a place of one of their nodes, and are found by what their nodes are called', () => {
    const group = { name: 'rifles', ids: ['0_89_9', '3_92_9', '1_90_9'] };
    const graph = withSupernodes(world, [group]);
    const node = graph.byId.get('3_92_9')!;
    expect(node).toMatchObject({
      label: 'rifles',
      kind: 'group',
      layer: 1,
      position: 9,
      row: 'mlp',
    });
    expect(graph.byId.get('0_89_9')).toBe(node);
    for (const query of ['RIFLES', '3/92'])
      expect(searchNodes(graph, query)!.includes(node), query).toBe(true);
  });

  test('own labels take the place of those of the graph', () => {
    const named = buildGraph(json, new Map([['0_89_9', 'guns']]));
    expect(named.byId.get('0_89_9')!.label).toBe('guns');
  });

  test('a self-loop and several edges between two nodes are summed, too', () => {
    const [a, b, c] = ids as [string, string, string];
    const graph: PageGraph = {
      ...json,
      links: [
        { source: a, target: a, weight: 1 },
        { source: a, target: b, weight: 2 },
        { source: a, target: c, weight: 3 },
        { source: b, target: c, weight: 4 },
      ],
    };
    const node = withSupernodes(buildGraph(graph), [{ name: 'x', ids: [a, b] }]).byId.get(a)!;
    expect(node.inside).toBe(3);
    expect(node.outputs.map(({ weight }) => weight)).toEqual([7]);
  });
});

describe('changes of marks', () => {
  test('grouping takes nodes out of where they were, and ungrouping gives them back', () => {
    fc.assert(
      fc.property(groupings, fc.shuffledSubarray(ids, { minLength: 1 }), (groups, picked) => {
        const { groups: after } = grouped({ groups }, picked, '');
        const all = after.flatMap((group) => group.ids);
        expect(new Set(all).size).toBe(all.length);
        expect(new Set(all)).toEqual(new Set([...groups.flatMap((group) => group.ids), ...picked]));
        const added = after.at(-1)!;
        expect(added).toEqual({ name: expect.stringMatching(/^Group \d+$/), ids: picked });
        expect(ungrouped({ groups: after }, added).groups).not.toContain(added);
        const [first] = picked as [string];
        const out = takenOut({ groups: after }, first).groups!;
        expect(out.some((group) => group.ids.includes(first))).toBe(false);
      }),
      { numRuns: 40 },
    );
    const [group] = grouped(NO_MARKS, ids.slice(0, 2), ' a ').groups as [Supernode];
    expect(renamedGroup({ groups: [group] }, group, ' b ')).toEqual({
      groups: [{ ...group, name: 'b' }],
    });
    expect(renamedGroup({ groups: [group] }, group, ' ')).toEqual({});
  });

  test('an empty label is the old one again, an empty note none', () => {
    const { labels } = relabelled(NO_MARKS, 'a', ' mine ', 'old');
    expect(labels).toEqual([['a', 'mine']]);
    expect(relabelled({ labels: labels! }, 'a', '', 'old')).toEqual({ labels: [] });
    expect(relabelled({ labels: labels! }, 'a', 'old', 'old')).toEqual({ labels: [] });
    const { notes } = noted(NO_MARKS, 'a', 'why?\n');
    expect(notes).toEqual([['a', 'why?']]);
    expect(noted({ notes: notes! }, 'a', ' \n')).toEqual({ notes: [] });
  });

  test('subgraphs have names of their own', () => {
    const part = { pins: ['a'], groups: [], labels: [], influence: 0.5, edge: null };
    let subgraphs = withSubgraph(NO_MARKS, { name: '', ...part }).subgraphs!;
    subgraphs = withSubgraph({ subgraphs }, { name: ' ', ...part }).subgraphs!;
    expect(subgraphs.map(({ name }) => name)).toEqual(['Subgraph 1', 'Subgraph 2']);
    expect(renamedSubgraph({ subgraphs }, 'Subgraph 1', 'Subgraph 2')).toEqual({});
    subgraphs = renamedSubgraph({ subgraphs }, 'Subgraph 1', 'x').subgraphs!;
    subgraphs = withSubgraph({ subgraphs }, { name: 'x', ...part, pins: [] }).subgraphs!;
    expect(subgraphs.map(({ name, pins }) => [name, pins])).toEqual([
      ['x', []],
      ['Subgraph 2', ['a']],
    ]);
    expect(withoutSubgraph({ subgraphs }, 'x').subgraphs).toHaveLength(1);
  });

  test('a graph is known by its nodes and edges, not by what is marked', () => {
    expect(graphKey({ ...json, qParams: { pinnedIds: ['0_89_9'] }, saev: { note: 'x' } })).toBe(
      graphKey(json),
    );
    const links = json.links.map((link, n) =>
      n === 7 ? { ...link, weight: 1 + link.weight } : link,
    );
    expect(graphKey({ ...json, links })).not.toBe(graphKey(json));
  });
});
