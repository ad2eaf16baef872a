// The features of every layer as pages to browse, and what they say of the features of a circuit.
import { join } from 'node:path';
import { kindOfPath, readJson } from '../../base/files.ts';
import type { CircuitGraph } from '../../circuits/graph/graph.ts';
import type { FeatureDetails } from '../../pages/circuit-page.ts';
import { checkFeatureDetails } from '../../pages/circuit-page-check.ts';
import { conceptMatches } from '../../studies/scoring/concepts.ts';
import type { TrainConfig } from '../../training/config/train-config.ts';
import { VisualsConfig } from '../../visuals/config.ts';
import { visualize } from '../../visuals/visualize.ts';
import type { FoundConcept } from './knowledge.ts';
import type { DemoTranscoder } from './training.ts';

/** The page of a layer's features. */
export interface LayerDashboards {
  readonly layer: number;
  readonly features: number;
  readonly folder: string;
  readonly page: string;
}

interface DashboardDemoOptions {
  /** Folder with a folder for each layer. */
  readonly folder: string;
  /** Rows of tokens that features are shown on. */
  readonly texts: string;
  readonly concepts: readonly FoundConcept[];
  readonly seed: number;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Address of a layer's page from the folder of another page of the demo. */
const PAGE = 'layer-{layer}/sort_by_patch/index.html';

/** The same, for a page beside the folder of dashboards. */
export function pagesFrom(folder: string): string {
  return `../${folder}/${PAGE}`;
}

/** Write the page of each transcoder's features, pulled back through those of the layers before it. */
export async function writeDashboards(
  trained: readonly { readonly config: TrainConfig; readonly transcoder: DemoTranscoder }[],
  { folder, texts, concepts, seed, threads, signal }: DashboardDemoOptions,
): Promise<LayerDashboards[]> {
  const written: LayerDashboards[] = [];
  for (const { config, transcoder } of trained) {
    const { layer, path } = transcoder;
    const earlier = trained.filter((each) => each.transcoder.layer < layer);
    const { language } = config.data;
    const job = VisualsConfig.parse({
      ckpt: path,
      data: {
        ...config.data,
        language: { ...language, texts: { type: 'text-files', root: texts } },
      },
      dumpTo: join(folder, `layer-${layer}`),
      transcoders: earlier.map((each) => each.transcoder.path),
      dashboards: `../../${PAGE}`,
      topK: 12,
      pageExamples: 12,
      logFreqRange: [-6, 0],
      logValueRange: [-6, 6],
      seed,
      threads,
    });
    const visuals = await visualize(job, {
      ...(signal && { signal }),
      concepts: conceptMatches(concepts.filter((concept) => concept.layer === layer)),
      title: `The embedded language, layer ${layer}`,
    });
    const { page } = visuals;
    written.push({ layer, features: page.features, folder: visuals.folder, page: page.path });
  }
  return written;
}

/** Read what the dashboards say of the features of a graph, by `LAYER/INDEX`. */
export async function detailsOf(
  { nodes }: CircuitGraph,
  dashboards: readonly LayerDashboards[],
): Promise<Record<string, FeatureDetails>> {
  const details: Record<string, FeatureDetails> = {};
  for (const { kind, layer, feature } of nodes) {
    const key = `${layer}/${feature}`;
    const shown = dashboards.find((each) => each.layer === layer);
    if (kind !== 'feature' || details[key] !== undefined || shown === undefined) continue;
    const path = join(shown.folder, 'dashboards', `${feature}.json`);
    // A feature that fired on none of the texts shown has none.
    if ((await kindOfPath(path)) !== 'file') continue;
    details[key] = checkFeatureDetails(await readJson(path, 'dashboard'), key);
  }
  return details;
}
