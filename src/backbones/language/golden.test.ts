// Every hook point against TransformerLens, and the whole models against HuggingFace (fixtures/language/make.py).
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { relativeError } from '../../../test/close.ts';
import { hubSettings } from '../../data/hub/settings.ts';
import { openSafetensors, type SafetensorsFile } from '../../formats/safetensors.ts';
import type { Tensor } from '../types.ts';
import { resolveLanguageModel } from './checkpoints.ts';
import { openLanguageModel } from './load.ts';
import { type LanguageBackbone, LOGITS, LOSS } from './types.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures/language');
const LIMIT = 1e-5;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-language-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function open(name: string, processing: boolean): Promise<LanguageBackbone> {
  const settings = { ...hubSettings({}), cacheDir: join(folder, 'hub') };
  const model = await resolveLanguageModel(join(FIXTURES, name), { settings });
  return openLanguageModel(model, { processing, settings, threads: 1 });
}

async function tokensOf(golden: SafetensorsFile, name = 'tokens'): Promise<number[][]> {
  const { data, shape } = await golden.read(name);
  const width = shape[1]!;
  return Array.from({ length: shape[0]! }, (_, r) =>
    Array.from(data as Int32Array).slice(r * width, (r + 1) * width),
  );
}

/** Compare where numbers are finite; scores hold −∞ where a query may not look. */
function expectNear(actual: Tensor, expected: Float32Array, name: string): number {
  expect(actual.data.length, name).toBe(expected.length);
  const finite = [...expected.keys()].filter((i) => Number.isFinite(expected[i]));
  expect(
    [...expected.keys()].every(
      (i) => Number.isFinite(expected[i]) || actual.data[i] === expected[i],
    ),
  ).toBe(true);
  const pick = (data: Float32Array): Float32Array => Float32Array.from(finite, (i) => data[i]!);
  expect(pick(actual.data), name).toBeNear(pick(expected), LIMIT);
  return relativeError(pick(actual.data), pick(expected));
}

const CASES: [string, 'raw' | 'processed'][] = [
  ['gpt2', 'raw'],
  ['gpt2', 'processed'],
  ['neox', 'raw'],
  ['neox', 'processed'],
  ['neox-sequential', 'processed'],
  ['gelu', 'raw'],
  ['gelu', 'processed'],
  ['solu', 'raw'],
  ['solu', 'processed'],
  ['solu-rms', 'raw'],
  ['shortformer', 'raw'],
];

describe('against TransformerLens', () => {
  it.each(CASES)('%s, %s: every hook point, the logits and the loss agree', async (name, kind) => {
    const golden = await openSafetensors(join(FIXTURES, `${name}.golden.safetensors`));
    const backbone = await open(name, kind === 'processed');
    const tokens = await tokensOf(golden);
    const names = [...golden.tensors.keys()]
      .filter((key) => key.startsWith(`${kind}/`))
      .map((key) => key.slice(kind.length + 1));
    const points = names.filter((key) => !/^(logits|loss|mean_loss)$/.test(key));
    expect([...backbone.hookPoints].sort()).toEqual(points.sort());

    const results = await backbone.run(tokens, { record: [...backbone.hookPoints, LOGITS] });
    const errors: [number, string][] = [];
    for (const [point, tensor] of results) {
      const key = `${kind}/${point}`;
      expect(tensor.shape, point).toEqual(golden.tensors.get(key)!.shape);
      errors.push([expectNear(tensor, await golden.readFloat32(key), point), point]);
    }
    const loss = await backbone.loss(tokens);
    errors.push([expectNear(loss.perToken, await golden.readFloat32(`${kind}/loss`), LOSS), LOSS]);
    const [mean] = await golden.readFloat32(`${kind}/mean_loss`);
    expect(Math.abs(loss.mean - mean!) / mean!).toBeLessThan(LIMIT);
    if (process.env.SHOW_ERRORS) {
      const [error, point] = errors.sort(([a], [b]) => b - a)[0]!;
      process.stdout.write(`${name} ${kind} ${error.toExponential(1)} (${point})\n`);
    }
    await backbone.close();
    await golden.close();
  });
});
