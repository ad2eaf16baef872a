import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { smallMetadata } from '../../../test/helpers/activation-data.ts';
import { inTemporaryFolder } from '../../../test/helpers/folders.ts';
import { metadataHash, metadataText, parseMetadata, readMetadata } from './metadata.ts';

const expected = JSON.parse(
  readFileSync(new URL('../../../fixtures/activations/expected.json', import.meta.url), 'utf8'),
) as {
  cases: { name: string; folder: string; metadata: string }[];
  protocol_21: { folder: string; metadata: string };
};

describe('metadata as Python writes it', () => {
  test.each(expected.cases)('$name: same bytes, same folder name', ({ metadata, folder }) => {
    const read = parseMetadata(JSON.parse(metadata), 'metadata.json');
    expect(read.protocol).toBe('saev');
    expect(metadataText(read)).toBe(metadata);
    expect(metadataHash(read)).toBe(folder);
  });

  test('protocol 2.1: same bytes, eight digits of hash', () => {
    const { metadata, folder } = expected.protocol_21;
    const read = parseMetadata(JSON.parse(metadata), 'metadata.json');
    expect(read).toMatchObject({ protocol: '2.1', pixelAgg: 'majority', dataset: '/data/été' });
    expect(metadataText(read)).toBe(metadata);
    expect(metadataHash(read)).toBe(folder);
  });

  test('the names of earlier versions are understood', () => {
    const early = parseMetadata(
      {
        model_family: 'clip',
        model_ckpt: 'ViT-B-16/openai',
        layers: [-2],
        n_patches_per_img: 196,
        cls_token: true,
        d_vit: 768,
        seed: 1,
        n_imgs: 10,
        n_patches_per_shard: 2_400_000,
        data: 'ImageFolderDataset()',
      },
      'early',
    );
    expect(early).toMatchObject({ protocol: 'saev', family: 'clip', nPatches: 196, nExamples: 10 });
    const middle = parseMetadata(
      {
        family: 'dinov2',
        ckpt: 'x',
        layers: [1],
        patches_per_ex: 4,
        cls_token: false,
        d_model: 8,
        n_ex: 3,
        patches_per_shard: 100,
        data: { root: 'y', __class__: 'ImgFolder' },
        pixel_agg: null,
        dtype: 'float32',
        protocol: '1.1',
      },
      'middle',
    );
    expect(middle).toMatchObject({ protocol: '1.1', data: '{"root":"y","__class__":"ImgFolder"}' });
    expect(() => metadataText(middle)).toThrow('unsupported protocol');
  });
});

describe('bad metadata', () => {
  const good = JSON.parse(metadataText(smallMetadata())) as Record<string, unknown>;

  test.each([
    ['layers', [], 'layers'],
    ['layers', [1, 1], 'twice'],
    ['layers', 'x', 'layers'],
    ['d_vit', 0, 'd_vit'],
    ['d_vit', 2.5, 'd_vit'],
    ['d_vit', '768', 'd_vit'],
    ['n_imgs', -1, 'n_imgs'],
    ['cls_token', 1, 'cls_token'],
    ['protocol', '9.9', 'protocol'],
    ['data', 7, 'data'],
  ])('%s = %j is refused by name', (key, value, message) => {
    expect(() => parseMetadata({ ...good, [key]: value }, 'm.json')).toThrow(message);
  });

  test('a missing field is named', () => {
    const { d_vit: _, ...rest } = good;
    expect(() => parseMetadata(rest, 'm.json')).toThrow("'d_vit' is missing");
    expect(() => parseMetadata([], 'm.json')).toThrow('not a JSON object');
  });

  test('an unknown dtype is refused', () => {
    const json = JSON.parse(expected.protocol_21.metadata) as Record<string, unknown>;
    expect(() => parseMetadata({ ...json, dtype: 'float8' }, 'm.json')).toThrow('dtype');
  });

  test('a truncated or missing file is said in one sentence', async () => {
    await inTemporaryFolder(async (folder) => {
      await expect(readMetadata(folder)).rejects.toThrow('missing metadata');
      await mkdir(join(folder, 'x'));
      await writeFile(
        join(folder, 'x', 'metadata.json'),
        metadataText(smallMetadata()).slice(0, 50),
      );
      await expect(readMetadata(join(folder, 'x'))).rejects.toThrow('is not JSON');
    });
  });
});
