// json, orjson and repr against Python's own output (fixtures/formats/make_python_text.py).
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { floatRepr, pyFloat } from './python-format.ts';
import { compareCodePoints, orjsonText, type PythonValue, pythonJson } from './python-json.ts';
import { dataclassRepr, PyRepr, pythonRepr, tupleRepr } from './python-repr.ts';

type Neutral =
  | null
  | boolean
  | { int: string }
  | { float: string }
  | { str: number[] }
  | { list: Neutral[] }
  | { dict: [number[], Neutral][] };

interface Case {
  value: Neutral;
  json: string;
  jsonIndent4: string;
  jsonSorted: string;
  repr: number[];
  orjson?: string;
  orjsonIndent2?: string;
  orjsonSorted?: string;
}

const cases: Case[] = JSON.parse(
  readFileSync(new URL('../../../fixtures/formats/python-text.json', import.meta.url), 'utf8'),
);

const text = (units: number[]): string => String.fromCharCode(...units);

function fromNeutral(value: Neutral): PythonValue {
  if (value === null || typeof value === 'boolean') return value;
  if ('int' in value) return BigInt(value.int);
  if ('float' in value) return pyFloat(Buffer.from(value.float, 'hex').readDoubleBE());
  if ('str' in value) return text(value.str);
  if ('list' in value) return value.list.map(fromNeutral);
  return new Map(value.dict.map(([key, item]) => [text(key), fromNeutral(item)]));
}

describe('Python text', () => {
  test('json.dumps is matched byte for byte', () => {
    for (const { value, json, jsonIndent4, jsonSorted } of cases) {
      const ours = fromNeutral(value);
      expect(pythonJson(ours)).toBe(json);
      expect(pythonJson(ours, { indent: 4 })).toBe(jsonIndent4);
      expect(pythonJson(ours, { sortKeys: true })).toBe(jsonSorted);
    }
  });

  test('orjson.dumps is matched byte for byte', () => {
    const known = cases.filter((one) => one.orjson !== undefined);
    expect(known.length).toBeGreaterThan(200);
    for (const { value, orjson, orjsonIndent2, orjsonSorted } of known) {
      const ours = fromNeutral(value);
      expect(orjsonText(ours)).toBe(orjson);
      expect(orjsonText(ours, { indent: 2 })).toBe(orjsonIndent2);
      expect(orjsonText(ours, { sortKeys: true })).toBe(orjsonSorted);
    }
  });

  test('repr is matched character for character', () => {
    for (const { value, repr } of cases) expect(pythonRepr(fromNeutral(value))).toBe(text(repr));
  });

  test('unmarked numbers are ints when integral and floats otherwise', () => {
    expect(pythonJson([1, -3, 0.5, 1e21, -0, pyFloat(1)])).toBe(
      '[1, -3, 0.5, 1000000000000000000000, -0.0, 1.0]',
    );
  });

  test('undefined properties are left out and other non-values refused', () => {
    expect(pythonJson({ a: undefined, b: 1 })).toBe('{"b": 1}');
    expect(() => pythonJson((() => 1) as unknown as PythonValue)).toThrow(TypeError);
    expect(() => orjsonText('\ud800')).toThrow('surrogate');
  });

  test('dataclasses and tuples have their repr', () => {
    expect(dataclassRepr('ImageFolderDataset', { root: './x' })).toBe(
      "ImageFolderDataset(root='./x')",
    );
    const inner = new PyRepr(dataclassRepr('Inner', { lr: pyFloat(1), on: true, name: null }));
    expect(dataclassRepr('Outer', { inner, pair: tupleRepr([1, 'a']), one: tupleRepr([2]) })).toBe(
      "Outer(inner=Inner(lr=1.0, on=True, name=None), pair=(1, 'a'), one=(2,))",
    );
  });

  test('any float64 reads back from its repr', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(floatRepr(value))).toBe(value);
      }),
    );
  });

  test('any JSON value reads back', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as PythonValue;
        expect(JSON.parse(pythonJson(plain, { indent: 4 }))).toEqual(plain);
        expect(JSON.parse(orjsonText(plain))).toEqual(plain);
      }),
    );
  });

  test('texts sort as their UTF-8 bytes do', () => {
    const awkward = fc.constantFrom('a', 'B', 'é', '\uffff', '\ue000', '\u{1f600}', '\u{10000}');
    const unit = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.string({ unit: awkward, maxLength: 4 }),
    );
    fc.assert(
      fc.property(unit, unit, (a, b) => {
        const expected = Buffer.compare(Buffer.from(a), Buffer.from(b));
        expect(Math.sign(compareCodePoints(a, b))).toBe(expected);
      }),
    );
  });
});
