// Exact mode: everything that flows into the roots, grown by influence and pruned (Ameisen et al., "Circuit Tracing", 2025).
import { z } from 'zod';
import { logger } from '../../base/log.ts';
import { circuitMethod } from '../method.ts';
import { missingLayers } from '../missing-layers.ts';

const log = logger('circuits');

const group = { group: 'Exact mode' };
const share = z.number().min(0).max(1);

export const attributionMethod = circuitMethod({
  name: 'exact',
  gives: 'the whole graph',
  fields: {
    maxNodes: z
      .int()
      .min(0)
      .default(512)
      .describe('Most features whose inputs are computed.')
      .meta(group),
    heads: z
      .int()
      .min(0)
      .max(64)
      .default(4)
      .describe('Most attention heads that become nodes, for each target.')
      .meta(group),
    nodeThreshold: share
      .default(0.8)
      .describe('Keep the fewest nodes with this share of the influence.')
      .meta(group),
    edgeThreshold: share
      .default(0.98)
      .describe('Keep the fewest edges with this share of the influence.')
      .meta(group),
    demean: z
      .boolean()
      .default(true)
      .describe('Explain logits less the mean of all logits.')
      .meta(group),
  },
  async trace(world, { maxNodes, heads, demean, nodeThreshold, edgeThreshold }) {
    const { attribute } = await import('./attribute.ts');
    const { pruneGraph } = await import('./prune.ts');
    const { backbone, transcoders, tokens, roots, names, threads, signal, onProgress } = world;
    const missing = missingLayers(world);
    if (missing.length > 0) {
      log.warn(
        `no transcoder of ${missing.length === 1 ? 'layer' : 'layers'} ${missing.join(', ')}: what their MLPs write counts as errors`,
      );
    }
    const options = { maxNodes, heads, demean, threads, signal, onProgress };
    const attribution = await attribute(backbone, transcoders, tokens, roots, options);
    return { graph: pruneGraph(attribution, names, { nodeThreshold, edgeThreshold }) };
  },
});
