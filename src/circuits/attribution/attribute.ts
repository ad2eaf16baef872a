// The attribution graph of a prompt: from its roots, the most influential features are followed next.
import { availableParallelism } from 'node:os';
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import { UserError } from '../../base/errors.ts';
import { startProgress } from '../../base/progress.ts';
import { openArrayGemm } from '../../compute/products/open.ts';
import type { HeadInstance } from '../graph/graph.ts';
import { fromTheTop, type InputRow, influences } from '../graph/influence.ts';
import type { OnTraceProgress } from '../method.ts';
import type { TranscoderSet } from '../transcoders.ts';
import type { FrozenPrompt } from './flow.ts';
import { frozenAttention } from './frozen-model.ts';
import { frozenSkips } from './frozen-skip.ts';
import { inflowsOf, type NodeInflow } from './inflows.ts';
import { type PromptState, promptState } from './prompt-state.ts';
import { type Sources, sourcesOf } from './sources.ts';
import { featureTarget, type Root, rootTargets, type Target } from './targets.ts';

/** How large an attribution graph may grow. */
export interface AttributeOptions {
  /** Most features whose inputs are computed, roots not counted. @default 512 */
  readonly maxNodes?: number;
  /** Most head instances of a target that become nodes. @default 4 */
  readonly heads?: number;
  /** Least part of a target's inputs, summed without their signs, that must flow through such a head. @default 0.02 */
  readonly headShare?: number;
  /** Attribute a logit less the mean of all logits, as if the unembedding were centred. @default true */
  readonly demean?: boolean;
  readonly threads?: number;
  /** BLAS library to use, or `none`. */
  readonly blas?: string;
  readonly signal?: AbortSignal;
  /** Hears how many features are done. */
  readonly onProgress?: OnTraceProgress | undefined;
}

/** A node with inputs; nodes are the sources first, then `Attribution.others`. */
export interface AttributionRow extends InputRow {
  /** What the inputs and the constant sum to. */
  readonly value: number;
  readonly constant: number;
}

/** A node that is no source. */
export type OtherNode =
  | { readonly kind: 'root'; readonly target: Target }
  | { readonly kind: 'head'; readonly head: HeadInstance; readonly of: number };

/** All that was computed: every node with its inputs, nothing left out. */
export interface Attribution {
  readonly state: PromptState;
  readonly sources: Sources;
  readonly others: readonly OtherNode[];
  /** From the highest depth to the lowest. */
  readonly rows: readonly AttributionRow[];
  /** Nodes of the roots, and what each has of the influence. */
  readonly roots: ReadonlyMap<number, number>;
  /** Targets by their nodes. */
  readonly targets: ReadonlyMap<number, Target>;
}

/**
 * Attribute roots to everything before them, under attention patterns and norms frozen at their values on the prompt:
 * `value = Σ inputs + constant` for every node.
 *
 * @throws {UserError} for roots that do not exist, and for a prompt that is empty or too long.
 */
export async function attribute(
  backbone: LanguageBackbone,
  transcoders: TranscoderSet,
  tokens: readonly number[],
  roots: readonly Root[],
  options: AttributeOptions = {},
): Promise<Attribution> {
  const { maxNodes = 512, demean = true, signal, threads = availableParallelism() } = options;
  if (roots.length === 0) throw new UserError('missing root: nothing to explain');
  const state = await promptState(backbone, transcoders, tokens, { signal });
  const targets: Target[] = [];
  for (const root of roots) targets.push(...(await rootTargets(backbone, state, root, { demean })));
  const attention = await frozenAttention(backbone, signal);
  const sources = sourcesOf(backbone, state, attention);
  const skips = frozenSkips(backbone, state);
  const { dModel, nHeads, dHead, parallel } = backbone.config;
  const gemm = await openArrayGemm(options.blas);
  const sizes = { dModel, nHeads, dHead, parallel };
  const prompt = { ...sizes, state, attention, sources, skips, gemm, threads };
  const growth = growing(prompt, options);

  const most = Math.min(maxNodes, sources.nFeatures);
  const progress = startProgress('attribution', { total: most, unit: 'features' });
  try {
    const total = targets.reduce((sum, { weight }) => sum + weight, 0);
    await growth.addRoots(targets.map((target) => ({ ...target, weight: target.weight / total })));
    for (let done = 0; done < most; ) {
      signal?.throwIfAborted();
      const next = growth.mostInfluential(Math.min(phaseSize(most), most - done));
      if (next.length === 0) break;
      await growth.add(next.map((source) => targetOf(backbone, state, sources, source)));
      done += next.length;
      progress.tick(next.length);
      options.onProgress?.({ doing: 'finding inputs of features', done, total: most });
    }
    progress.finish();
  } finally {
    progress.end();
  }
  return growth.result();
}

