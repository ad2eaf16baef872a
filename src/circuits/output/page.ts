// The circuit page: one file that shows an attribution graph. It opens from the disk, without a server.
import { UserError } from '../../base/errors.ts';
import { writeFileAtomic } from '../../base/files.ts';
import {
  CIRCUIT_NAMES,
  type CircuitIsland,
  type FeatureDetails,
  type PageGraph,
} from '../../pages/circuit-page.ts';
import { checkFeatureDetails, checkPageGraph } from '../../pages/circuit-page-check.ts';
import { island } from '../../pages/page-files.ts';
import { fillTemplate, readTemplate } from '../../pages/template.ts';

/** What the page shows beside the graph. */
export interface CircuitPageOptions {
  /** Dashboards by `LAYER/INDEX`, shown when their node is clicked. */
  readonly features?: Readonly<Record<string, FeatureDetails>>;
  /** Head of the page; the graph's slug by default. */
  readonly title?: string;
  /** The built page without data; that of this package by default. */
  readonly template?: string;
}

/** What was written. */
export interface CircuitPageSummary {
  readonly path: string;
  readonly nodes: number;
  readonly links: number;
  readonly features: number;
}

/**
 * Write a page about `graph`, which is in circuit-tracer's JSON schema, to `path`.
 *
 * @throws {UserError} for a graph or a feature of another form, and then leaves what stood at `path`.
 */
export async function writeCircuitPage(
  path: string,
  graph: PageGraph,
  options: CircuitPageOptions = {},
): Promise<CircuitPageSummary> {
  const { nodes, links, metadata } = checkPageGraph(graph);
  const features = Object.entries(options.features ?? {});
  for (const [key, details] of features) {
    if (!/^\d+\/\d+$/.test(key)) {
      throw new UserError(`invalid feature key: '${key}'`, { hint: 'write LAYER/INDEX, as 8/89' });
    }
    checkFeatureDetails(details, key);
  }
  const shown: CircuitIsland = { title: options.title ?? metadata.slug, graph };
  const islands = [
    island(CIRCUIT_NAMES.graph, JSON.stringify(shown)),
    island(CIRCUIT_NAMES.features, JSON.stringify(features.map(([key]) => key))),
    ...features.map(([key, details]) =>
      island(CIRCUIT_NAMES.feature(key), JSON.stringify(details)),
    ),
  ];
  const template = await readTemplate('circuits', options.template);
  await writeFileAtomic(path, fillTemplate(template, islands));
  return { path, nodes: nodes.length, links: links.length, features: features.length };
}
