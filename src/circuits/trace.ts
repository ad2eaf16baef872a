// Tracing a circuit from a config: model, transcoders, prompt, graph, and the files that show it.
import { join } from 'node:path';
import {
  openLanguageModel,
  openTokenizerOf,
  resolveLanguageModel,
} from '../backbones/language/open.ts';
import type { LanguageBackbone } from '../backbones/language/types.ts';
import { UserError } from '../base/errors.ts';
import { writeFileAtomic } from '../base/files.ts';
import type { Tokenizer } from '../data/texts/tokenizer.ts';
import { attribute } from './attribution/attribute.ts';
import { pruneGraph } from './attribution/prune.ts';
import type { Root } from './attribution/targets.ts';
import type { CircuitsConfig } from './config.ts';
import type { CircuitGraph } from './graph/graph.ts';
import type { PromptNames } from './graph/names.ts';
import { writeCircuitFiles } from './output/circuit-files.ts';
import { openDashboards } from './output/dashboards.ts';
import { graphOfRoots, type RootPaths } from './paths/circuit-graph.ts';
import { type FeatureVector, type Path, printedPaths } from './paths/components.ts';
import { withErrorNodes } from './paths/error-nodes.ts';
import { graphOfPaths } from './paths/path-graph.ts';
import { topPaths } from './paths/paths.ts';
import { openCircuitPrompt } from './paths/prompt.ts';
import { coderFeature, logitFeature } from './paths/starts.ts';
import { rootsOf } from './roots.ts';
import { openTranscoders, type TranscoderSet } from './transcoders.ts';

/** What was traced, and where it stands. */
export type TracedCircuit = {
  readonly graph: CircuitGraph;
  readonly files: readonly string[];
} & (
  | { readonly mode: 'exact' }
  /** The lines that transcoder-circuits prints. */
  | { readonly mode: 'compatible'; readonly lines: readonly string[] }
);

/**
 * Trace a circuit and write it to `out`: `graph.json`, `figure.svg` and `index.html`, and in compatible mode the paths as
 * `paths.txt`. Throws a UserError for a prompt, roots, transcoders or dashboards that there are not, or that do not fit
 * the model; then nothing is written.
 */
export async function trace(
  config: CircuitsConfig,
  { signal }: { signal?: AbortSignal } = {},
): Promise<TracedCircuit> {
  const { device, threads, prompt, out, png } = config;
  const model = await resolveLanguageModel(config.model, { signal });
  const tokenizer = await openTokenizerOf(model, { name: config.tokenizer, signal });
  const tokens = promptTokens(config, tokenizer, model.config.nCtx);
  const { processing } = config;
  const backbone = await openLanguageModel(model, { processing, threads, signal });
  try {
    const transcoders = await openTranscoders(config.transcoders, {
      backbone,
      device,
      threads,
      signal,
    });
    try {
      const roots = rootsOf(config, tokenizer);
      const dashboards =
        config.dashboards === undefined
          ? undefined
          : await openDashboards(config.dashboards, transcoders.layers);
      const names = await namesOf(config, { backbone, transcoders, tokenizer, tokens });
      const work = { backbone, transcoders, tokens, roots, names, signal };
      const found = await (config.mode === 'exact' ? exactly : compatibly)(config, work);
      const files = await writeCircuitFiles(out, found.graph, {
        prompt,
        mode: config.mode,
        png,
        features: (await dashboards?.detailsOf(found.graph)) ?? {},
        dashboards: dashboards?.addressFrom(out),
      });
      if (found.lines === undefined) return { mode: 'exact', graph: found.graph, files };
      const paths = join(out, 'paths.txt');
      await writeFileAtomic(paths, `${found.lines.join('\n')}\n`);
      return { mode: 'compatible', ...found, lines: found.lines, files: [paths, ...files] };
    } finally {
      await transcoders.close();
    }
  } finally {
    await backbone.close();
  }
}

interface Work {
  readonly backbone: LanguageBackbone;
  readonly transcoders: TranscoderSet;
  readonly tokens: readonly number[];
  readonly roots: readonly Root[];
  readonly names: PromptNames;
  readonly signal: AbortSignal | undefined;
}

/** A graph, and the lines that are printed of paths. */
interface Found {
  readonly graph: CircuitGraph;
  readonly lines?: readonly string[];
}

async function namesOf(
  { prompt }: CircuitsConfig,
  {
    backbone,
    transcoders,
    tokenizer,
    tokens,
  }: Pick<Work, 'backbone' | 'transcoders' | 'tokens'> & { readonly tokenizer: Tokenizer },
): Promise<PromptNames> {
  const names: Record<string, string> = {};
  for (const layer of transcoders.layers) names[layer] = (await transcoders.at(layer)).name;
  return {
    model: backbone.checkpoint,
    transcoders: names,
    prompt,
    tokenStrings: tokenizer.tokenStrings(tokens),
    tokenString: (token) => tokenizer.tokenStrings([token])[0]!,
  };
}

function promptTokens(
  { prompt, prependBos }: CircuitsConfig,
  tokenizer: Tokenizer,
  nCtx: number,
): number[] {
  const tokens = [...tokenizer.encode(prompt, { prependBos })];
  if (tokens.length > nCtx) {
    throw new UserError(`invalid prompt: ${tokens.length} tokens, the model takes ${nCtx}`);
  }
  return tokens;
}

async function exactly(config: CircuitsConfig, work: Work): Promise<Found> {
  const { backbone, transcoders, tokens, roots, names, signal } = work;
  const { maxNodes, heads, demean, threads, nodeThreshold, edgeThreshold } = config;
  const options = { maxNodes, heads, demean, threads, signal };
  const attribution = await attribute(backbone, transcoders, tokens, roots, options);
  return { graph: pruneGraph(attribution, names, { nodeThreshold, edgeThreshold }) };
}

async function compatibly(config: CircuitsConfig, work: Work): Promise<Found> {
  const { backbone, transcoders, tokens, roots, names, signal } = work;
  const { iterations, branches } = config;
  const prompt = await openCircuitPrompt(tokens, { backbone, transcoders, signal });
  const lines: string[] = [];
  const found: RootPaths[] = [];
  for (const root of roots) {
    const { start, logit } = await startOf(root, work);
    const search = (raw: boolean): Promise<Path[][]> =>
      topPaths(prompt, start, { iterations, branches, raw, signal });
    // Only raw contributions add up to a graph.
    const raw = await search(true);
    lines.push(...printedPaths(config.raw ? raw : await search(false)));
    const graph = await withErrorNodes(prompt, graphOfPaths(raw.flat()));
    found.push({ graph, ...(logit && { logit }) });
  }
  return { graph: await graphOfRoots(prompt, found, names), lines };
}

/** Where path search begins for a root. */
async function startOf(
  root: Root,
  { backbone, transcoders }: Work,
): Promise<{ start: FeatureVector; logit?: RootPaths['logit'] }> {
  switch (root.kind) {
    case 'feature': {
      const coder = await transcoders.at(root.layer);
      return { start: coderFeature(coder, root.feature, { token: root.position }) };
    }
    case 'logit':
    case 'difference': {
      const { token, less } = { less: undefined, ...root };
      const start = await logitFeature(backbone, { plus: token, minus: less });
      return { start, logit: { token, less } };
    }
    default:
      throw new UserError('missing root: compatible mode explains a feature or a logit', {
        hint: 'name one with --feature LAYER/INDEX, --logit TOKEN or --logit-difference A,B',
      });
  }
}
