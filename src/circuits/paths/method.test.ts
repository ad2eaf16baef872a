// Compatible mode as a whole: what is printed, drawn and written is of one search, under the original's names.

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  CIRCUIT_FIXTURES,
  type CircuitGolden,
  type CircuitWorkshop,
  circuitGolden,
  circuitWorkshop,
} from '../../../test/helpers/circuits.ts';
import { UserError } from '../../base/errors.ts';
import { readCoder } from '../../sae/checkpoints/read-coder.ts';
import type { Root } from '../attribution/targets.ts';
import { graphJson } from '../graph/graph-json.ts';
import type { FoundCircuit } from '../method.ts';
import { graphFigure } from '../output/figure.ts';
import { pathsMethod } from './method.ts';
import { placedCoder } from './starts.ts';

let golden: CircuitGolden;
let lab: CircuitWorkshop;
beforeAll(async () => {
  golden = await circuitGolden();
  lab = await circuitWorkshop();
});
afterAll(() => lab.close());

type Settings = z.input<z.ZodObject<typeof pathsMethod.fields>>;

function found(
  tokens: readonly number[],
  root: Root,
  settings: Settings = {},
  transcoders = lab.transcoders,
): Promise<FoundCircuit> {
  const tokenStrings = tokens.map(String);
  const names = { model: 'm', transcoders: {}, prompt: '', tokenStrings, tokenString: String };
  const world = { backbone: lab.backbone, transcoders, tokens, roots: [root], names };
  return pathsMethod.trace(world, z.object(pathsMethod.fields).parse(settings));
}

/** The root of a golden search, from its first printed line. */
function rootOf(printed: string): Root {
  const [, layer, feature, position] = /mlp(\d+)tc\[(\d+)\]@(-?\d+)/.exec(printed)!;
  return {
    kind: 'feature',
    layer: Number(layer),
    feature: Number(feature),
    position: Number(position),
  };
}

const jsonOf = ({ graph }: FoundCircuit) =>
  graphJson(graph, { slug: 's', root: 'r', version: '1' });

/** What the steps of printed paths bring to each edge, each beginning counted once. */
function printedEdges(lines: readonly string[]): Map<string, number> {
  const edges = new Map<string, number>();
  const seen = new Set<string>();
  for (const line of lines.filter((each) => each.startsWith('Path'))) {
    const steps = line.replace(/^Path [^:]*: /, '').split(' <- ');
    steps.forEach((step, i) => {
      const beginning = steps.slice(0, i + 1).join(' <- ');
      if (i === 0 || seen.has(beginning)) return;
      seen.add(beginning);
      const [name, amount] = step.split(': ') as [string, string];
      const edge = `${name} -> ${steps[i - 1]!.split(': ')[0]}`;
      edges.set(edge, (edges.get(edge) ?? 0) + Number(amount));
    });
  }
  return edges;
}

describe.each([true, false])('with raw = %s', (raw) => {
  it('prints, draws and writes one search', async () => {
    const { prompt, printed } = golden.cases[raw ? 'raw' : 'capped']!;
    const branches = printed.split('\n').filter((line) => line.startsWith('Path [0]')).length;
    const circuit = await found(prompt, rootOf(printed), { iterations: 3, branches, raw });
    const { lines } = circuit.printed!;
    expect(lines.join('\n')).toContain(printed.trim());
    const { nodes, links, metadata } = jsonOf(circuit);
    const nameOf = new Map(nodes.map(({ node_id: id, name }) => [id, name!]));
    const drawn = new Map(
      links
        .filter(({ source }) => !/error/.test(nameOf.get(source)!))
        .map(({ source, target, weight }) => [
          `${nameOf.get(source)} -> ${nameOf.get(target)}`,
          weight,
        ]),
    );
    const said = printedEdges(lines);
    expect([...drawn.keys()].sort()).toEqual([...said.keys()].sort());
    for (const [edge, weight] of drawn) {
      // Numbers are printed with two digits.
      expect(Math.abs(weight - said.get(edge)!)).toBeLessThanOrEqual(
        0.06 * Math.abs(weight) + 1e-6,
      );
    }
    expect(metadata.contributions).toBe(raw ? 'raw' : 'cut');
    expect(nodes.some(({ overlaps }) => overlaps === true)).toBe(true);
    expect(nodes.some(({ name }) => /prune_error/.test(name!))).toBe(raw);
  });

  it('claims no scores, which paths have not', async () => {
    const { prompt, printed } = golden.cases.raw!;
    const circuit = await found(prompt, rootOf(printed), { raw });
    const { metadata } = jsonOf(circuit);
    expect(metadata).not.toHaveProperty('replacement_score');
    expect(metadata).not.toHaveProperty('completeness_score');
    const svg = graphFigure(circuit.graph);
    expect(svg).not.toMatch(/replacement|completeness|NaN|undefined/);
    for (const { overlaps, influence } of circuit.graph.nodes)
      if (overlaps) expect(influence).toBe(0);
  });
});

