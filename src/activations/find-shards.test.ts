import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { smallMetadata, writeSmallShards } from '../../test/helpers/activation-data.ts';
import { inTemporaryFolder } from '../../test/helpers/folders.ts';
import { DataLoad } from './config.ts';
import { findShards, locateShards, onlyLayer } from './find-shards.ts';
import { writeProgress } from './shards/recording-log.ts';

/** Write shards of some layers that were begun at `second`. */
async function record(root: string, layers: readonly (number | string)[], second: number) {
  const { folder } = await writeSmallShards(root, smallMetadata({ layers: layers as [number] }));
  await utimes(join(folder, 'metadata.json'), second, second);
  return folder;
}

describe('findShards', () => {
  it('takes the folder itself, or the newest inside that holds what is wanted', () =>
    inTemporaryFolder(async (root) => {
      const first = await record(root, [-2], 10);
      expect(await findShards(root)).toBe(first);
      // The only one is taken whatever is wanted: whoever reads it says what it lacks.
      expect(await findShards(root, { layer: 7 })).toBe(first);
      const second = await record(root, [-2, -1], 20);
      const third = await record(root, [5, 6], 30);
      expect(await findShards(first)).toBe(first);
      expect(await findShards(root)).toBe(third);
      expect(await findShards(root, { layer: -2 })).toBe(second);
      expect(await findShards(root, { layer: 5, target: 6 })).toBe(third);
      expect(await findShards(root, { layer: 'all' })).toBe(third);
      await expect(findShards(root, { layer: 9 })).rejects.toMatchObject({
        message: `none of the 3 recordings in '${root}' has layer 9`,
        hint: expect.stringContaining('layers 5 6'),
      });
    }));

  it('leaves out recordings that are unfinished or damaged', () =>
    inTemporaryFolder(async (root) => {
      const whole = await record(root, [-2], 10);
      const unfinished = await record(root, [-2, -1], 20);
      await writeProgress(unfinished, { written: 3, skipped: [] });
      const damaged = await record(root, [-2, 3], 30);
      await writeFile(join(damaged, 'metadata.json'), '{');
      expect(await findShards(root, { layer: -2 })).toBe(whole);
    }));

  it('leaves a job alone whose rows come from a model', () =>
    inTemporaryFolder(async (root) => {
      const folder = await record(root, [-2], 10);
      const data = DataLoad.parse({ shardRoot: root });
      expect((await locateShards(data)).shardRoot).toBe(folder);
      const live = DataLoad.parse({ shardRoot: 'nowhere', live: {} });
      expect(await locateShards(live)).toBe(live);
      await expect(locateShards(DataLoad.parse({ shardRoot: 'nowhere' }))).rejects.toThrow(
        'missing activations',
      );
    }));

  it('takes the only layer there is where none is named', () =>
    inTemporaryFolder(async (root) => {
      expect(await onlyLayer(root, -2)).toBeUndefined();
      await record(root, [5], 10);
      expect(await onlyLayer(root, -2)).toBe(5);
      expect(await onlyLayer(root, 5)).toBeUndefined();
      await record(root, [6, 7], 20);
      expect(await onlyLayer(root, -2)).toBeUndefined();
      await record(root, ['blocks.0.hook_mlp_out'], 30);
      expect(await onlyLayer(root, -2)).toBe('blocks.0.hook_mlp_out');
      await record(root, [-2, 5], 5);
      expect(await onlyLayer(root, -2)).toBeUndefined();
    }));
});
