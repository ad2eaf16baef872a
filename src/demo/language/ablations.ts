// Whether what a graph says matters does: its strongest inputs are switched off in real runs of the model.
import type { Intervention, LanguageBackbone } from '../../backbones/language/types.ts';
import { Random } from '../../base/random.ts';
import type { Attribution } from '../../circuits/attribution/attribute.ts';
import type { CircuitGraph, GraphNode, HeadInstance } from '../../circuits/graph/graph.ts';
import type { TranscoderSet } from '../../circuits/transcoders.ts';

/** What switching something off did to the root in real runs, in which nothing is frozen. */
export interface Ablation {
  readonly what: string;
  /**
   * The sum of the edges into the root: by how much it falls if nothing else changes. What passes through features and
   * heads behind comes on top.
   */
  readonly edges: number;
  /** By how much it fell. */
  readonly measured: number;
  /** Mean change, without its sign, when as many others of the same kind are switched off at the same position. */
  readonly control: number;
}

interface AblationOptions {
  readonly backbone: LanguageBackbone;
  readonly transcoders: TranscoderSet;
  readonly seed: number;
  /** By how much the root falls with interventions. */
  readonly fallOf: (interventions: readonly Intervention[]) => Promise<number>;
}

/** Something that can be switched off. */
type Part =
  | { readonly kind: 'head'; readonly head: HeadInstance }
  | {
      readonly kind: 'feature';
      readonly layer: number;
      readonly feature: number;
      readonly position: number;
      readonly activation: number;
    };

/** Most inputs of one kind that are switched off together, and draws of others to compare with. */
const STRONGEST = 5;
const DRAWS = 8;

/** Switch off the strongest feature and head that raise the root, then the strongest few of each together. */
export async function ablations(
  graph: CircuitGraph,
  attribution: Attribution,
  options: AblationOptions,
): Promise<Ablation[]> {
  const root = graph.nodes.findIndex(({ isRoot }) => isRoot);
  const inputs = graph.edges
    .filter(({ target, weight }) => target === root && weight > 0)
    .map(({ source, weight }) => ({ node: graph.nodes[source]!, weight }))
    .sort((a, b) => b.weight - a.weight);
  const done: Ablation[] = [];
  for (const kind of ['feature', 'head'] as const) {
    const strongest = inputs.filter(({ node }) => node.kind === kind).slice(0, STRONGEST);
    for (const count of new Set([1, strongest.length])) {
      const some = strongest.slice(0, count);
      if (some.length === 0) continue;
      const parts = some.map(({ node }) => partOf(node));
      const changes = parts.map((part) => switchedOff(part, options.transcoders));
      done.push({
        what: count === 1 ? nameOf(some[0]!.node) : `the ${count} strongest ${kind}s`,
        edges: some.reduce((sum, { weight }) => sum + weight, 0),
        measured: await options.fallOf(await Promise.all(changes)),
        control: await controlOf(parts, attribution, options),
      });
    }
  }
  return done;
}

function partOf({ kind, head, layer, feature, position, activation }: GraphNode): Part {
  if (kind === 'head') return { kind, head: head! };
  const place = { layer, feature: feature!, position: position! };
  return { kind: 'feature', ...place, activation: activation! };
}

function nameOf({ kind, label, position }: GraphNode): string {
  return kind === 'feature' ? `feature ${label} at ${position}` : label;
}

/** Take away what a feature writes, or what a head carries from one position to another. */
async function switchedOff(part: Part, transcoders: TranscoderSet): Promise<Intervention> {
  if (part.kind === 'head') {
    const { layer, head, source, destination } = part.head;
    return {
      point: `blocks.${layer}.attn.hook_pattern`,
      apply(value) {
        const [, , queries, keys] = value.shape as [number, number, number, number];
        value.data[(head * queries + destination) * keys + source] = 0;
        return value;
      },
    };
  }
  const { weights, config, output } = await transcoders.at(part.layer);
  const { dOut } = config;
  const row = weights.wDec.subarray(part.feature * dOut, (part.feature + 1) * dOut);
  return {
    point: output,
    positions: [part.position],
    add: { data: row.map((x) => -part.activation * x), shape: [1, 1, dOut] },
  };
}

/** Switch off others at random, again and again. */
async function controlOf(
  parts: readonly Part[],
  attribution: Attribution,
  { backbone, transcoders, seed, fallOf }: AblationOptions,
): Promise<number> {
  const [first] = parts;
  const all =
    first!.kind === 'feature'
      ? firingFeatures(attribution, new Set(parts.map(positionOf)))
      : headInstances(backbone, new Set(parts.map(positionOf)));
  const tested = new Set(parts.map(keyOf));
  const others = all.filter((part) => !tested.has(keyOf(part)));
  const random = new Random(seed, `control ${parts.map(keyOf).join()}`);
  let sum = 0;
  for (let draw = 0; draw < DRAWS; draw++) {
    const drawn = random.permutation(others.length).subarray(0, parts.length);
    const changes = Array.from(drawn, (i) => switchedOff(others[i]!, transcoders));
    sum += Math.abs(await fallOf(await Promise.all(changes)));
  }
  return sum / DRAWS;
}

function positionOf(part: Part): number {
  return part.kind === 'head' ? part.head.destination : part.position;
}

function keyOf(part: Part): string {
  if (part.kind === 'feature') return `${part.layer}/${part.feature}@${part.position}`;
  const { layer, head, source, destination } = part.head;
  return `${layer}.${head}:${source}-${destination}`;
}

/** Every feature that fires at some positions. */
function firingFeatures({ state }: Attribution, positions: ReadonlySet<number>): Part[] {
  return state.blocks.flatMap(({ transcoder }, layer) => {
    if (transcoder === undefined) return [];
    const { rowStart, index, value } = transcoder.codes;
    return [...positions].flatMap((position): Part[] => {
      const [from, to] = [rowStart[position]!, rowStart[position + 1]!];
      return Array.from(index.subarray(from, to), (feature, i): Part => {
        return { kind: 'feature', layer, feature, position, activation: value[from + i]! };
      });
    });
  });
}

/** Everything that heads carry to some positions. */
function headInstances(
  { config }: Pick<LanguageBackbone, 'config'>,
  positions: ReadonlySet<number>,
): Part[] {
  const heads: Part[] = [];
  for (let layer = 0; layer < config.nLayers; layer++) {
    for (let head = 0; head < config.nHeads; head++) {
      for (const destination of positions) {
        for (let source = 0; source <= destination; source++)
          heads.push({ kind: 'head', head: { layer, head, source, destination } });
      }
    }
  }
  return heads;
}
