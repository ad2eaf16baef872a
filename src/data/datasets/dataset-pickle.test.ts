import { describe, expect, it } from 'vitest';
import { unpickle } from '../../formats/torch/pickle.ts';
import { PyObject } from '../../formats/torch/pickle-values.ts';
import { DatasetConfig } from './config.ts';
import { pickledConfig } from './dataset-pickle.ts';

describe('pickledConfig', () => {
  it.each([
    [{ type: 'image-folder', root: './photos' }, 'ImgFolder', { root: './photos' }],
    [
      { type: 'ade20k', root: 'ä', split: 'validation' },
      'ImgSegFolder',
      { root: 'ä', split: 'validation' },
    ],
    [{}, 'Imagenet', { name: 'ILSVRC/imagenet-1k', split: 'train' }],
  ])('writes %j as an object of newer saev', (input, name, fields) => {
    const bytes = Uint8Array.from(Buffer.from(pickledConfig(DatasetConfig.parse(input)), 'base64'));
    const { value } = unpickle(bytes, {
      name: 'metadata',
      isRecord: (className) => className === `saev.data.datasets.${name}`,
    });
    expect(value).toBeInstanceOf(PyObject);
    expect(Object.fromEntries((value as PyObject).state)).toEqual(fields);
  });
});
