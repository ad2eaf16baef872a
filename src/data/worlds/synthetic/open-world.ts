// The world that settings mean: read from a folder, or made.
import type { HubOptions } from '../../../hub/client.ts';
import { lawOf, type WorldConfig } from './config.ts';
import { makeWorld, type SyntheticWorld } from './world.ts';
import { readWorld } from './world-files.ts';

/**
 * Read or make the world that settings name.
 * @throws {UserError} for a folder without a world, and for settings that no world can have.
 */
export async function openWorld(
  config: WorldConfig,
  options: HubOptions = {},
): Promise<SyntheticWorld> {
  return config.model === undefined ? makeWorld(lawOf(config)) : readWorld(config.model, options);
}
