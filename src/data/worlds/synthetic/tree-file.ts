// The trees of a world as SAELens writes them: hierarchy.json.
import { z } from 'zod';
import { UserError } from '../../../base/errors.ts';
import type { FeatureTree } from './forest.ts';

/** Generations of the deepest trees that are read. */
const DEEPEST = 200;

const Node = z.strictObject({
  feature_index: z.int().min(0).nullish(),
  mutually_exclusive_children: z.boolean().default(false),
  scale_children_by_parent: z.boolean().default(false),
  feature_id: z.string().nullish(),
  children: z.array(z.unknown()).default([]),
});

const Roots = z.strictObject({ roots: z.array(z.unknown()) });

/**
 * Read trees over `nFeatures` features from what stands in the file at `path`.
 * @throws {UserError} for what is no trees, and for a feature that is not there or stands twice.
 */
export function parseTrees(value: unknown, nFeatures: number, path: string): FeatureTree[] {
  const bad = (what: string, hint?: string): UserError =>
    new UserError(`unsupported hierarchy: ${what} in '${path}'`, { ...(hint && { hint }) });
  const seen = new Set<number>();
  const parse = (item: unknown, depth: number): FeatureTree => {
    if (depth > DEEPEST) throw bad(`more than ${DEEPEST} generations`);
    const result = Node.safeParse(item);
    if (!result.success) {
      const issue = result.error.issues[0]!;
      throw bad(`${issue.path.join('.') || 'a node'}: ${issue.message}`);
    }
    const { feature_index: feature, children } = result.data;
    if (feature !== null && feature !== undefined) {
      if (feature >= nFeatures) throw bad(`feature ${feature} of ${nFeatures}`);
      if (seen.has(feature)) throw bad(`feature ${feature} twice`);
      seen.add(feature);
    }
    return {
      feature: feature ?? undefined,
      exclusive: result.data.mutually_exclusive_children,
      scales: result.data.scale_children_by_parent,
      children: children.map((child) => parse(child, depth + 1)),
    };
  };
  const roots = Roots.safeParse(value);
  if (!roots.success) throw bad('no list of roots');
  return roots.data.roots.map((root) => parse(root, 0));
}

/** Say trees as SAELens does. */
export function saelensTrees(roots: readonly FeatureTree[]): { readonly roots: unknown[] } {
  const said = ({ feature, exclusive, scales, children }: FeatureTree): unknown => ({
    feature_index: feature ?? null,
    mutually_exclusive_children: exclusive,
    scale_children_by_parent: scales,
    feature_id: null,
    children: children.map(said),
  });
  return { roots: roots.map(said) };
}
