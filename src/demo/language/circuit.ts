// The circuit of one known behaviour, the closing of brackets: traced exactly, and held against what the grammar says.
import { join } from 'node:path';
import {
  type Intervention,
  type LanguageBackbone,
  LOGITS,
} from '../../backbones/language/types.ts';
import { writeFileAtomic, writeJsonAtomic } from '../../base/files.ts';
import { makeFolder } from '../../base/folders.ts';
import { Random } from '../../base/random.ts';
import { packageVersion } from '../../base/version.ts';
import { type Attribution, attribute } from '../../circuits/attribution/attribute.ts';
import { pruneGraph } from '../../circuits/attribution/prune.ts';
import type { CircuitGraph, GraphScores } from '../../circuits/graph/graph.ts';
import { graphJson } from '../../circuits/graph/graph-json.ts';
import { promptNames } from '../../circuits/graph/names.ts';
import { graphFigure } from '../../circuits/output/figure.ts';
import { writeCircuitPage } from '../../circuits/output/page.ts';
import type { TranscoderSet } from '../../circuits/transcoders.ts';
import type { Tokenizer } from '../../data/texts/tokenizer.ts';
import { BRACKETS, HOLDERS, THINGS } from '../../data/worlds/language/lexicon.ts';
import type { FeatureDetails } from '../../pages/circuit-page.ts';
import { type Ablation, ablations } from './ablations.ts';

/** A prompt whose next word one earlier word decides. */
interface KnownPrompt {
  readonly text: string;
  /** Next words: the one that the grammar wants, and the one that another word at `decisive` would make right. */
  readonly right: string;
  readonly wrong: string;
  /** The word that decides, and the other one. */
  readonly decisive: string;
  readonly opposite: string;
}

/** What a token has of the influence that ends at tokens. */
interface TokenShare {
  readonly position: number;
  readonly token: string;
  readonly share: number;
}

/** A traced circuit and how it stood the tests. */
export interface CircuitReport {
  readonly prompt: KnownPrompt;
  /** `logit(right) − logit(wrong)` of the model, with transcoders in its MLPs' place, and with the opposite word. */
  readonly difference: {
    readonly clean: number;
    readonly replaced: number;
    readonly opposite: number;
  };
  /** Of every token of the prompt, the largest first. */
  readonly shares: readonly TokenShare[];
  /** Place of the decisive word among them, from 1. */
  readonly rank: number;
  /** Whether the head that gives the root most reads the decisive word. */
  readonly headReadsDecisive: boolean;
  /** Other prompts of the kind, and in how many of them the decisive word has the largest share. */
  readonly others: { readonly prompts: number; readonly first: number; readonly meanShare: number };
  readonly ablations: readonly Ablation[];
  readonly nodes: number;
  readonly edges: number;
  readonly scores: GraphScores;
  readonly page: string;
  readonly files: readonly string[];
}

