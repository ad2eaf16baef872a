// Published circuits of GPT-2 small: paths as they were printed, edges, nodes and error nodes.
import type { FeatureVector } from '../compatible/components.ts';
import { featureName, pathText } from '../compatible/components.ts';
import { withErrorNodes } from '../compatible/error-nodes.ts';
import { graphOfPaths } from '../compatible/graph.ts';
import { topPaths } from '../compatible/paths.ts';
import { openCircuitPrompt } from '../compatible/prompt.ts';
import { coderFeature, logitFeature } from '../compatible/roots.ts';
import type { CheckBench } from './checks.ts';
import { type Comparison, compareLines, compareNamed, type Named } from './comparison.ts';
import type { Published } from './values.ts';

type PublishedCircuit = Published['circuits'][number];

/** Of the lines printed, so many may differ: the last of a list where two are near, the last digit of a number. */
const LINES = 0.1;
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

async function rootOf(
  { root }: PublishedCircuit,
  { backbone, transcoders, tokenizer }: CheckBench,
): Promise<FeatureVector> {
  if ('feature' in root) return coderFeature(await transcoders.at(root.layer), root.feature);
  const [plus, minus] = [tokenizer.singleToken(root.more), tokenizer.singleToken(root.less)];
  return logitFeature(backbone, { plus, minus });
}
