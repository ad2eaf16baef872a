// Greedy search for the paths of computation that contribute most to a feature (Dunefsky et al. 2024, section 4).
import { type FeatureVector, featureName, type Path } from './components.ts';
import { type ContributionOptions, topContributions } from './contributions.ts';
import { type CircuitPrompt, denseCodes, normFactor } from './prompt.ts';
import { largest, scaled } from './vectors.ts';

/** How far and how wide to search. */
export interface PathOptions extends Pick<ContributionOptions, 'ignoreBos' | 'filter'> {
  /** Steps from the root backwards. @default 2 */
  readonly iterations?: number;
  /** Paths kept of each length. @default 5 */
  readonly branches?: number;
  /** Give contributions as they are, and not cut at the activation of the feature that they go through. @default false */
  readonly raw?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Find the paths that contribute most to `root`, best first: `branches` of each length from 2 to `iterations + 1`. Each
 * length grows from the paths kept of the one before. A feature of a transcoder is scaled by its layer norm and gets its
 * activation as contribution; other roots are taken as they are.
 */
export async function topPaths(
  prompt: CircuitPrompt,
  root: FeatureVector,
  options: PathOptions = {},
): Promise<Path[][]> {
  const { iterations = 2, branches = 5, raw = false, ignoreBos, filter, signal } = options;
  const levels: Path[][] = [];
  let paths: Path[] = [[await preparedRoot(prompt, root)]];
  for (let i = 0; i < iterations; i++) {
    const longer: Path[] = [];
    for (const path of paths) {
      signal?.throwIfAborted();
      const last = path.at(-1)!;
      if (last.layer === 0 && last.sublayer === 'resid_pre') continue;
      const cap = raw ? undefined : capOf(path);
      const best = await topContributions(prompt, last, { k: branches, ignoreBos, filter, cap });
      longer.push(...best.map((each) => [...path, each]));
    }
    const contribs = longer.map((path) => Math.fround(path.at(-1)!.contrib!));
    paths = largest(contribs, branches).map((index) => longer[index]!);
    levels.push(paths);
  }
  return levels;
}

async function preparedRoot(prompt: CircuitPrompt, root: FeatureVector): Promise<FeatureVector> {
  const component = root.components.at(-1);
  if (component?.featureType !== 'tc') return root;
  const layerCodes = await prompt.codes(root.layer);
  const token = prompt.position(root.token!);
  const contrib = denseCodes(layerCodes, token)[component.feature!]!;
  if (!layerCodes.transcoder.input.endsWith('ln2.hook_normalized')) return { ...root, contrib };
  const factor = normFactor(prompt, root.vector!, { layer: root.layer, token, norm: 'ln2' });
  return { ...root, vector: scaled(root.vector!, factor), contrib };
}

/**
 * What zero-ablation leaves: the contribution of the last transcoder feature on the path. An SAE's feature lowers it
 * only. (The original's comment says the smallest on the path; this is what its condition does.)
 */
function capOf(path: Path): number | undefined {
  let cap: number | undefined;
  for (const { components, contrib } of path) {
    const type = components.at(-1)?.featureType;
    const isLess = cap === undefined || (contrib !== undefined && contrib < cap);
    if (type === 'tc' || (type === 'sae' && isLess)) cap = contrib;
  }
  return cap;
}

/** Which ends of paths to add up. */
export interface TopFeatureOptions {
  /** Tell positions apart. @default true */
  readonly tokens?: boolean;
  /** How many to give; all when undefined. */
  readonly k?: number;
  readonly layers?: readonly number[];
  readonly sublayers?: readonly FeatureVector['sublayer'][];
}

/**
 * Add up the raw contributions of paths that end alike, and give the ends that have most.
 * @throws {RangeError} for contributions that were cut.
 */
export function topFeaturesOfPaths(
  paths: readonly Path[],
  options: TopFeatureOptions = {},
): FeatureVector[] {
  const { tokens = true, k, layers, sublayers } = options;
  const sums = new Map<string, FeatureVector>();
  for (const path of paths) {
    const end = path.at(-1)!;
    if (layers !== undefined && !layers.includes(end.layer)) continue;
    if (sublayers !== undefined && !sublayers.includes(end.sublayer)) continue;
    checkRaw(end);
    const name = featureName(end, { contrib: false, token: tokens });
    const known = sums.get(name);
    const contrib = (known?.contrib ?? 0) + (end.contrib ?? 0);
    sums.set(name, { ...(known ?? (tokens ? end : withoutTokens(end))), contrib });
  }
  const all = [...sums.values()];
  const contribs = all.map(({ contrib }) => Math.fround(contrib!));
  return largest(contribs, k ?? all.length).map((i) => all[i]!);
}

/** Throw a RangeError for a contribution that was cut: cut ones do not add up. */
export function checkRaw(feature: FeatureVector): void {
  if (feature.contrib === undefined || feature.contribType !== 'zero_ablation') return;
  throw new RangeError(`${featureName(feature)}: expected a raw contribution, search with raw`);
}

function withoutTokens({ token: _, ...feature }: FeatureVector): FeatureVector {
  return { ...feature, components: feature.components.map(({ token: __, ...rest }) => rest) };
}
