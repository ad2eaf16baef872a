import { describe, expect, it } from 'vitest';
import { smallMetadata, writeSmallShards } from '../../test/helpers/activation-data.ts';
import { inTemporaryFolder } from '../../test/helpers/folders.ts';
import type { CoderConfig } from '../sae/coder.ts';
import { VisualsConfig } from './config.ts';
import { readersOf, withDataOfRun } from './data-of-run.ts';

const coder = (dIn: number, input?: string): CoderConfig => ({
  dIn,
  dOut: dIn,
  dSae: 8,
  activation: { kind: 'relu' },
  subtractDecoderBias: false,
  metadata: {},
  ...(input !== undefined && { place: { input } }),
});

describe('what visuals know without being told', () => {
  it('are the images that were recorded, and the folder of shards that is meant', () =>
    inTemporaryFolder(async (root) => {
      const data = "ImageFolderDataset(root='my photos')";
      const { folder } = await writeSmallShards(root, smallMetadata({ data }));
      const config = VisualsConfig.parse({ ckpt: 'nowhere', data: { shardRoot: root } });
      const known = await withDataOfRun(config, { keepData: true, keepImages: false });
      expect(known.data.shardRoot).toBe(folder);
      expect(known.images).toEqual({ type: 'image-folder', root: 'my photos' });
      const kept = await withDataOfRun(config, { keepData: true, keepImages: true });
      expect(kept.images).toEqual(config.images);
    }));

  it('are the coders that can read the rows', () =>
    inTemporaryFolder(async (root) => {
      await writeSmallShards(root);
      const fits = await readersOf({ shardRoot: root });
      expect(fits(coder(4))).toBe(true);
      expect(fits(coder(5))).toBe(false);
      expect(fits(coder(4, 'blocks.0.hook_resid_post'))).toBe(false);
      for (const data of [undefined, { shardRoot: 'nowhere' }, { live: {} }]) {
        expect((await readersOf(data))(coder(5))).toBe(true);
      }
    }));
});
