// Against the numbers of the original code, fixtures/circuits/make.py.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CIRCUIT_FIXTURES,
  type CircuitGolden,
  type CircuitWorkshop,
  circuitGolden,
  circuitWorkshop,
  type GoldenGraph,
  type GoldenVector,
} from '../../../test/helpers/circuits.ts';
import { dot } from '../../base/arrays.ts';
import { readCoder } from '../../sae/checkpoints/read-coder.ts';
import type { TranscoderSet } from '../transcoders.ts';
import {
  type FeatureVector,
  featureName,
  type Path,
  pathText,
  printedPaths,
} from './components.ts';
import { withErrorNodes } from './error-nodes.ts';
import { type FeatureFilter, pathsThatMatch } from './filters.ts';
import { nodeCoordinates } from './layout.ts';
import { inputTimesGradientAt, meanInputTimesGradient } from './mean-ixg.ts';
import { contributionsInGraph, graphOfPaths, type PathGraph, sumOverTokens } from './path-graph.ts';
import { type PathOptions, topFeaturesOfPaths, topPaths } from './paths.ts';
import { type CircuitPrompt, openCircuitPrompt } from './prompt.ts';
import { coderFeature, logitFeature, placedCoder } from './starts.ts';

let golden: CircuitGolden;
let lab: CircuitWorkshop;
let withMid: TranscoderSet;
let probe: Float32Array;

beforeAll(async () => {
  golden = await circuitGolden();
  lab = await circuitWorkshop();
  withMid = await lab.open('layer0.pt', 'layer1.pt', 'layer2-mid.pt', 'layer3.pt');
  probe = Float32Array.from(golden.probe);
});
afterAll(() => lab.close());

/** The feature that a golden case begins with. */
function firstFeature(name: string): number {
  return Number(/(?:tc|sae)\[(\d+)\]/.exec(golden.cases[name]!.printed)![1]);
}

async function transcoderRoot(
  set: TranscoderSet,
  layer: number,
  name: string,
  options: Parameters<typeof coderFeature>[2] = {},
): Promise<FeatureVector> {
  return coderFeature(await set.at(layer), firstFeature(name), options);
}

interface Search {
  readonly transcoders?: () => TranscoderSet;
  readonly root: () => Promise<FeatureVector>;
  readonly options: PathOptions;
}

const SEARCHES: Readonly<Record<string, Search>> = {
  raw: {
    root: () => transcoderRoot(lab.transcoders, 3, 'raw'),
    options: { iterations: 3, branches: 10, raw: true },
  },
  capped: {
    root: () => transcoderRoot(lab.transcoders, 3, 'capped'),
    options: { iterations: 3, branches: 8 },
  },
  difference: {
    root: async () => ({
      ...(await logitFeature(lab.backbone, { plus: 40, minus: 20 })),
      contrib: 3,
    }),
    options: { iterations: 3, branches: 9, raw: true },
  },
  decoder: {
    root: () => transcoderRoot(lab.transcoders, 2, 'decoder', { use: 'decoder' }),
    options: { iterations: 2, branches: 6, raw: true, ignoreBos: false },
  },
  filtered: {
    root: () => transcoderRoot(lab.transcoders, 3, 'filtered', { token: 6 }),
    options: {
      iterations: 2,
      branches: 5,
      filter: { layer: { is: 'le', value: 1 }, type: { is: 'ne', value: 'embed' } },
    },
  },
  sae: {
    async root() {
      const sae = await readCoder(join(CIRCUIT_FIXTURES, 'resid2.pt'));
      return coderFeature(placedCoder(sae, 'resid2.pt'), firstFeature('sae'));
    },
    options: { iterations: 3, branches: 6 },
  },
  mid: {
    transcoders: () => withMid,
    root: () => transcoderRoot(withMid, 2, 'mid'),
    options: { iterations: 2, branches: 7, raw: true },
  },
};