/** Features that are chosen at a time: fewer choose better, more compute faster. */
function phaseSize(most: number): number {
  return Math.min(128, Math.max(16, Math.ceil(most / 8)));
}

function targetOf(
  backbone: LanguageBackbone,
  state: PromptState,
  sources: Sources,
  source: number,
): Target {
  const { layer, position, feature } = sources.at(source);
  return featureTarget(backbone, state, { layer, position: position!, feature: feature! });
}

/** A graph that grows. */
interface Growth {
  addRoots(targets: readonly Target[]): Promise<void>;
  add(targets: readonly Target[]): Promise<void>;
  /** Features whose inputs are not known, by influence. */
  mostInfluential(count: number): number[];
  result(): Attribution;
}

/** Numbers in each of the arrays of one sweep: 128 MiB. */
const SWEEP_NUMBERS = 2 ** 25;

function growing(prompt: FrozenPrompt, options: AttributeOptions): Growth {
  const { sources, state, dModel } = prompt;
  const { heads: mostHeads = 4, headShare = 0.02, signal } = options;
  const others: OtherNode[] = [];
  const rows: AttributionRow[] = [];
  const starts = new Map<number, number>();
  const targets = new Map<number, Target>();
  const addOther = (node: OtherNode): number => sources.count + others.push(node) - 1;

  const nodeOf = (target: Target): number => {
    const { kind, layer, position, feature = -1 } = target;
    const source = kind === 'feature' ? sources.featureSource(layer, position, feature) : undefined;
    return source ?? addOther({ kind: 'root', target });
  };
  const addRow = (
    row: Omit<AttributionRow, 'from' | 'weight'>,
    inflow: NodeInflow,
    headNodes: readonly number[],
  ): void => {
    const { sources: given, heads } = inflow;
    let nInputs = 0;
    for (let i = 0; i < given.length; i++) if (given[i] !== 0) nInputs++;
    for (const x of heads) if (x !== 0) nInputs++;
    const from = new Uint32Array(nInputs);
    const weight = new Float32Array(nInputs);
    let at = 0;
    for (let source = 0; source < given.length; source++) {
      if (given[source] === 0) continue;
      from[at] = source;
      weight[at++] = given[source]!;
    }
    heads.forEach((x, head) => {
      if (x === 0) return;
      from[at] = headNodes[head]!;
      weight[at++] = x;
    });
    rows.push({ ...row, from, weight });
  };

  const expand = async (wanted: readonly Target[]): Promise<void> => {
    const inflows = await inflowsOf(prompt, wanted, { most: mostHeads, share: headShare });
    wanted.forEach((target, i) => {
      const { depth, value, constant } = target;
      const { ofHeads } = inflows[i]!;
      const node = nodeOf(target);
      targets.set(node, target);
      const nodes = ofHeads.map(({ head }) => addOther({ kind: 'head', head, of: node }));
      addRow({ node, depth, value, constant }, inflows[i]!, nodes);
      ofHeads.forEach((inflow, h) => {
        const { head, value: given, constant: bias } = inflow;
        const row = { node: nodes[h]!, depth: 2 * head.layer, value: given, constant: bias };
        addRow(row, inflow, nodes);
      });
    });
  };
  const add = async (wanted: readonly Target[]): Promise<void> => {
    const perTarget = (state.tokens.length * dModel + sources.count) * Math.max(1, mostHeads);
    const step = Math.max(1, Math.min(64, Math.floor(SWEEP_NUMBERS / perTarget)));
    for (let i = 0; i < wanted.length; i += step) {
      signal?.throwIfAborted();
      await expand(wanted.slice(i, i + step));
    }
  };

  return {
    add,
    async addRoots(all) {
      const unique = new Map(all.map((target) => [rootKey(target), target]));
      await add([...unique.values()]);
      for (const [node, { weight }] of targets) starts.set(node, weight);
    },
    mostInfluential(count) {
      const all = influences(fromTheTop(rows), starts, sources.count + others.length);
      const found: number[] = [];
      for (let source = 0; source < sources.count; source++) {
        if (all[source]! > 0 && sources.isFeature(source) && !targets.has(source))
          found.push(source);
      }
      return found.sort((a, b) => all[b]! - all[a]!).slice(0, count);
    },
    result: () => ({ state, sources, others, rows: fromTheTop(rows), roots: starts, targets }),
  };
}

function rootKey({ kind, layer, position, feature, token, less, label }: Target): string {
  return [kind, layer, position, feature, token, less, label].join();
}
