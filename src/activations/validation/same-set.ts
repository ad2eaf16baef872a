// Images and texts to validate on that are those trained on, told by their settings.
import { realpath } from 'node:fs/promises';
import { UserError } from '../../base/errors.ts';
import { stableJson } from '../../base/json.ts';
import type { DatasetConfig } from '../../data/datasets/config.ts';
import type { TextConfig } from '../../data/texts/config.ts';

/**
 * Refuse a set that is the one trained on, however its folder is named.
 * @throws {UserError} when it is.
 */
export async function refuseSameSet(
  validation: SetConfig,
  training: SetConfig,
  key: string,
): Promise<void> {
  const [ours, theirs] = [await withWholeRoot(validation), await withWholeRoot(training)];
  if (stableJson(ours) !== stableJson(theirs)) return;
  throw new UserError(`invalid valData.${key}: it is the set that is trained on`, {
    hint: 'keep a share of it apart with --val-share, or name another set',
  });
}

type SetConfig = DatasetConfig | TextConfig;

async function withWholeRoot(config: SetConfig): Promise<object> {
  if (!('root' in config) || config.root === undefined) return config;
  const { root } = config;
  return { ...config, root: await realpath(root).catch(() => root) };
}
