// Graphs of paths against the edges of the original code, fixtures/circuits/make.py.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CircuitGolden,
  type CircuitWorkshop,
  circuitGolden,
  circuitWorkshop,
} from '../../../test/helpers/circuits.ts';
import type { CircuitGraph } from '../graph/graph.ts';
import { graphOfRoots } from './circuit-graph.ts';
import type { FeatureVector } from './components.ts';
import { withErrorNodes } from './error-nodes.ts';
import type { RootPaths } from './graph-nodes.ts';
import { graphOfPaths } from './path-graph.ts';
import { topPaths } from './paths.ts';
import { type CircuitPrompt, denseCodes, openCircuitPrompt } from './prompt.ts';
import { coderFeature, logitFeature } from './starts.ts';

let golden: CircuitGolden;
let lab: CircuitWorkshop;
beforeAll(async () => {
  golden = await circuitGolden();
  lab = await circuitWorkshop();
});
afterAll(() => lab.close());

const open = (tokens: readonly number[]): Promise<CircuitPrompt> =>
  openCircuitPrompt(tokens, { backbone: lab.backbone, transcoders: lab.transcoders });

async function pathsOf(
  prompt: CircuitPrompt,
  root: FeatureVector,
  branches: number,
): Promise<RootPaths> {
  const levels = await topPaths(prompt, root, { iterations: 3, branches, raw: true });
  return { graph: await withErrorNodes(prompt, graphOfPaths(levels.flat())) };
}

function joined(prompt: CircuitPrompt, roots: readonly RootPaths[]): Promise<CircuitGraph> {
  const tokenStrings = Array.from(prompt.tokens, String);
  const names = { model: 'm', transcoders: {}, prompt: '', tokenStrings, tokenString: String };
  return graphOfRoots(prompt, roots, names);
}

const sorted = (weights: readonly number[]): number[] => [...weights].sort((a, b) => a - b);

describe('a graph of paths', () => {
  it("has the original's nodes and edges, under the names of exact mode", async () => {
    const { prompt: tokens, printed, errors } = golden.cases.raw!;
    const prompt = await open(tokens);
    const feature = Number(/tc\[(\d+)\]/.exec(printed)![1]);
    const root = coderFeature(await lab.transcoders.at(3), feature);
    const { nodes, edges } = await joined(prompt, [await pathsOf(prompt, root, 10)]);
    expect(nodes).toHaveLength(Object.keys(errors.nodes).length);
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(nodes.length);
    expect(sorted(edges.map(({ weight }) => weight))).toBeClose(
      sorted(errors.edges.map(([, , weight]) => weight)),
    );
    expect(nodes.filter(({ isRoot }) => isRoot).map(({ id }) => id)).toEqual([
      `3_${feature}_${tokens.length - 1}`,
    ]);
    let heads = 0;
    for (const [i, node] of nodes.entries()) {
      if (node.kind === 'feature') {
        const codes = denseCodes(await prompt.codes(node.layer), node.position!);
        expect(node.activation).toBe(codes[node.feature!]);
      }
      if (node.kind !== 'head') continue;
      heads++;
      const given = edges.filter(({ source }) => source === i).map(({ target }) => nodes[target]!);
      expect(given.map(({ id }) => id)).toContain(node.head!.target);
      // A head reads at its source.
      const reads = given.map(({ head, position }) => head?.source ?? position);
      expect(reads).toContain(node.head!.destination);
      expect(node.head!.source).toBeLessThanOrEqual(node.head!.destination);
    }
    expect(heads).toBeGreaterThan(0);
    const [first, ...others] = nodes;
    expect(first!.influence).toBe(1);
    expect(Math.max(...others.map(({ influence }) => influence))).toBeGreaterThan(0.05);
  });

  it('adds up what the paths of several roots bring to an edge, and counts biases once', async () => {
    const prompt = await open(golden.cases.difference!.prompt);
    const root = async (plus: number, minus?: number): Promise<RootPaths> => {
      const start = await logitFeature(lab.backbone, {
        plus,
        ...(minus !== undefined && { minus }),
      });
      return { ...(await pathsOf(prompt, start, 9)), logit: { token: plus, less: minus } };
    };
    const [one, two] = [await root(40, 20), await root(7)];
    const parts = [await joined(prompt, [one]), await joined(prompt, [two])];
    const both = await joined(prompt, [one, two]);
    const weightsOf = ({ nodes, edges }: CircuitGraph): Map<string, number> =>
      new Map(
        edges.map(({ source, target, weight }) => [
          `${nodes[source]!.id} ${nodes[target]!.id}`,
          weight,
        ]),
      );
    const [a, b] = parts.map(weightsOf) as [Map<string, number>, Map<string, number>];
    const all = weightsOf(both);
    expect(all.size).toBe(new Set([...a.keys(), ...b.keys()]).size);
    expect([...a.keys()].some((edge) => b.has(edge))).toBe(true);
    for (const [edge, weight] of all) {
      const isBias = edge.startsWith('bias_error');
      const sum = (a.get(edge) ?? 0) + (b.get(edge) ?? 0);
      expect(weight).toBeCloseTo(isBias ? (a.get(edge) ?? b.get(edge)!) : sum, 5);
    }
    const roots = both.nodes.filter(({ isRoot }) => isRoot);
    expect(roots.map(({ label }) => label).sort()).toEqual(['"40" − "20"', '"7"']);
    expect(roots.map(({ influence }) => influence)).toEqual([0.5, 0.5]);
  });
});
