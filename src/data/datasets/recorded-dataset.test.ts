import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DatasetConfig } from './config.ts';
import { pythonName } from './python-name.ts';
import { recordedDataset } from './recorded-dataset.ts';

describe('recordedDataset', () => {
  it('reads back what metadata say of a folder, whatever its name', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), (root) => {
        const config = DatasetConfig.parse({ type: 'image-folder', root });
        expect(recordedDataset(pythonName(config))).toEqual(config);
      }),
    );
  });

  it('reads every kind', () => {
    const ade20k = DatasetConfig.parse({ type: 'ade20k', root: 'a, b=c', split: 'validation' });
    expect(recordedDataset(pythonName(ade20k))).toEqual(ade20k);
    const imagenet = DatasetConfig.parse({ type: 'imagenet', name: 'o/n', split: 'test' });
    expect(recordedDataset(pythonName(imagenet))).toEqual(imagenet);
  });

  it.each(['', 'gASVKgAA', 'Unknown(root=1)', 'ImageFolderDataset(root=3)', 'ImageFolderDataset('])(
    'does not know %s',
    (data) => {
      expect(recordedDataset(data)).toBeUndefined();
    },
  );
});
