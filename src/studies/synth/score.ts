// Scores coders by name: each on the world that it was trained on, or all on one that is given.
import { UserError } from '../../base/errors.ts';
import { stableJson } from '../../base/json.ts';
import { openKernels } from '../../compute/kernels/open.ts';
import type { WorldConfig } from '../../data/worlds/synthetic/config.ts';
import { openWorld } from '../../data/worlds/synthetic/open-world.ts';
import { isHubName } from '../../hub/names.ts';
import { readCoder } from '../../sae/checkpoints/read-coder.ts';
import type { Coder } from '../../sae/coder-at-work.ts';
import { openCoder } from '../../sae/open-coder.ts';
import { findCoders } from '../../training/runs/choose-coder.ts';
import { dataOfRun } from '../../visuals/data-of-run.ts';
import type { SynthScoreConfig } from './config.ts';
import { type CoderOnWorld, checkFits, scoreCoders } from './score-coders.ts';

/** A coder by name, and what it has found of its world. */
export interface NamedScores extends CoderOnWorld {
  /** The run, or the checkpoint. */
  readonly coder: string;
}

/**
 * Score the coders that settings name. Rows are drawn once for all coders of one world.
 * @throws {UserError} for a coder that is missing, does not read rows of its world, or whose world nothing tells.
 */
export async function scoreSynthetic(
  config: SynthScoreConfig,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<NamedScores[]> {
  const names = await namesOf(config.coders);
  const worlds = new Map<string, { world: WorldConfig; names: string[] }>();
  for (const name of names) {
    const world = config.world ?? (await worldOf(name));
    const key = stableJson(world);
    const known = worlds.get(key) ?? { world, names: [] };
    known.names.push(name);
    worlds.set(key, known);
  }
  const scored = new Map<string, NamedScores>();
  for (const { world, names: own } of worlds.values()) {
    for (const one of await scoreOn(world, own, config, signal)) scored.set(one.coder, one);
  }
  return names.map((name) => scored.get(name)!);
}

async function scoreOn(
  config: WorldConfig,
  names: readonly string[],
  { nRows, threads }: SynthScoreConfig,
  signal: AbortSignal | undefined,
): Promise<NamedScores[]> {
  const options = { ...(signal && { signal }) };
  const world = await openWorld(config, options);
  const kernels = await openKernels({ ...(threads !== undefined && { threads }) });
  const coders: Coder[] = [];
  try {
    for (const name of names) {
      const read = await readCoder(name, options);
      checkFits(name, read.config, world);
      coders.push(await openCoder(read, { kernels, ...options }));
    }
    const scores = await scoreCoders(coders, world, { nRows, ...options });
    return scores.map((score, i) => ({ coder: names[i]!, ...score }));
  } finally {
    for (const coder of coders) await coder.close();
    await kernels.close();
  }
}

/** The coders that names stand for, those inside folders of runs, too. */
async function namesOf(given: readonly string[]): Promise<string[]> {
  const names: string[] = [];
  for (const name of given) {
    if (isHubName(name)) names.push(name);
    else names.push(...(await findCoders([name])).map(({ path }) => path));
  }
  if (names.length > 0) return [...new Set(names)];
  throw new UserError(`missing coders: there is no finished run in '${given.join("', '")}'`, {
    hint: "train some with 'saev synth train'",
  });
}

/** The world that a run was trained on. */
async function worldOf(name: string): Promise<WorldConfig> {
  const data = isHubName(name) ? undefined : await dataOfRun(name);
  if (data?.synthetic !== undefined) {
    const { nRows: _, ...world } = data.synthetic;
    return world;
  }
  throw new UserError(`missing world: '${name}' was not trained on a synthetic one`, {
    hint: 'name one with --world.model, or another field of --world',
  });
}
