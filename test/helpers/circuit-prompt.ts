// Attribution graphs with nodes of every kind, whose inputs sum to what they are, made from a seed.
import { Random } from '../../src/base/random.ts';
import type {
  FeatureDetails,
  PageGraph,
  PageLink,
  PageNode,
} from '../../src/pages/circuit-page.ts';

const PROMPT = ['<|endoftext|>', 'Oh', ',', ' that', ' rifle', ' model', ' is', ' a', ' 6', 'M'];
const N_LAYERS = 4;

/** Weights as JSON would carry them. */
const round = (value: number): number => Number(value.toPrecision(6));

/** A graph on ten tokens and four layers, with `nFeatures` features beside heads, errors, biases and logits. */
export function circuitWorld(
  options: { nFeatures?: number; inputsOfEach?: number; seed?: number } = {},
): PageGraph {
  const { nFeatures = 16, inputsOfEach = 9, seed = 1 } = options;
  const random = new Random(seed);

  const nodes: PageNode[] = PROMPT.flatMap((token, position) => [
    outside(`E_${100 + position}_${position}`, 'embedding', position, `Emb: "${token}"`),
    outside(`P_${position}`, 'position embedding', position, `Position ${position}`),
  ]);
  for (let layer = 0; layer < N_LAYERS; layer++) {
    nodes.push({
      ...outside(`B_${layer}`, 'bias', -1, `b_dec of layer ${layer}`),
      layer: String(layer),
    });
    const at = 2 + random.int(PROMPT.length - 2);
    nodes.push({
      ...outside(`error_${layer}_${at}`, 'mlp reconstruction error', at, `Error of MLP ${layer}`),
      layer: String(layer),
    });
  }
  for (let i = 0; i < nFeatures; i++) {
    const layer = i % N_LAYERS;
    const position = i < 4 ? PROMPT.length - 1 : 1 + random.int(PROMPT.length - 1);
    nodes.push({
      ...outside(`${layer}_${89 + i}_${position}`, 'cross layer transcoder', position, ''),
      layer: String(layer),
      activation: round(0.2 + 8 * random.float()),
    });
  }
  const served = `3_92_${PROMPT.length - 1}`;
  for (const [layer, head, source] of [
    [1, 0, 4],
    [2, 5, 8],
    [2, 7, 4],
  ] as const) {
    nodes.push({
      ...outside(`H_${layer}_${head}_${source}_9`, 'attention head', 9, ''),
      layer: String(layer),
      head: { layer, head, source, destination: 9 },
      serves: served,
    });
  }
  ['16', '4'].forEach((token, i) => {
    nodes.push({
      ...outside(`${N_LAYERS + 1}_${i}_9`, 'logit', 9, `Output "${token}" (p=${0.6 - 0.4 * i})`),
      layer: String(N_LAYERS + 1),
      token_prob: 0.6 - 0.4 * i,
      is_target_logit: i === 0,
    });
  });

  const links: PageLink[] = [];
  const summed = nodes.map((node) => {
    const sources = nodes.filter((source) => heightOf(source) < heightOf(node));
    if (!hasInputs(node) || sources.length === 0) return node;
    const inputs = random.permutation(sources.length).slice(0, inputsOfEach);
    let sum = 0;
    for (const source of inputs) {
      const weight = round(random.normal());
      links.push({ source: sources[source]!.node_id, target: node.node_id, weight });
      sum += weight;
    }
    const bias = round(-random.float());
    const remainder = round(0.2 * random.normal());
    return { ...node, bias, remainder, preActivation: round(sum + bias + remainder) };
  });
  return {
    metadata: {
      slug: 'rifle-6m',
      scan: 'gpt2',
      prompt: PROMPT.join(''),
      prompt_tokens: PROMPT,
      node_threshold: 0.8,
      mode: 'exact',
      root: 'logit "16" − "4"',
      replacement_score: 0.613,
      completeness_score: 0.874,
    },
    qParams: { pinnedIds: [], clickedId: null },
    nodes: rank(summed),
    links,
    dashboards: 'layers/{layer}/index.html',
  };
}

/** A feature's record, as a dashboard shows it. */
export function featureWorld(index: number): FeatureDetails {
  return {
    index,
    top_logits: ['16', ' rifle', ' 17'],
    bottom_logits: [' the', '\n'],
    act_min: 0,
    act_max: 8,
    histogram: [40, 22, 13, 8, 5, 3, 2, 1],
    activation_frequency: 0.0123,
    examples_quantiles: [
      {
        quantile_name: 'Top activations',
        examples: [
          { tokens: ['the', ' M', '16', ' rifle'], tokens_acts_list: [0, 4, 8, 2] },
          { tokens: [' a', ' 6', 'M'], tokens_acts_list: [0, 0, 7.5] },
        ],
      },
      {
        quantile_name: '0 to 2',
        examples: [{ tokens: ['over', ' there'], tokens_acts_list: [1.5, 0] }],
      },
    ],
  };
}

function outside(id: string, type: string, position: number, label: string): PageNode {
  return { node_id: id, layer: 'E', ctx_idx: position, feature_type: type, clerp: label };
}

function hasInputs({ feature_type: type }: PageNode): boolean {
  return /transcoder|head|logit/.test(type);
}

/** Sources lie below their targets: embeddings, then heads below the MLP of each layer, then logits. */
function heightOf({ layer, feature_type: type }: PageNode): number {
  return layer === 'E' ? -1 : 2 * Number(layer) + (type === 'attention head' ? 0 : 1);
}

/** Give nodes a cumulative influence; token embeddings and logits have none. */
function rank(nodes: readonly PageNode[]): PageNode[] {
  const ranked = nodes.filter(({ feature_type: type }) => !/^(embedding|logit)$/.test(type));
  const step = 1 / Math.max(1, ranked.length);
  return nodes.map((node) => {
    const place = ranked.indexOf(node);
    return place < 0 ? node : { ...node, influence: round((place + 1) * step) };
  });
}
