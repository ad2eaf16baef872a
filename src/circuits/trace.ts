// Tracing a circuit from a config: model, transcoders, prompt, graph, and the files that show it.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { resolveLanguageModel } from '../backbones/language/checkpoints.ts';
import { openLanguageModel } from '../backbones/language/load.ts';
import { openTokenizerOf } from '../backbones/language/tokenizer.ts';
import type { LanguageBackbone } from '../backbones/language/types.ts';
import { UserError } from '../base/errors.ts';
import { diskError, writeFileAtomic, writeJsonAtomic } from '../base/files.ts';
import { packageVersion } from '../base/version.ts';
import type { Tokenizer } from '../data/text/tokenizer.ts';
import { svgToPng } from '../visuals/figures.ts';
import { printedPaths } from './compatible/components.ts';
import { topPaths } from './compatible/paths.ts';
import { openCircuitPrompt } from './compatible/prompt.ts';
import { coderFeature, logitFeature } from './compatible/roots.ts';
import type { CircuitsConfig } from './config.ts';
import { attribute } from './exact/attribute.ts';
import type { ExactGraph } from './exact/graph.ts';
import { pruneGraph } from './exact/prune.ts';
import { graphFigure } from './figure.ts';
import { graphJson } from './graph-json.ts';
import { writeCircuitPage } from './page.ts';
import { rootsOf } from './root-names.ts';
import { openTranscoders, type TranscoderSet } from './transcoders.ts';

/** What was traced, and where it stands. */
export type TracedCircuit =
  | { readonly mode: 'exact'; readonly graph: ExactGraph; readonly files: readonly string[] }
  /** The lines that transcoder-circuits prints. */
  | {
      readonly mode: 'compatible';
      readonly lines: readonly string[];
      readonly files: readonly string[];
    };

/**
 * Trace a circuit and write it to `out`: exact mode writes `graph.json`, `figure.svg` and `index.html`, compatible mode
 * `paths.txt`. Throws a UserError for a prompt, roots or transcoders that the model does not have; then nothing is
 * written.
 */
export async function traceCircuit(
  config: CircuitsConfig,
  { signal }: { signal?: AbortSignal } = {},
): Promise<TracedCircuit> {
  const { threads } = config;
  const model = await resolveLanguageModel(config.model, { signal });
  const tokenizer = await openTokenizerOf(model, { name: config.tokenizer, signal });
  const tokens = promptTokens(config, tokenizer, model.config.nCtx);
  const { processing } = config;
  const backbone = await openLanguageModel(model, { processing, threads, signal });
  try {
    const transcoders = await openTranscoders(config.transcoders, { backbone, threads, signal });
    try {
      const work = { backbone, transcoders, tokenizer, tokens, signal };
      return config.mode === 'exact' ? await exactly(config, work) : await compatibly(config, work);
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
  readonly tokenizer: Tokenizer;
  readonly tokens: readonly number[];
  readonly signal: AbortSignal | undefined;
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

async function exactly(config: CircuitsConfig, work: Work): Promise<TracedCircuit> {
  const { backbone, transcoders, tokenizer, tokens, signal } = work;
  const { maxNodes, heads, demean, threads, nodeThreshold, edgeThreshold, prompt, out } = config;
  const roots = rootsOf(config, tokenizer);
  const options = { maxNodes, heads, demean, threads, signal };
  const attribution = await attribute(backbone, transcoders, tokens, roots, options);
  const names: Record<string, string> = {};
  for (const layer of transcoders.layers) names[layer] = (await transcoders.at(layer)).name;
  const graph = pruneGraph(
    attribution,
    {
      model: backbone.checkpoint,
      transcoders: names,
      prompt,
      tokenStrings: tokenizer.tokenStrings(tokens),
      tokenString: (token) => tokenizer.tokenStrings([token])[0]!,
    },
    { nodeThreshold, edgeThreshold },
  );
  const root = graph.nodes
    .filter(({ isRoot }) => isRoot)
    .map(({ label }) => label)
    .join(', ');
  const json = graphJson(graph, { slug: slugOf(prompt), root, version: packageVersion() });
  const svg = graphFigure(graph, { title: `${root} ← ${JSON.stringify(prompt)}` });
  const path = await inFolder(out);
  const files = ['graph.json', 'figure.svg', 'index.html'].map(path);
  await writeJsonAtomic(files[0]!, json);
  await writeFileAtomic(files[1]!, svg);
  await writeCircuitPage(files[2]!, json, { title: prompt });
  if (config.png) {
    files.push(path('figure.png'));
    await writeFileAtomic(files[3]!, await svgToPng(svg));
  }
  return { mode: 'exact', graph, files };
}

async function compatibly(config: CircuitsConfig, work: Work): Promise<TracedCircuit> {
  const { backbone, transcoders, tokenizer, tokens, signal } = work;
  const roots = rootsOf(config, tokenizer);
  const prompt = await openCircuitPrompt(tokens, { backbone, transcoders, signal });
  const lines: string[] = [];
  for (const root of roots) {
    if (root.kind === 'salient' || root.kind === 'vector') {
      throw new UserError('missing root: compatible mode explains a feature or a logit', {
        hint: 'name one with --feature LAYER/INDEX, --logit TOKEN or --logit-difference A,B',
      });
    }
    const start =
      root.kind === 'feature'
        ? coderFeature(await transcoders.at(root.layer), root.feature, { token: root.position })
        : await logitFeature(backbone, {
            plus: root.token,
            minus: root.kind === 'difference' ? root.less : undefined,
          });
    const { iterations, branches } = config;
    lines.push(...printedPaths(await topPaths(prompt, start, { iterations, branches, signal })));
  }
  const path = (await inFolder(config.out))('paths.txt');
  await writeFileAtomic(path, `${lines.join('\n')}\n`);
  return { mode: 'compatible', lines, files: [path] };
}

async function inFolder(folder: string): Promise<(name: string) => string> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw diskError(error, folder);
  }
  return (name) => join(folder, name);
}

/** A prompt as part of an address. */
function slugOf(prompt: string): string {
  const words = prompt
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return words.slice(0, 60) || 'prompt';
}
