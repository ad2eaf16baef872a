import { expect, it } from 'vitest';
import type { CircuitGraph, GraphNode } from '../graph/graph.ts';
import { circuitSummary } from './summary.ts';

const shared = { hasInputs: false, isRoot: false, constant: 0, remainder: 0, influence: 0.1 };

function output(n: number): GraphNode {
  const place = { id: `3_${n}_1`, kind: 'logit', label: `"${n}"`, layer: 2, position: 1 } as const;
  const sum = { value: 8, constant: 1, remainder: 0.5 };
  return { ...shared, ...place, ...sum, isRoot: true, hasInputs: true, influence: 0.25 };
}

/** Some outputs, each with the same two inputs. */
function graphOf(nRoots: number, changes: Partial<CircuitGraph> = {}): CircuitGraph {
  const inputs: GraphNode[] = [
    { ...shared, id: '1_7_1', kind: 'feature', label: '1/7', layer: 1, position: 1 },
    { ...shared, id: 'error_1_1', kind: 'error', label: 'error of MLP 1', layer: 1, position: 1 },
  ];
  const roots = Array.from({ length: nRoots }, (_, n) => output(n));
  return {
    model: 'm',
    transcoders: { 0: 'a', 1: 'b' },
    prompt: 'p',
    tokens: [1, 2],
    tokenStrings: ['a', 'b'],
    nLayers: 2,
    nodes: [...roots, ...inputs],
    edges: roots.flatMap((_, target) => [
      { source: nRoots, target, weight: 8.5 },
      { source: nRoots + 1, target, weight: -2 },
    ]),
    pruning: { nodeThreshold: 1, edgeThreshold: 1 },
    scores: { replacement: 0.8, completeness: 0.9 },
    counts: { active: 1, expanded: 1 },
    ...changes,
  };
}

const sharesIn = (lines: readonly string[]): number[] =>
  lines.flatMap((line) => {
    const share = /^ .*?(−?[\d.]+)% /.exec(line)?.[1];
    return share === undefined ? [] : [Number(share.replace('−', '-'))];
  });

it('gives inputs as shares of the value, signs included; all parts have it together', () => {
  const lines = circuitSummary(graphOf(1));
  expect(lines[0]).toBe('"0" at 1: +8.00');
  expect(lines.slice(1, 5)).toEqual([
    '      +8.50   106.3%  1/7 at 1',
    '      −2.00   −25.0%  error of MLP 1 at 1',
    '      +1.00    12.5%  constant',
    '     +0.500     6.3%  left out by pruning',
  ]);
  const sum = sharesIn(lines).reduce((a, b) => a + b, 0);
  expect(Math.abs(sum - 100)).toBeLessThan(0.2);
});

it('lists what many roots have in common once', () => {
  const lines = circuitSummary(graphOf(4));
  expect(lines.slice(0, 4).map((line) => line.slice(0, 9))).toEqual(
    [0, 1, 2, 3].map((n) => `"${n}" at 1`.concat(':').slice(0, 9)),
  );
  expect(lines.filter((line) => line.includes('1/7'))).toHaveLength(1);
  expect(sharesIn(lines)).toEqual([106.3, -25]);
});

it('says in plain words that errors carry most, and what to do about it', () => {
  const scores = { replacement: 0.2, completeness: 0.6 };
  const text = (changes: Partial<CircuitGraph>): string =>
    circuitSummary(graphOf(1, changes)).join('\n');
  expect(text({})).not.toContain('unexplained');
  expect(text({ scores })).toMatch(/carry 80\.0% .*unexplained\n.*--n-patches/);
  expect(text({ scores, transcoders: { 1: 'b' } })).toMatch(/MLPs of layers 0 are errors/);
  expect(text({ scores: undefined })).not.toMatch(/score|unexplained/);
});
