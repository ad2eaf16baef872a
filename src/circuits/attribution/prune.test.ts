import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type LanguageWorkshop, languageWorkshop } from '../../../test/helpers/language.ts';
import { randomTranscoders } from '../../../test/helpers/transcoders.ts';
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import { UserError } from '../../base/errors.ts';
import { checkPageGraph } from '../../pages/circuit-page-check.ts';
import type { CircuitGraph } from '../graph/graph.ts';
import { graphJson } from '../graph/graph-json.ts';
import { graphFigure } from '../output/figure.ts';
import { circuitSummary } from '../output/summary.ts';
import { parseFeature } from '../roots.ts';
import type { TranscoderSet } from '../transcoders.ts';
import { type Attribution, attribute } from './attribute.ts';
import { pruneGraph } from './prune.ts';

const PROMPT = [3, 17, 8, 17, 30, 2, 9];

let workshop: LanguageWorkshop;
let backbone: LanguageBackbone;
let transcoders: TranscoderSet;
let attribution: Attribution;
beforeAll(async () => {
  workshop = await languageWorkshop();
  backbone = await workshop.open('gpt2');
  transcoders = randomTranscoders(backbone);
  attribution = await attribute(backbone, transcoders, PROMPT, [{ kind: 'salient', most: 3 }], {
    maxNodes: 20,
    threads: 1,
  });
});
afterAll(async () => {
  await transcoders.close();
  await workshop.close();
});

function pruned(nodeThreshold: number, edgeThreshold: number): CircuitGraph {
  const names = {
    model: 'gpt2',
    transcoders: { 0: 'a', 1: 'b' },
    prompt: 'a <prompt> & "more"',
    tokenStrings: PROMPT.map((token) => ` t${token}`),
    tokenString: (token: number) => ` t${token}`,
  };
  return pruneGraph(attribution, names, { nodeThreshold, edgeThreshold });
}

describe('pruning', () => {
  it('keeps the sum of what every node loses, at any thresholds', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(share, share, (nodeThreshold, edgeThreshold) => {
        const graph = pruned(nodeThreshold, edgeThreshold);
        const ids = graph.nodes.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        expect(graph.nodes.filter(({ isRoot }) => isRoot)).toHaveLength(3);
        expect(graph.nodes.filter(({ kind }) => kind === 'token')).toHaveLength(PROMPT.length);
        graph.nodes.forEach((node, i) => {
          const inputs = graph.edges.filter(({ target }) => target === i);
          if (!node.hasInputs) {
            expect(inputs).toEqual([]);
            return;
          }
          const shown = inputs.reduce((sum, { weight }) => sum + weight, 0);
          expect(shown + node.constant + node.remainder).toBeCloseTo(node.value!, 4);
          const gives = graph.edges.some(({ source }) => source === i);
          if (!node.isRoot) expect(gives && inputs.length > 0, node.id).toBe(true);
        });
      }),
      { numRuns: 30 },
    );
  });

  it('keeps more at higher thresholds, and everything that has influence at 1', () => {
    const [few, many, all] = [pruned(0.3, 0.9), pruned(0.8, 0.98), pruned(1, 1)];
    expect(few.nodes.length).toBeLessThan(many.nodes.length);
    expect(many.nodes.length).toBeLessThan(all.nodes.length);
    expect(all.counts.expanded).toBe(20);
    for (const { replacement, completeness } of [few.scores!, all.scores!]) {
      expect(replacement).toBeGreaterThan(0);
      expect(replacement).toBeLessThan(1);
      expect(completeness).toBeGreaterThan(0);
      expect(completeness).toBeLessThan(1);
    }
  });

  it('leaves roots and tokens when nothing may be kept', () => {
    const { nodes, edges } = pruned(0, 0);
    expect(nodes.every(({ isRoot, kind }) => isRoot || kind === 'token')).toBe(true);
    expect(edges).toEqual([]);
  });
});

