import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { smallMetadata } from '../../../test/helpers/activation-data.ts';
import { inTemporaryFolder } from '../../../test/helpers/folders.ts';
import { Random } from '../../base/random.ts';
import {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
} from '../../formats/half.ts';
import { openActivations, type ShardSource } from '../reading/shard-source.ts';

import { parseMetadata, readMetadata } from './metadata.ts';
import { openShardWriter } from './shard-writer.ts';

const ROUNDED = {
  float16: (values: Float32Array) => float16ToFloat32(float32ToFloat16(values)),
  bfloat16: (values: Float32Array) => bfloat16ToFloat32(float32ToBfloat16(values)),
};
const SMALL = ['float16', 'bfloat16'] as const;
const NUMBERS = 7 * 2 * 4 * 4;

function drawn(): Float32Array {
  const random = new Random(3);
  return new Float32Array(NUMBERS).map(() => 5 * random.normal());
}

async function write(
  folder: string,
  acts: Float32Array,
  dtype?: (typeof SMALL)[number],
  protocol: 'saev' | '2.1' = 'saev',
): Promise<string> {
  const writer = await openShardWriter(
    folder,
    smallMetadata({ protocol, dtype, dataset: '', pixelAgg: 'majority' } as object),
  );
  await writer.append(acts);
  await writer.finish();
  return writer.folder;
}

async function rowsOf(source: ShardSource): Promise<number[]> {
  const acts: number[] = [];
  for await (const batch of source.batches({ batchSize: 5, shuffleSeed: 4 }))
    acts.push(...batch.acts);
  for (let i = 0; i < source.length; i++) acts.push(...(await source.row(i)).act);
  for (let i = 0; i < source.nExamples; i++) acts.push(...(await source.exampleRows(i)));
  await source.close();
  return acts;
}

describe.each(SMALL)('shards of %s', (dtype) => {
  it.each([
    ['cls', -2],
    ['patches', -1],
    ['patches', 'all'],
    ['meanpool', -2],
    ['patches', 'meanpool'],
    ['all', -1],
  ] as const)(
    'give rounded rows, scaled as float32 ones are: %s of layer %s',
    async (patches, layer) => {
      await inTemporaryFolder(async (folder) => {
        const acts = drawn();
        const small = await write(join(folder, 'small'), acts, dtype);
        const whole = await write(join(folder, 'whole'), ROUNDED[dtype](acts));
        const options = { patches, layer, nRandomSamples: 10 };
        const [got, wanted] = [
          await openActivations(small, options),
          await openActivations(whole, options),
        ];
        expect(got.scaling).toEqual(wanted.scaling);
        expect(await rowsOf(got)).toEqual(await rowsOf(wanted));
      });
    },
  );

  it.each(['saev', '2.1'] as const)(
    'take half the room, and say so: protocol %s',
    async (protocol) => {
      await inTemporaryFolder(async (folder) => {
        const small = await write(folder, drawn(), dtype, protocol);
        expect(await readMetadata(small)).toMatchObject({ dtype, protocol });
        const json = JSON.parse(await readFile(join(small, 'metadata.json'), 'utf8'));
        expect(json.dtype).toBe(dtype);
        expect((await stat(join(small, 'acts000000.bin'))).size).toBe(3 * 2 * 4 * 4 * 2);
      });
    },
  );

  it('goes on after a stop with the same bytes', async () => {
    await inTemporaryFolder(async (folder) => {
      const acts = drawn();
      const metadata = smallMetadata({ dtype });
      const first = await openShardWriter(join(folder, 'a'), metadata);
      await first.append(acts.subarray(0, 2 * 32));
      await first.close();
      const second = await openShardWriter(join(folder, 'a'), metadata);
      expect(second.nWritten).toBe(2);
      await second.append(acts.subarray(2 * 32));
      await second.finish();
      const whole = await write(join(folder, 'b'), acts, dtype);
      for (const name of ['acts000000.bin', 'acts000001.bin', 'acts000002.bin']) {
        expect(await readFile(join(second.folder, name))).toEqual(
          await readFile(join(whole, name)),
        );
      }
    });
  });
});

it('refuses what float16 cannot hold, and keeps what was written', async () => {
  await inTemporaryFolder(async (folder) => {
    const writer = await openShardWriter(folder, smallMetadata({ dtype: 'float16' }));
    const acts = drawn();
    const large = acts.slice(0, 32);
    large[7] = -70_123;
    await writer.append(acts.subarray(0, 32));
    await expect(writer.append(large)).rejects.toThrow(
      'unsupported dtype float16: an activation is -70123.0, and it ends at 65504',
    );
    expect(writer.nWritten).toBe(1);
    await writer.append(acts.subarray(32));
    await writer.finish();
    const whole = await write(join(folder, 'whole'), acts, 'float16');
    expect(await readFile(join(writer.folder, 'acts000000.bin'))).toEqual(
      await readFile(join(whole, 'acts000000.bin')),
    );
  });
});

it('refuses other element types in a sentence', () => {
  const json = { ...JSON.parse(JSON.stringify(PYTHON)), dtype: 'float8' };
  expect(() => parseMetadata(json, 'm.json')).toThrow(/invalid metadata 'm.json': dtype/);
});

const PYTHON = {
  vit_family: 'clip',
  vit_ckpt: 'x',
  layers: [-2],
  n_patches_per_img: 4,
  cls_token: true,
  d_vit: 4,
  seed: 1,
  n_imgs: 2,
  n_patches_per_shard: 100,
  data: 'none',
};
