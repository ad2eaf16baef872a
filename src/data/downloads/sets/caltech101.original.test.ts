// Caltech-101's split by Python's own random (fixtures/downloads/make.py).
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { pythonRandom } from '../../../base/python-random/mersenne-twister.ts';
import { compareCodePoints } from '../../../formats/python/python-json.ts';
import { splitClass } from './caltech101.ts';

const { classes, splits } = JSON.parse(
  readFileSync(new URL('../../../../fixtures/downloads/caltech101.json', import.meta.url), 'utf8'),
) as {
  classes: Record<string, string[]>;
  splits: Record<string, Record<string, { train: string[]; test: string[] }>>;
};

it.each(Object.entries(splits))('seed %s splits as in Python', (seed, expected) => {
  const random = pythonRandom(Number(seed));
  const names = Object.keys(classes).sort(compareCodePoints);
  const found = Object.fromEntries(names.map((name) => [name, splitClass(classes[name]!, random)]));
  expect(found).toEqual(expected);
});