interface CircuitDemoOptions {
  readonly backbone: LanguageBackbone;
  readonly transcoders: TranscoderSet;
  /** The model with transcoders in place of all MLPs. */
  readonly replaced: LanguageBackbone;
  readonly tokenizer: Tokenizer;
  /** Folder that graph.json, figure.svg and index.html are written to. */
  readonly folder: string;
  readonly seed: number;
  /** Relative address of the features of a layer, `{layer}` standing for it. */
  readonly dashboards?: string | undefined;
  /** What is known of the graph's features, for the page. */
  readonly details?: (graph: CircuitGraph) => Promise<Record<string, FeatureDetails>>;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Prompts besides the one that is shown. */
const OTHERS = 10;

/** Trace the circuit that closes the inner of two brackets, test it, and write it down. */
export async function traceBrackets(options: CircuitDemoOptions): Promise<CircuitReport> {
  const { backbone, tokenizer, signal, seed } = options;
  const prompt = bracketPrompt(['bag', 'cup', 'coin'], [BRACKETS[0], BRACKETS[1]]);
  const { graph, attribution, tokens, token, less } = await trace(prompt, options);
  const difference = async (
    model: LanguageBackbone,
    ids: readonly number[],
    interventions: readonly Intervention[] = [],
  ): Promise<number> => {
    const found = await model.run([ids], { record: [LOGITS], interventions, signal });
    const logits = found.get(LOGITS)!.data.subarray(-backbone.config.dVocab);
    return logits[token]! - logits[less]!;
  };
  const clean = await difference(backbone, tokens);
  const [decisive, opposite] = [prompt.decisive, prompt.opposite].map(tokenizer.singleToken);
  const turned = tokens.map((id) => (id === decisive ? opposite! : id));
  const shares = tokenShares(graph);
  const written = await writeCircuit(graph, prompt, options);
  return {
    prompt,
    difference: {
      clean,
      replaced: await difference(options.replaced, tokens),
      opposite: await difference(backbone, turned),
    },
    shares,
    rank: rankOf(prompt, shares),
    headReadsDecisive: strongestHeadSource(graph) === tokens.indexOf(decisive!),
    others: await sameInOthers(options),
    ablations: await ablations(graph, attribution, {
      ...options,
      seed,
      fallOf: async (changes) => clean - (await difference(backbone, tokens, changes)),
    }),
    nodes: graph.nodes.length,
    edges: graph.edges.length,
    scores: graph.scores,
    ...written,
  };
}

/** `Today, the bag held ( a cup [ a coin`, which ` ]` closes, where ` ( a cup ( a coin` would be closed by ` )`. */
function bracketPrompt(
  [holder, first, second]: readonly [string, string, string],
  [outer, inner]: readonly [(typeof BRACKETS)[number], (typeof BRACKETS)[number]],
): KnownPrompt {
  return {
    text: `Today, the ${holder} held ${outer.open} a ${first} ${inner.open} a ${second}`,
    right: ` ${inner.close}`,
    wrong: ` ${outer.close}`,
    decisive: ` ${inner.open}`,
    opposite: ` ${outer.open}`,
  };
}

interface Traced {
  readonly graph: ReturnType<typeof pruneGraph>;
  readonly attribution: Attribution;
  readonly tokens: readonly number[];
  readonly token: number;
  readonly less: number;
}

/** Attribute `logit(right) − logit(wrong)` after a prompt. */
async function trace(
  { text, right, wrong }: KnownPrompt,
  { backbone, transcoders, tokenizer, threads, signal }: CircuitDemoOptions,
): Promise<Traced> {
  const tokens = [...tokenizer.encode(text)];
  const [token, less] = [tokenizer.singleToken(right), tokenizer.singleToken(wrong)];
  const root = { kind: 'difference', token, less } as const;
  const attribution = await attribute(backbone, transcoders, tokens, [root], {
    signal,
    ...(threads === undefined ? {} : { threads }),
  });
  const names = await promptNames(text, tokens, { backbone, transcoders, tokenizer });
  const graph = pruneGraph(attribution, names);
  return { graph, attribution, tokens, token, less };
}

/** Follow the influence back to the tokens: the share of each. */
function tokenShares({ nodes, tokenStrings }: CircuitGraph): TokenShare[] {
  const tokens = nodes.filter(({ kind }) => kind === 'token');
  const total = tokens.reduce((sum, { influence }) => sum + influence, 0);
  return tokens
    .map(({ position, influence }) => ({
      position: position!,
      token: tokenStrings[position!]!,
      share: influence / total,
    }))
    .sort((a, b) => b.share - a.share);
}

function rankOf({ decisive }: KnownPrompt, shares: readonly TokenShare[]): number {
  return 1 + shares.findIndex(({ token }) => token === decisive);
}

/** Position that the head with the largest edge into the root reads. */
function strongestHeadSource({ nodes, edges }: CircuitGraph): number | undefined {
  const root = nodes.findIndex(({ isRoot }) => isRoot);
  const heads = edges
    .filter(({ source, target }) => target === root && nodes[source]!.kind === 'head')
    .sort((a, b) => b.weight - a.weight);
  return heads[0] === undefined ? undefined : nodes[heads[0].source]!.head!.source;
}

/** Trace other prompts of the same kind, and see whether the decisive word comes first in them, too. */
async function sameInOthers(options: CircuitDemoOptions): Promise<CircuitReport['others']> {
  const random = new Random(options.seed, 'bracket prompts');
  let [first, sum] = [0, 0];
  for (let i = 0; i < OTHERS; i++) {
    const [outer, inner] = twoOf<(typeof BRACKETS)[number]>(BRACKETS, random);
    const [a, b] = twoOf(THINGS, random);
    const prompt = bracketPrompt([random.pick(HOLDERS), a, b], [outer, inner]);
    const shares = tokenShares((await trace(prompt, options)).graph);
    const rank = rankOf(prompt, shares);
    if (rank === 1) first++;
    sum += shares[rank - 1]!.share;
  }
  return { prompts: OTHERS, first, meanShare: sum / OTHERS };
}

function twoOf<T>(items: readonly T[], random: Random): readonly [T, T] {
  const [first, second] = random.shuffle([...items]);
  return [first!, second!];
}

async function writeCircuit(
  graph: CircuitGraph,
  { text }: KnownPrompt,
  { folder, dashboards, details }: CircuitDemoOptions,
): Promise<{ page: string; files: string[] }> {
  const root = graph.nodes.find(({ isRoot }) => isRoot)!.label;
  const json = graphJson(graph, {
    slug: 'language-world-brackets',
    root,
    version: packageVersion(),
    ...(dashboards === undefined ? {} : { dashboards }),
  });
  await makeFolder(folder);
  const [graphFile, figure, page] = ['graph.json', 'figure.svg', 'index.html'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  await writeJsonAtomic(graphFile, json);
  await writeFileAtomic(figure, graphFigure(graph, { title: `${root} ← ${JSON.stringify(text)}` }));
  const features = (await details?.(graph)) ?? {};
  await writeCircuitPage(page, json, { title: text, features });
  return { page, files: [graphFile, figure, page] };
}
