// Names of models and data sets, compared with the functions of Python's notebook (fixtures/training/make_comparison.py).
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { dataKey, dataKeyOfSettings, modelKey } from './keys.ts';

const golden = JSON.parse(
  await readFile(new URL('../../../fixtures/training/comparison.json', import.meta.url), 'utf8'),
) as {
  models: { family: string; checkpoint: string; key: string | null }[];
  data: { data: string; key: string | null }[];
};

it('names the models that the original names as it does, and others by their checkpoint', () => {
  for (const { key, ...model } of golden.models) {
    if (key !== null) expect(modelKey(model)).toBe(key);
  }
  const others = golden.models.filter(({ key }) => key === null).map(modelKey);
  expect(others).toEqual([
    'clip ViT-L-14/openai',
    'dinov2_vitl14_reg',
    'timm/ViT-L-16-SigLIP2-256',
  ]);
  expect(modelKey({ family: 'lens', checkpoint: 'gpt2' })).toBe('gpt2');
});

it('names the data sets that the original names as it does, and others by their folder', () => {
  for (const { key, data } of golden.data) if (key !== null) expect(dataKey({ data })).toBe(key);
  const others = golden.data.filter(({ key }) => key === null).map(dataKey);
  expect(others).toEqual(['ILSVRC/imagenet-1k validation', 'butterflies', 'ADE20K training']);
});

it('reads what later versions and texts are described by', () => {
  const pickled = Buffer.from('\x80\x04cImgFolder\nroot\x94X\x0f/inat/train_mini').toString(
    'base64',
  );
  expect(dataKey({ data: pickled, dataset: '/inat/train_mini' })).toBe('iNat21');
  const other = Buffer.from('\x80\x04cImgFolder\nroot\x94\x8c\x0b/x/birds').toString('base64');
  expect(dataKey({ data: other, dataset: '/x/birds' })).toBe('birds');
  expect(dataKey({ data: JSON.stringify({ root: '/x/world/images' }) })).toBe('world/images');
  const texts = "Texts(texts=TextConfig(type='text-world', nDocuments=300), tokenizer='gpt2')";
  expect(dataKey({ data: texts })).toBe('text-world');
  expect(dataKey({ data: '' })).toBe('');
});

it('names live sources as it names what was recorded of them', () => {
  expect(dataKeyOfSettings({ type: 'imagenet', name: 'ILSVRC/imagenet-1k', split: 'train' })).toBe(
    'ImageNet-1K',
  );
  expect(dataKeyOfSettings({ type: 'image-folder', root: '/inat/train_mini' })).toBe('iNat21');
  expect(dataKeyOfSettings({ type: 'image-folder', root: './demo/world/images' })).toBe(
    'world/images',
  );
  expect(dataKeyOfSettings({ type: 'ade20k', root: '/x', split: 'training' })).toBe(
    'ADE20K training',
  );
  expect(dataKeyOfSettings({ type: 'text-hub', name: 'Skylion007/openwebtext' })).toBe(
    'Skylion007/openwebtext',
  );
});