async function search(name: string): Promise<{ prompt: CircuitPrompt; levels: Path[][] }> {
  const { transcoders = () => lab.transcoders, root, options } = SEARCHES[name]!;
  const prompt = await openCircuitPrompt(golden.cases[name]!.prompt, {
    backbone: lab.backbone,
    transcoders: transcoders(),
  });
  return { prompt, levels: await topPaths(prompt, await root(), options) };
}

/** Numbers of a node, which all have to agree; `error` means nothing where the original feeds the MLP un-normalised. */
function numbersOf(features: readonly FeatureVector[], withError = true): number[] {
  return features.flatMap(({ contrib, vector, error }) => [
    contrib ?? 0,
    vector === undefined ? 0 : dot(probe, vector),
    withError ? error : 0,
  ]);
}

function goldenNumbers(features: readonly GoldenVector[], withError = true): number[] {
  return features.flatMap(({ contrib, probe: along, error }) => [
    contrib ?? 0,
    along ?? 0,
    withError ? error : 0,
  ]);
}

function factsOf(feature: FeatureVector): unknown[] {
  const { layer, sublayer, token, contribType } = feature;
  return [
    featureName(feature, { contrib: false }),
    layer,
    sublayer,
    token ?? null,
    contribType ?? null,
  ];
}

function goldenFacts({ name, layer, sublayer, token, kind }: GoldenVector): unknown[] {
  return [name, layer, sublayer, token, kind];
}

function expectGraph(actual: PathGraph, expected: GoldenGraph, withError = true): void {
  expect([...actual.nodes.keys()]).toEqual(Object.keys(expected.nodes));
  const nodes = [...actual.nodes.values()];
  const goldenNodes = Object.values(expected.nodes);
  expect(nodes.map(factsOf)).toEqual(goldenNodes.map(goldenFacts));
  const tolerance = { relative: 1e-5, absolute: 1e-5 };
  expect(numbersOf(nodes, withError)).toBeClose(goldenNumbers(goldenNodes, withError), tolerance);
  const names = ({ child, parent }: PathGraph['edges'][number]): string[] => [child, parent];
  expect(actual.edges.map(names)).toEqual(expected.edges.map((edge) => edge.slice(0, 2)));
  const weights = actual.edges.map(({ weight }) => weight);
  expect(weights).toBeClose(
    expected.edges.map(([, , weight]) => weight),
    tolerance,
  );
}

describe('path search', () => {
  it.each(Object.keys(SEARCHES))('gives the paths of the original: %s', async (name) => {
    const { levels } = await search(name);
    const expected = golden.cases[name]!;
    expect(`${printedPaths(levels).join('\n')}\n`).toBe(expected.printed);
    const paths = levels.flat();
    const goldenPaths = expected.paths.flat();
    expect(paths.map((path) => pathText(path))).toEqual(goldenPaths.map(({ text }) => text));
    const ends = paths.map((path) => path.at(-1)!);
    const goldenEnds = goldenPaths.map(({ last }) => last);
    expect(ends.map(factsOf)).toEqual(goldenEnds.map(goldenFacts));
    const hasError = name !== 'mid';
    expect(numbersOf(ends, hasError)).toBeClose(goldenNumbers(goldenEnds, hasError), {
      relative: 1e-5,
      absolute: 1e-5,
    });
  });
});

