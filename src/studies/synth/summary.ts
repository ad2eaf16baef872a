// Runs of the same settings but their seeds, together: mean and spread of what they have found.
import { stableJson } from '../../base/json.ts';
import type { WorldScores } from './world-scores.ts';

/** A scored run and its settings. */
export interface ScoredRun {
  readonly path: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly scores: WorldScores;
}

/** A number over several seeds. */
export interface OverSeeds {
  readonly mean: number;
  /** Standard deviation (of a sample); undefined of one seed. */
  readonly deviation?: number;
}

/** Runs that differ in their seeds alone. */
export interface SeedGroup {
  /** Kind of the coder, and the settings that tell the groups apart. */
  readonly name: string;
  readonly runs: readonly string[];
  readonly scores: Readonly<Record<keyof WorldScores, OverSeeds>>;
}

/** Settings that tell no group from another. */
const SEEDS = ['seed', 'sae.seed', 'resume', 'threads'];

/** Gather runs by their settings, in the order in which they come. */
export function bySettings(runs: readonly ScoredRun[]): SeedGroup[] {
  const flat = runs.map(({ settings }) => flatten(settings));
  const groups = new Map<string, number[]>();
  for (const [i, settings] of flat.entries()) {
    const key = stableJson(Object.fromEntries(settings));
    groups.set(key, [...(groups.get(key) ?? []), i]);
  }
  const firsts = [...groups.values()].map(([first]) => flat[first!]!);
  const names = new Set(firsts.flatMap((settings) => [...settings.keys()]));
  const telling = [...names].filter((name) => {
    return name !== 'sae.kind' && new Set(firsts.map((each) => each.get(name))).size > 1;
  });
  return [...groups.values()].map((members) => {
    const settings = flat[members[0]!]!;
    const words = telling
      .filter((name) => settings.get(name) !== undefined)
      .map((name) => `${name.replace(/^.*\./, '')} ${settings.get(name)}`);
    return {
      name: [settings.get('sae.kind'), ...words].filter(Boolean).join(', '),
      runs: members.map((i) => runs[i]!.path),
      scores: overSeeds(members.map((i) => runs[i]!.scores)),
    };
  });
}

function overSeeds(scores: readonly WorldScores[]): SeedGroup['scores'] {
  const entries = Object.keys(scores[0]!).map((name) => {
    const values = scores.map((each) => each[name as keyof WorldScores]);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const deviation = Math.sqrt(squares / (values.length - 1));
    return [name, values.length > 1 ? { mean, deviation } : { mean }] as const;
  });
  return Object.fromEntries(entries) as SeedGroup['scores'];
}

/** Settings by dotted path, seeds left out. */
function flatten(settings: object, prefix = ''): Map<string, unknown> {
  const flat = new Map<string, unknown>();
  for (const [key, value] of Object.entries(settings)) {
    const name = `${prefix}${key}`;
    if (SEEDS.includes(name) || value === undefined) continue;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [inner, each] of flatten(value, `${name}.`)) flat.set(inner, each);
    } else flat.set(name, Array.isArray(value) ? value.join(' ') : value);
  }
  return flat;
}
