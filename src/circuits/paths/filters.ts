// Choosing components and paths.
import type { ComponentType, FeatureType, FeatureVector, Path, Sublayer } from './components.ts';

/** A value to be equal to, or a comparison with one. */
export type Comparison<T> =
  | T
  | { readonly is: 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le'; readonly value: T };

/** A value to be equal to, or not to be. */
export type Equality<T> = T | { readonly is: 'eq' | 'ne'; readonly value: T };

/** What must hold of a direction, all at once. The second four are asked of its last component. */
export interface FeatureFilter {
  readonly layer?: Comparison<number>;
  readonly sublayer?: Comparison<Sublayer>;
  readonly token?: Comparison<number>;
  readonly type?: Equality<ComponentType>;
  readonly head?: Equality<number>;
  readonly featureType?: Equality<FeatureType>;
  readonly feature?: Equality<number>;
}

/** Tell whether a direction passes a filter. */
export function matches(filter: FeatureFilter, feature: FeatureVector): boolean {
  const component = feature.components.at(-1);
  const ofFeature = [
    [filter.layer, feature.layer],
    [filter.sublayer, feature.sublayer],
    [filter.token, feature.token],
  ] as const;
  const ofComponent = [
    [filter.type, component?.type],
    [filter.head, component?.head],
    [filter.featureType, component?.featureType],
    [filter.feature, component?.feature],
  ] as const;
  const asksComponent = ofComponent.some(([asked]) => asked !== undefined);
  if (asksComponent && component === undefined) return false;
  return [...ofFeature, ...ofComponent].every(([asked, value]) => holds(asked, value));
}

type Value = string | number;

function holds(asked: Comparison<Value> | undefined, value: Value | undefined): boolean {
  if (asked === undefined) return true;
  if (typeof asked !== 'object') return value === asked;
  switch (asked.is) {
    case 'eq':
      return value === asked.value;
    case 'ne':
      return value !== asked.value;
    case 'gt':
      return value !== undefined && value > asked.value;
    case 'ge':
      return value !== undefined && value >= asked.value;
    case 'lt':
      return value !== undefined && value < asked.value;
    case 'le':
      return value !== undefined && value <= asked.value;
  }
}

/** Patterns of paths: a filter for each step, from the root backwards. */
export interface PathPatterns {
  /** Steps that stand next to one another somewhere. */
  readonly infix?: readonly FeatureFilter[];
  /** Steps that do not. */
  readonly notInfix?: readonly FeatureFilter[];
  /** The last steps. */
  readonly suffix?: readonly FeatureFilter[];
}

/**
 * Give the paths that fit a pattern, as the original does. An infix is looked for from the first step that matches its
 * beginning, and from no later one; a path that fits several patterns is given several times; one that is shorter than
 * the pattern whose turn it is (not infix, infix, suffix) is not asked further.
 */
export function pathsThatMatch(paths: readonly Path[], patterns: PathPatterns): Path[] {
  const { infix, notInfix, suffix } = patterns;
  const found: Path[] = [];
  for (const path of paths) {
    if (notInfix !== undefined) {
      if (path.length < notInfix.length) continue;
      if (!hasInfix(path, notInfix)) found.push(path);
    }
    if (infix !== undefined) {
      if (path.length < infix.length) continue;
      if (hasInfix(path, infix)) found.push(path);
    }
    if (suffix !== undefined) {
      if (path.length < suffix.length) continue;
      const end = path.slice(path.length - suffix.length);
      if (suffix.every((filter, i) => matches(filter, end[i]!))) found.push(path);
    }
  }
  return found;
}

function hasInfix(path: Path, infix: readonly FeatureFilter[]): boolean {
  if (infix.length === 0) return false;
  const start = path.findIndex((feature) => matches(infix[0]!, feature));
  if (start < 0 || path.length - start < infix.length) return false;
  return infix.every((filter, i) => matches(filter, path[start + i]!));
}
