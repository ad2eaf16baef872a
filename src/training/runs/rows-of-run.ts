// What tells the rows that a run reads from those that its folder of shards may hold later.
import { createHash } from 'node:crypto';
import { type DataLoad, isRecorded } from '../../activations/config.ts';
import { shardsIdentity } from '../../activations/identity.ts';
import { stableJson } from '../../base/json.ts';

/**
 * Hash what the recorded rows of a run are: 12 hex digits. Shards that do not say what they were recorded from, as Python's,
 * are told by their metadata alone, so that a copy of them is still the same. Undefined for rows of a model that runs.
 * @throws {UserError} when the shards are missing, unfinished or damaged.
 */
export async function rowsOfRun(data: DataLoad): Promise<string | undefined> {
  if (!isRecorded(data)) return undefined;
  const { files: _, ...identity } = await shardsIdentity(data.shardRoot, data);
  return createHash('sha256').update(stableJson(identity)).digest('hex').slice(0, 12);
}
