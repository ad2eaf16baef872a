// Compatible mode: the strongest paths to each root, as transcoder-circuits finds and prints them (Dunefsky et al., 2024).
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import type { Root } from '../attribution/targets.ts';
import { type CircuitWorld, circuitMethod } from '../method.ts';
import type { RootPaths } from './circuit-graph.ts';
import type { FeatureVector, Path } from './components.ts';

const group = { group: 'Compatible mode' };

export const pathsMethod = circuitMethod({
  name: 'compatible',
  gives: 'the strongest paths as transcoder-circuits finds them',
  fields: {
    iterations: z.int().min(1).max(20).default(2).describe('Steps of a path.').meta(group),
    branches: z.int().min(1).default(5).describe('Paths kept of each length.').meta(group),
    raw: z
      .boolean()
      .default(false)
      .describe('Print contributions as they are, not cut at the feature that a path goes through.')
      .meta(group),
  },
  async trace(world, { iterations, branches, raw: printsRaw }) {
    const { graphOfRoots } = await import('./circuit-graph.ts');
    const { printedPaths } = await import('./components.ts');
    const { withErrorNodes } = await import('./error-nodes.ts');
    const { graphOfPaths } = await import('./path-graph.ts');
    const { topPaths } = await import('./paths.ts');
    const { openCircuitPrompt } = await import('./prompt.ts');
    const { backbone, transcoders, tokens, roots, names, signal } = world;
    const prompt = await openCircuitPrompt(tokens, { backbone, transcoders, signal });
    const lines: string[] = [];
    const found: RootPaths[] = [];
    for (const root of roots) {
      const { start, logit } = await startOf(root, world);
      const search = (raw: boolean): Promise<Path[][]> =>
        topPaths(prompt, start, { iterations, branches, raw, signal });
      // Only raw contributions add up to a graph.
      const raw = await search(true);
      lines.push(...printedPaths(printsRaw ? raw : await search(false)));
      const graph = await withErrorNodes(prompt, graphOfPaths(raw.flat()));
      found.push({ graph, ...(logit && { logit }) });
    }
    const graph = await graphOfRoots(prompt, found, names);
    return { graph, printed: { file: 'paths.txt', lines } };
  },
});

/** Where path search begins for a root. */
async function startOf(
  root: Root,
  { backbone, transcoders }: CircuitWorld,
): Promise<{ start: FeatureVector; logit?: RootPaths['logit'] }> {
  const { coderFeature, logitFeature } = await import('./starts.ts');
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
