// Frequencies of latents, of runs and of published coders.
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeSafetensors } from '../formats/safetensors.ts';
import { f32 } from '../formats/tensor.ts';
import { writeTorchFile } from '../formats/torch/torch-write.ts';
import { transcoderCircuitsName } from './checkpoints/transcoder-circuits.ts';
import { liveFeatures, readLogSparsity, writeLogSparsityBeside } from './log-sparsity.ts';

const VALUES = Float32Array.of(-10, -4, -3.5, -0.1, -9);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-sparsity-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('are found beside a coder of transcoder-circuits, in a bare tensor', async () => {
  const coder = join(folder, 'final_tc.pt');
  const fixture = new URL(
    '../../fixtures/checkpoints/transcoder-circuits/transcoder.pt',
    import.meta.url,
  );
  await cp(fixture, coder);
  await expect(readLogSparsity(coder)).rejects.toThrow('missing frequencies');
  const path = await writeLogSparsityBeside(coder, VALUES);
  expect(path).toBe(join(folder, 'final_tc_log_feature_sparsity.pt'));
  expect(await readLogSparsity(coder)).toEqual(VALUES);
  expect(await readLogSparsity(path)).toEqual(VALUES);
});

test('are found in a run, beside its coder, and in a folder of SAELens', async () => {
  const run = join(folder, 'run');
  await mkdir(join(run, 'checkpoint'), { recursive: true });
  const file = join(run, 'log_feature_sparsity.safetensors');
  await writeSafetensors(file, [['log_feature_sparsity', f32(VALUES, 5)]]);
  for (const path of [run, join(run, 'checkpoint'), file]) {
    expect(await readLogSparsity(path)).toEqual(VALUES);
  }
  const published = join(folder, 'published');
  await mkdir(published);
  await writeSafetensors(join(published, 'sparsity.safetensors'), [['sparsity', f32(VALUES, 5)]]);
  expect(await readLogSparsity(published)).toEqual(VALUES);
});

test('tell the latents that live', () => {
  expect([...liveFeatures(VALUES)]).toEqual([2, 3]);
  expect([...liveFeatures(VALUES, -9.5)]).toEqual([1, 2, 3, 4]);
});

test('that are no row of logarithms are refused', async () => {
  const path = join(folder, 'odd_log_feature_sparsity.pt');
  await writeTorchFile(path, f32(VALUES, 5, 1));
  await expect(readLogSparsity(path)).rejects.toThrow('no single row');
  await writeTorchFile(path, f32(Float32Array.of(0.5), 1));
  await expect(readLogSparsity(path)).rejects.toThrow('0 at most');
  await writeTorchFile(path, new Map([['a', f32(VALUES, 5)]]));
  await expect(readLogSparsity(path)).rejects.toThrow('no single row');
});

test("a coder's file has the original's name", () => {
  const place = { model: 'gpt2-small', input: 'blocks.8.ln2.hook_normalized' } as const;
  const config = { dIn: 768, dOut: 768, dSae: 24_576, activation: { kind: 'relu' }, place };
  expect(
    transcoderCircuitsName({ ...config, subtractDecoderBias: false, metadata: {} } as never),
  ).toBe('sparse_autoencoder_gpt2-small_blocks.8.ln2.hook_normalized_24576');
});
