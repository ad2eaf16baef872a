// How newer saev names a dataset in metadata of protocol 2.1: its config object, pickled, in base64.

import { PyGlobal, PyObject } from '../../formats/torch/pickle-values.ts';
import { pickle } from '../../formats/torch/pickle-write.ts';
import type { DatasetConfig } from './config.ts';

/** Write the config as newer saev's metadata holds it: base64 of a pickle of its class in `saev.data.datasets`. */
export function pickledConfig(config: DatasetConfig): string {
  const [name, fields] = classOf(config);
  const object = new PyObject(new PyGlobal('saev.data.datasets', name), [], new Map(fields));
  return Buffer.from(pickle(object)).toString('base64');
}

function classOf(config: DatasetConfig): [string, [string, string][]] {
  switch (config.type) {
    case 'imagenet':
      return [
        'Imagenet',
        [
          ['name', config.name],
          ['split', config.split],
        ],
      ];
    case 'image-folder':
      return ['ImgFolder', [['root', config.root]]];
    case 'ade20k':
      return [
        'ImgSegFolder',
        [
          ['root', config.root],
          ['split', config.split],
        ],
      ];
  }
}
