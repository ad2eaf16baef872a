// The shape of a graph, of a feature's record and of marks, for whoever reads them from a file: on a server or in the browser.
import * as z from 'zod';
import type { FeatureDetails, KeptMarks, PageGraph } from '../circuit-page.ts';
import type { CircuitMarks } from './marks.ts';

const position = z.int().min(0);
const maybeNumber = z.number().nullish();
const listsOfTexts = z.union([z.array(z.array(z.string())), z.string()]).nullish();
const nodeTexts = z.array(z.tuple([z.string(), z.string()]));
const keptSchema: z.ZodType<KeptMarks> = z.looseObject({
  note: z.string().optional(),
  notes: nodeTexts.optional(),
  clerps: z.array(z.tuple([z.string(), z.string().nullable()])).optional(),
  subgraphs: z
    .array(
      z.looseObject({
        displayName: z.string(),
        pinnedIds: z.array(z.string()),
        supernodes: z.array(z.array(z.string())),
        clerps: nodeTexts,
        pruningThreshold: z.number().nullable(),
        densityThreshold: z.number().nullable(),
        edgeThreshold: z.number().nullable(),
      }),
    )
    .optional(),
});

/** A graph; its links are checked by `faultOfGraph`. */
export const graphSchema: z.ZodType<PageGraph> = z.looseObject({
  metadata: z.looseObject({
    slug: z.string(),
    scan: z.string(),
    prompt: z.string(),
    prompt_tokens: z.array(z.string()),
    node_threshold: maybeNumber,
    mode: z.string().optional(),
    root: z.string().optional(),
    replacement_score: z.number().optional(),
    completeness_score: z.number().optional(),
    contributions: z.string().optional(),
  }),
  qParams: z
    .looseObject({
      pinnedIds: z.union([z.array(z.string()), z.string()]).nullish(),
      clickedId: z.string().nullish(),
      supernodes: listsOfTexts,
      clerps: listsOfTexts,
    })
    .nullish(),
  nodes: z.array(
    z.looseObject({
      node_id: z.string(),
      layer: z.string(),
      ctx_idx: z.int(),
      feature_type: z.string(),
      clerp: z.string().nullish(),
      jsNodeId: z.string().nullish(),
      influence: maybeNumber,
      activation: maybeNumber,
      token_prob: maybeNumber,
      is_target_logit: z.boolean().nullish(),
      head: z
        .object({ layer: position, head: position, source: position, destination: position })
        .optional(),
      serves: z.string().optional(),
      preActivation: z.number().optional(),
      bias: z.number().optional(),
      remainder: z.number().optional(),
      name: z.string().optional(),
      contrib: z.number().optional(),
      overlaps: z.boolean().optional(),
    }),
  ),
  links: z.array(z.looseObject({ source: z.string(), target: z.string(), weight: z.number() })),
  dashboards: z
    .string()
    .refine((address) => !/^([a-z][a-z0-9+.-]*:|[/\\])/i.test(address.trim()), 'is not relative')
    .optional(),
  saev: keptSchema.optional(),
});

/** The record of a feature. */
export const featureSchema: z.ZodType<FeatureDetails> = z.looseObject({
  index: position,
  top_logits: z.array(z.string()).optional(),
  bottom_logits: z.array(z.string()).optional(),
  act_min: z.number().optional(),
  act_max: z.number().optional(),
  histogram: z.array(z.number().min(0)).optional(),
  activation_frequency: maybeNumber,
  examples_quantiles: z.array(
    z.looseObject({
      quantile_name: z.string(),
      examples: z.array(
        z.looseObject({ tokens: z.array(z.string()), tokens_acts_list: z.array(z.number()) }),
      ),
    }),
  ),
});

/** A name of a group or a subgraph. */
const nameText = z
  .string()
  .trim()
  .min(1, 'a name is empty')
  .max(200, 'a name has more than 200 letters');
const noteText = z.string().max(20_000, 'a note has more than 20,000 letters');
const ids = z.array(z.string()).max(100_000);
const labels = z
  .array(z.tuple([z.string(), z.string().trim().min(1, 'a label is empty').max(500)]))
  .max(100_000);
const groups = z
  .array(z.strictObject({ name: nameText, ids: ids.min(1, 'a supernode has no nodes') }))
  .max(10_000);

/** What is marked, as it is sent to be saved; whether the graph has the nodes is checked by `faultOfMarks`. */
export const marksSchema: z.ZodType<CircuitMarks> = z.strictObject({
  pins: ids,
  groups,
  labels,
  note: noteText,
  notes: z.array(z.tuple([z.string(), noteText.min(1, 'a note is empty')])).max(100_000),
  subgraphs: z
    .array(
      z.strictObject({
        name: nameText,
        pins: ids,
        groups,
        labels,
        influence: z.number().min(0).max(1).nullable(),
        edge: z.number().min(0).max(1).nullable(),
      }),
    )
    .max(1000),
});

/** Tell the first thing wrong with a value; undefined when it has the shape. */
export function faultOf(schema: z.ZodType, value: unknown): string | undefined {
  const issue = schema.safeParse(value).error?.issues[0];
  if (issue === undefined) return undefined;
  return `${issue.path.length > 0 ? `${issue.path.join('.')}: ` : ''}${issue.message}`;
}

/** Tell the first thing wrong with what should be a graph; undefined when it can be shown. */
export function faultOfGraph(value: unknown): string | undefined {
  const fault = faultOf(graphSchema, value);
  if (fault !== undefined) return fault;
  const { nodes, links } = value as PageGraph;
  const known = new Set(nodes.map((node) => node.node_id));
  for (const { source, target } of links) {
    const missing = [source, target].find((id) => !known.has(id));
    if (missing !== undefined) return `a link names the unknown node '${missing}'`;
  }
  return undefined;
}

/** Tell the first thing wrong with marks of a graph; undefined when they can be kept in it. */
export function faultOfMarks(value: unknown, graph: PageGraph): string | undefined {
  const fault = faultOf(marksSchema, value);
  if (fault !== undefined) return fault;
  const marks = value as CircuitMarks;
  const known = new Set(graph.nodes.map((node) => node.node_id));
  for (const { pins, groups, labels, ...part } of [marks, ...marks.subgraphs]) {
    const texts = 'notes' in part ? [...labels, ...part.notes] : labels;
    const named = [...pins, ...groups.flatMap((group) => group.ids), ...texts.map(([id]) => id)];
    const missing = named.find((id) => !known.has(id));
    if (missing !== undefined) return `the graph has no node '${missing}'`;
    const grouped = groups.flatMap((group) => group.ids);
    const twice = firstTwice(grouped);
    if (twice !== undefined) return `node '${twice}' is in a supernode twice`;
  }
  const names = marks.subgraphs.map(({ name }) => name);
  const twice = firstTwice(names);
  return twice === undefined ? undefined : `two subgraphs are called '${twice}'`;
}

function firstTwice(texts: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return texts.find((text) => seen.size === seen.add(text).size);
}