it("nodes have the original's names and contributions, error nodes too", async () => {
  const { prompt, printed, errors } = golden.cases.raw!;
  const circuit = await found(prompt, rootOf(printed), { iterations: 3, branches: 10, raw: true });
  const contribs = new Map(jsonOf(circuit).nodes.map(({ name, contrib }) => [name!, contrib]));
  expect([...contribs.keys()].sort()).toEqual(Object.keys(errors.nodes).sort());
  for (const [name, { contrib }] of Object.entries(errors.nodes))
    expect(contribs.get(name)).toBeCloseTo(contrib!, 4);
  const { lines } = circuit.printed!;
  const from = lines.indexOf('--- Nodes ---');
  expect(from).toBeGreaterThan(0);
  expect(lines.slice(from + 1, lines.indexOf('--- Edges ---'))).toHaveLength(contribs.size);
  const [child, parent] = errors.edges[0]!;
  expect(lines.some((line) => line.startsWith(`${child} -> ${parent}: `))).toBe(true);
});

it('a logit has the probability that the model gives it', async () => {
  const tokens = golden.cases.raw!.prompt;
  const token = 7;
  const { graph } = await found(tokens, { kind: 'logit', token });
  const { data } = await lab.backbone.logits([tokens]);
  const logits = [...data.subarray(-lab.backbone.config.dVocab)];
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
  const expected = Math.exp(logits[token]!) / total;
  expect(graph.nodes[0]!.probability).toBeCloseTo(expected, 6);
  const [root] = graphJson(graph, { slug: 's', root: 'r', version: '1' }).nodes;
  expect(root!.token_prob).toBeCloseTo(expected, 6);
  expect(root!.clerp).toBe(`Output "7" (p=${expected.toFixed(3)})`);
});

it('a difference of logits claims no probability', async () => {
  const root = { kind: 'difference', token: 7, less: 9 } as const;
  const { graph } = await found(golden.cases.raw!.prompt, root);
  expect(graph.nodes[0]!.probability).toBeUndefined();
  expect(jsonOf({ graph }).nodes[0]!.clerp).toBe('Output "7" − "9"');
});

it('a feature of an SAE can be the root', async () => {
  const { prompt, printed } = golden.cases.sae!;
  const [, feature] = /sae\[(\d+)\]/.exec(printed)!;
  const coder = placedCoder(await readCoder(join(CIRCUIT_FIXTURES, 'resid2.pt')), 'resid2.pt');
  const root = { kind: 'coder', coder, feature: Number(feature) } as const;
  const circuit = await found(prompt, root, { iterations: 2, branches: 5, raw: true });
  const [first] = circuit.graph.nodes;
  expect(first).toMatchObject({ kind: 'vector', label: `SAE 2/${feature}`, isRoot: true });
  expect(circuit.printed!.lines[1]).toContain(printed.split('\n')[1]!.split(' <- ')[0]!);
});

describe('filters', () => {
  const wide = { iterations: 2, branches: 20, raw: true } as const;
  const search = (settings: Settings): Promise<FoundCircuit> => {
    const { prompt, printed } = golden.cases.raw!;
    return found(prompt, rootOf(printed), { ...wide, ...settings });
  };
  const pathsIn = ({ printed }: FoundCircuit): string[] =>
    printed!.lines.filter((line) => line.startsWith('Path'));

  it('choose what a search goes through', async () => {
    for (const path of pathsIn(await search({ filter: 'type=mlp,layer>=1' })))
      for (const step of path.split(' <- ').slice(1)) expect(step).toMatch(/^mlp[12]tc/);
  });

  it('choose among the paths found, which are then one list, and the graph is of these', async () => {
    const circuit = await search({ suffix: ['type=attn', 'type=embed'] });
    const paths = pathsIn(circuit);
    expect(paths.length).toBeGreaterThan(0);
    paths.forEach((path, i) => {
      expect(path).toMatch(new RegExp(`^Path \\[${i}\\]: .*attn[^<]*<- embed[^<]*$`));
    });
    const named = new Set(circuit.graph.nodes.map(({ name }) => name!));
    const inPaths = new Set(
      paths.flatMap((path) =>
        path
          .split(' <- ')
          .slice(1)
          .map((step) => step.split(':')[0]!),
      ),
    );
    for (const name of named)
      if (/^(attn|embed)\S*$/.test(name) && !/error/.test(name)) expect(inPaths).toContain(name);
  });

  it('leave the first token out, or not', async () => {
    const [without, withIt] = [await search({}), await search({ ignoreBos: false })];
    const readsFirst = (circuit: FoundCircuit): boolean =>
      pathsIn(circuit).some((path) => /attn\d+\[\d+\]@0:/.test(path));
    expect(readsFirst(without)).toBe(false);
    expect(readsFirst(withIt)).toBe(true);
  });

  it('that nothing fits are said to be so', async () => {
    await expect(search({ suffix: ['layer=99'] })).rejects.toThrow(
      /none of the \d+ that were found/,
    );
    await expect(search({ filter: 'layer=99' })).rejects.toThrow(/no paths/);
    await expect(search({ infix: ['layer'] })).rejects.toThrow(UserError);
  });
});

it('a layer without transcoder is named before anything is run, all of them together', async () => {
  const some = lab.transcoders.only([1, 3]);
  const root = { kind: 'feature', layer: 3, feature: 0 } as const;
  await expect(found([1, 2, 3], root, {}, some)).rejects.toThrow(
    'missing transcoders of layers 0, 2',
  );
  const own = { kind: 'feature', layer: 2, feature: 0 } as const;
  const below = lab.transcoders.only([0, 1]);
  await expect(found([1, 2, 3], own, {}, below)).rejects.toThrow('missing transcoder of layer 2');
});
