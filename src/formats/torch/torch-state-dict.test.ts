import { expect, test } from 'vitest';
import { bytesSource } from '../byte-source.ts';
import { stateDictOf } from './torch-state-dict.ts';
import { type TorchStorage, TorchTensor } from './torch-tensor.ts';

const storage: TorchStorage = {
  dtype: 'F32',
  length: 1,
  open: async () => bytesSource(new Uint8Array(4)),
};
const tensor = new TorchTensor({ storage, dtype: 'F32', shape: [1], stride: [1], offset: 0 });
const namesOf = (...names: string[]): string[] => [
  ...stateDictOf(new Map(names.map((name) => [name, tensor])), 'x').keys(),
];

test("the prefix 'module.' goes when every name has it", () => {
  expect(namesOf('module.a.weight', 'module.b')).toEqual(['a.weight', 'b']);
  expect(namesOf('module.a', 'b')).toEqual(['module.a', 'b']);
  expect(namesOf('modules.a')).toEqual(['modules.a']);
});
