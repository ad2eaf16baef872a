// Which rows a coder is to encode, where a person has named some of it.
import { DataLoad, isRecorded } from '../../activations/config.ts';
import { locateShards, onlyLayer } from '../../activations/find-shards.ts';
import type { Values } from '../../base/config/layers.ts';
import { UserError } from '../../base/errors.ts';
import { isTranscoder, type SparseCoder } from '../../sae/coder.ts';
import { dataOfRun } from '../../visuals/data-of-run.ts';

/** Settings that say where rows come from; the others say which of them, and how they are read. */
const PLACES = ['shardRoot', 'live', 'language'] as const;

/**
 * Complete a choice of activations: with all that the run was trained on where `given` is undefined; else with the same layer,
 * rows and scale, of the examples that it names.
 * @throws {UserError} for a run whose config.json is damaged.
 */
export async function dataForRun(run: string, given: Values | undefined): Promise<DataLoad> {
  const ofRun = await dataOfRun(run);
  if (given === undefined) return ofRun ?? DataLoad.parse({});
  const namesPlace = PLACES.some((name) => given[name] !== undefined);
  const kept = { ...ofRun };
  if (namesPlace) for (const name of PLACES) delete kept[name];
  const data = DataLoad.parse({ ...kept, ...given });
  if (ofRun !== undefined || given.layer !== undefined) return data;
  if (!isRecorded(data)) return data;
  return { ...data, layer: (await onlyLayer(data.shardRoot, data.layer)) ?? data.layer };
}

/**
 * Settle where a coder's rows and targets are: one folder of shards, the layer that the checkpoint names where it is a hook
 * point, and a target for transcoders alone.
 * @throws {UserError} when the shards are not there, and for a transcoder whose target nothing tells.
 */
export async function rowsForCoder(data: DataLoad, coder: SparseCoder): Promise<DataLoad> {
  const { target = coder.config.place?.output } = data;
  if (!isTranscoder(coder.config)) return locateShards({ ...data, target: undefined });
  if (target === undefined) {
    throw new UserError(
      'missing data.target: the coder is a transcoder, and does not say of what',
      {
        hint: 'name the hook point that it reconstructs with --data.target',
      },
    );
  }
  return locateShards({ ...data, target });
}
