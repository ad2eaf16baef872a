// Recording with the real backbones: small random checkpoints of each family, in its own published format.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inTemporaryFolder } from '../../../test/helpers/folders.ts';
import { recordedTokens } from '../../backbones/types.ts';
import { openVisionModel } from '../../backbones/vision/open.ts';
import { Random } from '../../base/random.ts';
import { openSafetensors } from '../../formats/safetensors.ts';
import { liveImages } from '../live/live-images.ts';
import { openActivations } from '../reading/shard-source.ts';
import { recordImages } from './record-images.ts';

const fixtures = join(import.meta.dirname, '../../../fixtures/backbones');

describe('recording with a real backbone', () => {
  test.each(['world', 'clip-openai', 'siglip-tanh', 'dinov2-original-registers', 'moondream2'])(
    '%s: shards and live rows hold what the model computes',
    async (name) => {
      const golden = await openSafetensors(join(fixtures, `${name}.golden.safetensors`));
      const { family, ...config } = JSON.parse(golden.metadata.config!);
      await golden.close();
      const weights = join(fixtures, `${name}.weights.safetensors`);
      const backbone = await openVisionModel({ family, weights, config });
      const { imageSize, dModel, nLayers, nRegisters, hasCls, nPatches } = backbone.config;
      const random = new Random(1);
      const images = Array.from({ length: 5 }, () =>
        Float32Array.from({ length: 3 * imageSize * imageSize }, () => random.normal()),
      );
      const load = async function* (indices: Iterable<number>) {
        for (const index of indices) yield { index, pixels: images[index]! };
      };
      await inTemporaryFolder(async (dumpTo) => {
        const { folder, metadata } = await recordImages({
          backbone,
          images: (from) => load([0, 1, 2, 3, 4].slice(from)),
          layers: [-2, nLayers - 1],
          dumpTo,
          data: 'noise',
          nExamples: 5,
          batchSize: 2,
          maxTokensPerShard: 5 * (nPatches + 1),
        });
        expect(metadata).toMatchObject({ hasCls, nPatches, dModel, family });
        const options = { layer: -2, scaleMean: false, scaleNorm: false } as const;
        const source = await openActivations(folder, { ...options, patches: 'all', layer: 'all' });
        const live = await liveImages({
          ...options,
          patches: 'all',
          layer: 'all',
          layers: [-2, nLayers - 1],
          backbone,
          nExamples: 5,
          images: load,
        });
        const tokens = recordedTokens(backbone.config);
        const nRun = (hasCls ? 1 : 0) + nRegisters + nPatches;
        for (const [i, image] of images.entries()) {
          const hooks = [nLayers - 2, nLayers - 1].map((l) => `blocks.${l}.hook_resid_post`);
          const outputs = await backbone.run(
            { data: image, shape: [1, 3, imageSize, imageSize] },
            { record: hooks },
          );
          const rows = hooks.flatMap((hook) => {
            const { data, shape } = outputs.get(hook)!;
            expect(shape).toEqual([1, nRun, dModel]);
            return tokens.flatMap((token) => [
              ...data.subarray(token * dModel, (token + 1) * dModel),
            ]);
          });
          // Batches of another size may round differently.
          expect(await source.exampleRows(i)).toBeNear(rows, 1e-5);
          expect(await live.exampleRows(i)).toBeNear(rows, 1e-5);
        }
        await source.close();
      });
      await backbone.close();
    },
  );
});
