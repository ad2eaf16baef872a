// Whether a value is a graph, or a feature, that the circuit page can show.
import * as z from 'zod';
import { UserError } from '../base/errors.ts';
import type { FeatureDetails, PageGraph } from './circuit-page.ts';

const position = z.int().min(0);
const maybeNumber = z.number().nullish();
const graphSchema: z.ZodType<PageGraph> = z.looseObject({
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
      pinnedIds: z.array(z.string()).optional(),
      clickedId: z.string().nullish(),
    })
    .optional(),
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
});

const featureSchema: z.ZodType<FeatureDetails> = z.looseObject({
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

/**
 * Check that `value` is a graph that the page can show.
 *
 * @throws {UserError} that names the first fault.
 */
export function checkPageGraph(value: unknown): PageGraph {
  const graph = check(graphSchema, value, 'circuit graph');
  const ids = new Set(graph.nodes.map((node) => node.node_id));
  for (const { source, target } of graph.links) {
    const missing = [source, target].find((id) => !ids.has(id));
    if (missing === undefined) continue;
    throw new UserError(`invalid circuit graph: a link names the unknown node '${missing}'`);
  }
  return graph;
}

/** Check one feature's record; `key` names it in errors. */
export function checkFeatureDetails(value: unknown, key: string): FeatureDetails {
  return check(featureSchema, value, `details of feature ${key}`);
}

function check<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const { data, error } = schema.safeParse(value);
  if (error === undefined) return data;
  const { path, message } = error.issues[0]!;
  throw new UserError(`invalid ${what}: ${path.length > 0 ? `${path.join('.')}: ` : ''}${message}`);
}
