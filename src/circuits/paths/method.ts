// Compatible mode: the strongest paths to each root, as transcoder-circuits finds and prints them (Dunefsky et al., 2024).
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import { type CircuitWorld, circuitMethod } from '../method.ts';
import { missingLayers } from '../missing-layers.ts';
import type { Path } from './components.ts';
import type { PathPatterns } from './filters.ts';

const group = { group: 'Compatible mode' };
const filters = (text: string) =>
  z.array(z.string().min(1)).min(1).optional().describe(text).meta(group);

export const pathsMethod = circuitMethod({
  name: 'compatible',
  gives: 'the strongest paths as transcoder-circuits finds them',
  fields: {
    iterations: z.int().min(1).max(20).default(2).describe('Steps of a path.').meta(group),
    branches: z.int().min(1).default(5).describe('Paths kept of each length.').meta(group),
    raw: z
      .boolean()
      .default(false)
      .describe('Contributions as they are, not cut at the feature that a path goes through.')
      .meta(group),
    ignoreBos: z
      .boolean()
      .default(true)
      .describe('Leave out what heads read from the first token.')
      .meta(group),
    filter: z
      .string()
      .min(1)
      .optional()
      .describe('Go through these only, all that must hold with commas: type=mlp,layer>=1.')
      .meta(group),
    infix: filters('Of the paths found, keep those with such steps next to one another.'),
    notInfix: filters('Keep those without such steps next to one another.'),
    suffix: filters('Keep those that end in such steps: type=attn type=mlp,layer=0.'),
  },
  async trace(world, settings) {
    const { parseFilter } = await import('./filter-text.ts');
    const { pathsThatMatch } = await import('./filters.ts');
    const { graphOfRoots } = await import('./circuit-graph.ts');
    const { printedPaths } = await import('./components.ts');
    const { withErrorNodes } = await import('./error-nodes.ts');
    const { graphOfPaths, printedGraph } = await import('./path-graph.ts');
    const { topPaths } = await import('./paths.ts');
    const { openCircuitPrompt } = await import('./prompt.ts');
    const { pathRoots } = await import('./roots.ts');

    const { iterations, branches, raw, ignoreBos, infix, notInfix, suffix } = settings;
    const filter = settings.filter === undefined ? undefined : parseFilter(settings.filter);
    const [asked, without, end] = [infix, notInfix, suffix].map((all) => all?.map(parseFilter));
    const patterns: PathPatterns = { infix: asked, notInfix: without, suffix: end };
    const isFiltered = [asked, without, end].some((all) => all !== undefined);
    const { backbone, transcoders, tokens, names, signal, onProgress } = world;
    checkRoots(world);
    checkLayers(world);

    const prompt = await openCircuitPrompt(tokens, { backbone, transcoders, signal });
    const options = { iterations, branches, raw, ignoreBos, filter, signal };
    onProgress?.({ doing: 'searching paths' });
    const lines: string[] = [];
    const found = [];
    for (const { start, logit } of await pathRoots(world)) {
      const levels: readonly Path[][] = await topPaths(prompt, start, options);
      const paths = isFiltered ? pathsThatMatch(levels.flat(), patterns) : levels.flat();
      if (paths.length === 0) throw nothingLeft(levels.flat().length);
      const joined = graphOfPaths(paths, { allowCut: !raw });
      // Only raw contributions can be taken from one another: of cut ones nothing tells what the paths leave out.
      const graph = await withErrorNodes(prompt, joined, { leftOut: raw });
      lines.push(...printedPaths(isFiltered ? paths : levels), ...printedGraph(graph));
      found.push({ graph, ...(logit && { logit }) });
    }
    const contributions = raw ? 'raw' : 'cut';
    const graph = await graphOfRoots(prompt, found, names, { contributions });
    return { graph, printed: { file: 'paths.txt', lines } };
  },
});

function checkRoots({ roots }: CircuitWorld): void {
  if (roots.every(({ kind }) => kind !== 'salient')) return;
  throw new UserError('missing root: compatible mode explains a feature or a logit', {
    hint: 'name one with --feature LAYER/INDEX, --logit TOKEN or --logit-difference A,B',
  });
}

/** Paths go through the MLPs of all layers below the root. */
function checkLayers(world: CircuitWorld): void {
  const missing = missingLayers(world);
  if (missing.length === 0) return;
  const what = missing.length === 1 ? 'transcoder of layer' : 'transcoders of layers';
  throw new UserError(`missing ${what} ${missing.join(', ')}`, {
    hint: 'compatible mode needs one of each layer up to the root: name them, or all at once with {layer} for the number',
  });
}

function nothingLeft(found: number): UserError {
  return found === 0
    ? new UserError('no paths: nothing that may be gone through leads to the root', {
        hint: 'take conditions out of --filter',
      })
    : new UserError(`no paths: none of the ${found} that were found fits`, {
        hint: 'look at all of them without --infix, --not-infix and --suffix, or raise --branches',
      });
}
