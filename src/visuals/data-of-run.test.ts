import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { smallMetadata, writeSmallShards } from '../../test/helpers/activation-data.ts';
import { inTemporaryFolder } from '../../test/helpers/folders.ts';
import { PUBLISHED_CONTEXT, writePublishedCoder } from '../../test/helpers/published-coder.ts';
import type { CoderConfig } from '../sae/coder.ts';
import { VisualsConfig } from './config.ts';
import { readersOf, withDataOfRun, withIgnoredRows } from './data-of-run.ts';

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

  it('are the model and the texts that a checkpoint names, where no shards are', () =>
    inTemporaryFolder(async (root) => {
      const ckpt = await writePublishedCoder(root);
      const ofCheckpoint = {
        layer: 'blocks.1.ln2.hook_normalized',
        target: 'blocks.1.hook_mlp_out',
        language: { model: 'world-gpt2', contextSize: PUBLISHED_CONTEXT },
      };
      const shardRoot = join(root, 'shards');
      const config = VisualsConfig.parse({ ckpt });
      const bare = { ...config, data: { ...config.data, shardRoot } };
      const known = await withDataOfRun(bare, { keepImages: true });
      expect(known.data).toMatchObject(ofCheckpoint);

      // A language model that a person named in part is completed.
      const data = { language: { contextSize: 8, nContexts: 5 } };
      const own = VisualsConfig.parse({ ckpt, data });
      const completed = await withDataOfRun(own, { keepData: true, data, keepImages: true });
      expect(completed.data).toMatchObject({
        ...ofCheckpoint,
        language: { ...data.language, model: 'world-gpt2', texts: { type: 'text-files' } },
      });

      // Shards that it cannot read are not taken for its own; those that were named are.
      const { folder } = await writeSmallShards(shardRoot);
      expect((await withDataOfRun(bare, { keepImages: true })).data).toMatchObject(ofCheckpoint);
      const named = { keepData: true, data: { shardRoot }, keepImages: true };
      expect((await withDataOfRun(bare, named)).data).toMatchObject({ shardRoot: folder });
    }));

  it('are the rows that training left out, unless a person says otherwise', () =>
    inTemporaryFolder(async (run) => {
      const ignore = { patches: [0, 3] };
      await writeFile(join(run, 'run.json'), '{}');
      await writeFile(join(run, 'config.json'), JSON.stringify({ data: {}, ignore }));
      const config = VisualsConfig.parse({ ckpt: run });
      expect((await withIgnoredRows(config, {})).ignore).toEqual(ignore);
      expect((await withIgnoredRows(config, { keepData: true })).ignore).toBeUndefined();
      const all = { ...config, allRows: true };
      expect((await withIgnoredRows(all, {})).ignore).toBeUndefined();
      const own = { ...config, ignore: { patches: [1] } };
      expect((await withIgnoredRows(own, {})).ignore).toEqual({ patches: [1] });
      await expect(withIgnoredRows({ ...own, allRows: true }, {})).rejects.toThrow(
        'both allRows and ignore',
      );
      const other = { ...config, ckpt: join(run, 'nowhere') };
      expect(await withIgnoredRows(other, {})).toEqual(other);
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