describe('graphs of paths', () => {
  it.each(['raw', 'difference', 'mid'])('are those of the original: %s', async (name) => {
    const { prompt, levels } = await search(name);
    const expected = golden.cases[name]!;
    const hasError = name !== 'mid';
    const graph = graphOfPaths(levels.flat());
    expectGraph(graph, expected.graph, hasError);
    const whole = await withErrorNodes(prompt, graph, { biases: name !== 'difference' });
    expectGraph(whole, expected.errors, hasError);
    const summed = sumOverTokens(whole);
    expect([...summed.nodes.keys()]).toEqual(Object.keys(expected.summed.nodes));
    const near = { relative: 1e-5, absolute: 1e-5 };
    const contribs = [...summed.nodes.values()].map(({ contrib }) => contrib!);
    expect(contribs).toBeClose(
      Object.values(expected.summed.nodes).map(({ contrib }) => contrib!),
      near,
    );
    expect(summed.edges.map(({ child, parent }) => [child, parent])).toEqual(
      expected.summed.edges.map((edge) => edge.slice(0, 2)),
    );
    expect(summed.edges.map(({ weight }) => weight)).toBeClose(
      expected.summed.edges.map(([, , weight]) => weight),
      near,
    );
    const inside = contributionsInGraph(graph);
    expect([...inside.keys()]).toEqual(Object.keys(expected.contribsInGraph));
    expect([...inside.values()].map(({ contrib }) => contrib!)).toBeClose(
      Object.values(expected.contribsInGraph),
      near,
    );
    const places = nodeCoordinates(graph.nodes, { jitter: 0, height: 2 });
    expect(Object.fromEntries(places)).toEqual(expected.coordinates);
    const withErrors = nodeCoordinates(whole.nodes, { jitter: 0 });
    expect(Object.fromEntries(withErrors)).toEqual(expected.errorCoordinates);
  });
});

describe('filters', () => {
  const attention: FeatureFilter = { type: 'attn' };
  const transcoder: FeatureFilter = { featureType: 'tc' };
  const deep: FeatureFilter = { layer: { is: 'gt', value: 1 } };
  const embed: FeatureFilter = { type: 'embed' };
  const late: FeatureFilter = { token: { is: 'ge', value: 6 } };
  const before: FeatureFilter = {
    token: { is: 'lt', value: 6 },
    sublayer: { is: 'eq', value: 'resid_pre' },
  };
  const otherHeads: FeatureFilter = { type: 'attn', head: { is: 'ne', value: 1 } };

  it.each([
    ['infix attention', { infix: [attention] }],
    ['infix two', { infix: [transcoder, attention] }],
    ['not infix attention', { notInfix: [attention] }],
    ['not infix two', { notInfix: [transcoder, transcoder] }],
    ['suffix embed', { suffix: [embed] }],
    ['suffix two', { suffix: [deep, embed] }],
    ['heads', { suffix: [otherHeads] }],
    ['late', { infix: [deep, late] }],
    ['before', { suffix: [before] }],
    ['all at once', { infix: [attention], notInfix: [embed], suffix: [attention] }],
  ])('let through the paths of the original: %s', async (name, patterns) => {
    const paths = (await search('raw')).levels.flat();
    const found = pathsThatMatch(paths, patterns);
    expect(found.map((path) => paths.indexOf(path))).toEqual(golden.filters[name]);
  });

  it.each([
    ['all', {}],
    ['without tokens', { tokens: false, k: 6 }],
    ['layers', { k: 4, layers: [0, 1] }],
    ['sublayers', { k: 4, sublayers: ['resid_pre' as const] }],
  ])('leave the top ends of paths: %s', async (name, options) => {
    const paths = (await search('raw')).levels.flat();
    const found = topFeaturesOfPaths(paths, options);
    const expected = golden.topFeatures[name]!;
    expect(found.map(factsOf)).toEqual(expected.map(goldenFacts));
    expect(numbersOf(found)).toBeClose(goldenNumbers(expected), { absolute: 1e-5 });
  });
});

describe('mean input times gradient', () => {
  it('is that of the original, over all positions and at chosen ones', async () => {
    const { tokens, places, batches, atPlaces, perFiring, frequency } = golden.meanIxg;
    const reader = { transcoder: await lab.transcoders.at(3), feature: 5 };
    const options = { backbone: lab.backbone, transcoder: await lab.transcoders.at(1) };
    const near = { relative: 1e-5, absolute: 1e-6 };
    const overall = await meanInputTimesGradient(tokens, reader, { ...options, batchSize: 2 });
    expect([...overall]).toBeClose(batches, near);
    const chosen = places.map(([text, position]) => ({ text, position }));
    const found = await inputTimesGradientAt(tokens, chosen, reader, options);
    expect([...found.mean]).toBeClose(atPlaces, near);
    expect([...found.meanWhenPositive]).toBeClose(perFiring, near);
    expect([...found.frequency]).toBeClose(frequency, near);
  });
});
