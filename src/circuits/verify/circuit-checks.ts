// Published circuits of GPT-2 small: paths as they were printed, edges, nodes and error nodes.
import { deembed } from '../../analysis/deembeddings.ts';
import { dot } from '../../base/arrays.ts';
import { type FeatureVector, featureName, type Path, pathText } from '../paths/components.ts';
import { withErrorNodes } from '../paths/error-nodes.ts';
import { graphOfPaths } from '../paths/path-graph.ts';
import { topPaths } from '../paths/paths.ts';
import { openCircuitPrompt } from '../paths/prompt.ts';
import { coderFeature, logitFeature } from '../paths/starts.ts';
import type { CheckBench } from './bench.ts';
import { type Comparison, compareLines, compareNamed, type Named } from './comparison.ts';
import { codesAt } from './feature-checks.ts';
import type { Published } from './values.ts';

type PublishedCircuit = Published['circuits'][number];

/** Of the lines printed, so many may differ: the last of a list where two are near, the last digit of a number. */
const LINES = 0.1;
/** Small numbers with three decimals, relative to the largest of the table. */
const TABLE = 1e-2;
/** Sums of many float32 products, relative to the largest of the circuit. */
const NUMBERS = 1e-3;

/** Search each published circuit again. */
export async function* circuitChecks(
  published: Published,
  bench: CheckBench,
): AsyncGenerator<Comparison> {
  const { backbone, transcoders, tokenizer, signal } = bench;
  for (const circuit of published.circuits) {
    const { prompt, iterations, branches, paths, edges, nodes } = circuit;
    const tokens = tokenizer.encode(prompt);
    const opened = await openCircuitPrompt(tokens, { backbone, transcoders, signal });
    const found = await topPaths(opened, await rootOf(circuit, bench), {
      iterations,
      branches,
      raw: true,
      filter: circuit.only === 'transcoders' ? { featureType: 'tc' } : undefined,
      signal,
    });
    const what = `circuit on "${prompt}"`;
    const lines = found.flatMap((level) => level.map((path) => pathText(path)));
    yield compareLines(`${what}: paths`, paths, lines, LINES);
    yield* pathDeembedding(circuit, found, bench, what);
    yield* rootPullbacks(circuit, found, bench, what);
    if (edges.length === 0) continue;
    const graph = graphOfPaths(found.flat());
    const edgeName = (child: string, parent: string): string => `${parent} <- ${child}`;
    yield compareNamed(
      `${what}: edges`,
      edges.map(([child, parent, weight]): Named => [edgeName(child, parent), weight]),
      graph.edges.map(({ child, parent, weight }): Named => [edgeName(child, parent), weight]),
      NUMBERS,
    );
    const all = [...(await withErrorNodes(opened, graph)).nodes.values()];
    const name = (node: FeatureVector): string => featureName(node, { contrib: false });
    const short = (node: FeatureVector): string =>
      featureName(node, { contrib: false, full: false });
    yield compareNamed(
      `${what}: nodes and error nodes`,
      nodes,
      all.flatMap((node): Named[] => [name, short].map((by) => [by(node), node.contrib ?? 0])),
      NUMBERS,
    );
  }
}

/** The tokens that the last direction of a path reads, scaled as the path has it. */
async function* pathDeembedding(
  { deembeddedPath }: PublishedCircuit,
  found: readonly (readonly Path[])[],
  { backbone, tokenizer }: CheckBench,
  what: string,
): AsyncGenerator<Comparison> {
  if (deembeddedPath === undefined) return;
  const { level, index, top, bottom } = deembeddedPath;
  const vector = found[level]?.[index]?.at(-1)?.vector;
  if (vector === undefined) return;
  const values = await deembed(backbone.matrices, vector);
  const published = [...top, ...bottom];
  const ours = published.map(([text]): Named => [text, values[tokenizer.singleToken(text)]!]);
  yield compareNamed(
    `${what}: tokens that path [${level}][${index}] reads`,
    published,
    ours,
    TABLE,
  );
}

/** The features of an earlier transcoder that the root reads, scaled by its layer norm. */
async function* rootPullbacks(
  { prompt, pullbacks = [] }: PublishedCircuit,
  found: readonly (readonly Path[])[],
  bench: CheckBench,
  what: string,
): AsyncGenerator<Comparison> {
  const vector = found[0]?.[0]?.[0]?.vector;
  if (vector === undefined) return;
  for (const { by, withoutBos, top, bottom } of pullbacks) {
    const { weights, config } = await bench.transcoders.at(by);
    const tokens = bench.tokenizer.encode(prompt, { prependBos: false });
    const codes = withoutBos && (await codesAt(bench, bench.backbone, by, tokens, -1));
    const strength = (feature: number): number =>
      dot(vector, weights.wDec, feature * config.dOut) * (codes?.[feature] ?? 1);
    const features = [...top, ...bottom];
    const published = features.map(([feature, value]): Named => [`${by}/${feature}`, value]);
    const ours = features.map(([feature]): Named => [`${by}/${feature}`, strength(feature)]);
    const where = withoutBos ? ', times their codes without BOS' : '';
    yield compareNamed(`${what}: features of layer ${by}${where}`, published, ours, TABLE);
  }
}

async function rootOf(
  { root }: PublishedCircuit,
  { backbone, transcoders, tokenizer }: CheckBench,
): Promise<FeatureVector> {
  if ('feature' in root) return coderFeature(await transcoders.at(root.layer), root.feature);
  const [plus, minus] = [tokenizer.singleToken(root.more), tokenizer.singleToken(root.less)];
  return logitFeature(backbone, { plus, minus });
}