describe('a graph in JSON', () => {
  const options = { slug: 'a-prompt', root: 'logits', version: '1.0.0' };
  /** The keys and types that Neuronpedia's graph-schema.json requires. */
  const schema = z.object({
    metadata: z.object({
      slug: z.string(),
      scan: z.string(),
      prompt_tokens: z.array(z.string()),
      prompt: z.string(),
      node_threshold: z.number(),
      info: z.object({ generator: z.object({ name: z.string(), version: z.string() }) }),
    }),
    qParams: z.object({ linkType: z.literal('both'), pinnedIds: z.array(z.string()) }),
    nodes: z.array(
      z.object({
        node_id: z.string(),
        feature: z.number(),
        layer: z.string(),
        ctx_idx: z.int().min(0),
        feature_type: z.string(),
        jsNodeId: z.string(),
        clerp: z.string(),
        influence: z.number().min(0).max(1),
        activation: z.number().nullable(),
      }),
    ),
    links: z.array(z.object({ source: z.string(), target: z.string(), weight: z.number() })),
  });

  it('has the form that circuit-tracer, Neuronpedia and the page take', () => {
    const json = JSON.parse(JSON.stringify(graphJson(pruned(0.9, 0.98), options)));
    schema.parse(json);
    const { nodes } = checkPageGraph(json);
    const types = new Set(nodes.map(({ feature_type }) => feature_type));
    for (const type of ['cross layer transcoder', 'mlp reconstruction error', 'embedding', 'logit'])
      expect(types).toContain(type);
    expect(types).toContain('attention head');
    expect(nodes.filter(({ is_target_logit }) => is_target_logit)).toHaveLength(3);
  });

  it('accumulates influence from the most influential node on', () => {
    const graph = pruned(0.9, 0.98);
    const { nodes } = graphJson(graph, options);
    const others = [...nodes.keys()].filter((i) => !graph.nodes[i]!.isRoot);
    others.sort((a, b) => graph.nodes[b]!.influence - graph.nodes[a]!.influence);
    const cumulative = others.map((i) => nodes[i]!.influence!);
    expect(cumulative).toEqual([...cumulative].sort((a, b) => a - b));
    expect(cumulative.at(-1)).toBeCloseTo(1, 10);
  });
});

it('a figure shows nodes and edges, and survives awkward text', () => {
  const graph = pruned(0.9, 0.98);
  const svg = graphFigure(graph, { title: 'a <b> & \u0001' });
  expect(svg).toContain('a &lt;b&gt; &amp; \ufffd');
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  expect(svg.match(/<path d="M[^"]*C/g)!.length).toBeGreaterThan(10);
  const { length } = graphFigure(graph, { mostNodes: 3 });
  expect(length).toBeLessThan(svg.length);
});

it('a summary names the inputs of each root and the shares explained', () => {
  const text = circuitSummary(pruned(0.9, 0.98)).join('\n');
  expect(text).toMatch(/probability \d+\.\d%/);
  expect(text).toMatch(/replacement score \d+\.\d%/);
});

describe('bad input', () => {
  const explain = (root: Parameters<typeof attribute>[3][number], tokens = PROMPT) =>
    attribute(backbone, transcoders, tokens, [root], { threads: 1 });

  it.each([
    ['a feature out of range', { kind: 'feature', layer: 0, feature: 12 }, /unknown feature 0\/12/],
    ['an unknown layer', { kind: 'feature', layer: 7, feature: 0 }, /unknown layer of feature/],
    [
      'a position out of range',
      { kind: 'feature', layer: 0, feature: 1, position: 7 },
      /position 7/,
    ],
    ['a token out of range', { kind: 'logit', token: 41 }, /invalid token 41/],
    [
      'a vector at a point that is not linear',
      { kind: 'vector', point: 'blocks.0.mlp.hook_post', vector: new Float32Array(16) },
      /unsupported hook point/,
    ],
    [
      'a vector of another width',
      { kind: 'vector', point: 'blocks.0.hook_resid_pre', vector: new Float32Array(3) },
      /3 numbers/,
    ],
  ] as const)('%s is refused', async (_, root, message) => {
    await expect(explain(root)).rejects.toThrow(message);
    await expect(explain(root)).rejects.toThrow(UserError);
  });

  it('prompts that are empty or too long are refused', async () => {
    const root = { kind: 'logit', token: 1 } as const;
    await expect(explain(root, [])).rejects.toThrow('missing prompt');
    await expect(explain(root, Array(21).fill(1))).rejects.toThrow('21 tokens, the model takes 20');
  });

  it.each(['8', '8/', '/3', 'a/b', '1/2@', '1/2@x', '-1/2'])('feature %j is refused', (text) => {
    expect(() => parseFeature(text)).toThrow(UserError);
  });
});
