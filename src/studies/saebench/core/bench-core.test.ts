// saev saebench core from the disk: what is written, what is taken as it stands, what is refused.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { benchFixture } from '../../../../test/helpers/saebench.ts';
import { LETTERS, TINY_MODEL, writeTexts } from '../../../../test/helpers/text-activations.ts';
import { writeCheckpoint } from '../../../sae/checkpoints/registry.ts';
import { SaebenchCoreConfig, type SaebenchCoreConfigInput } from '../config.ts';
import { readResult, readResults } from '../results/result-files.ts';
import { benchCore } from './bench-core.ts';

let folder: string;
let root: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-saebench-'));
  root = await writeTexts(folder, 60);
  const fixture = await benchFixture();
  for (const name of ['relu', 'topk'] as const)
    await writeCheckpoint(await fixture.read(name), join(folder, name));
  const { config, weights } = await fixture.read('relu');
  await writeCheckpoint({ config: { ...config, place: {} }, weights }, join(folder, 'images'));
  await fixture.close();
});
afterAll(() => rm(folder, { recursive: true }));

function bench(names: readonly string[], changes: SaebenchCoreConfigInput = {}) {
  return benchCore(
    SaebenchCoreConfig.parse({
      coders: names.map((name) => join(folder, name)),
      texts: { type: 'text-files', root, documents: 'paragraph' },
      model: TINY_MODEL,
      tokenizer: LETTERS,
      processing: false,
      contextSize: 10,
      batchSizePrompts: 4,
      nEvalReconstructionBatches: 2,
      nEvalSparsityVarianceBatches: 3,
      outputFolder: join(folder, 'results'),
      threads: 1,
      ...changes,
    }),
  );
}

it('writes what the published schema asks for, and takes it as it stands', async () => {
  const [relu, topk] = await bench(['relu', 'topk']);
  expect(relu!.file).toBe(join(folder, 'results/core/relu_custom_sae_eval_results.json'));
  const schemas = JSON.parse(await readFile('fixtures/saebench/schemas.json', 'utf8'));
  for (const { file } of [relu!, topk!])
    z.fromJSONSchema(schemas.core).parse(JSON.parse(await readFile(file, 'utf8')));
  expect(topk!.result.eval_result_metrics).toMatchObject({
    sparsity: { l0: 5 },
    token_stats: { total_tokens_eval_reconstruction: 80, total_tokens_eval_sparsity_variance: 120 },
  });
  // Of latents that never fired there is no mean.
  expect(relu!.result.eval_result_details[0]).toMatchObject({
    feature_density: 0,
    consistent_activation_heuristic: -1,
  });
  const table = await readFile(join(folder, 'results/core/core.csv'), 'utf8');
  expect(table).toMatch(/^coder,L0,.*\nrelu,.*\ntopk,5,.*\n$/);
  const again = await bench(['topk', 'relu']);
  expect(again.map(({ result }) => result.eval_id)).toEqual([
    topk!.result.eval_id,
    relu!.result.eval_id,
  ]);
  await expect(bench(['relu'], { nEvalReconstructionBatches: 1 })).rejects.toThrow(
    'was measured with other settings',
  );
});

it('refuses coders of images, and models in which the coder has no place', async () => {
  await expect(bench(['images'])).rejects.toThrow(
    'does not say where in a language model it belongs',
  );
  await expect(bench(['relu'], { contextSize: 21, forceRerun: true })).rejects.toThrow(
    'invalid contextSize',
  );
});

it('reads results that SAEBench wrote, and refuses those of another version', async () => {
  const golden = 'fixtures/saebench/core-relu.json';
  expect((await readResult(golden)).eval_type_id).toBe('core');
  const json = JSON.parse(await readFile(golden, 'utf8'));
  const refusal = async (changes: object): Promise<string> => {
    const path = join(folder, 'changed.json');
    await writeFile(path, JSON.stringify({ ...json, ...changes }));
    return String(await readResult(path).catch((error: Error) => error.message));
  };
  const { misc_metrics: _, ...older } = json.eval_result_metrics;
  expect(await refusal({ eval_result_metrics: older })).toContain('of another version of SAEBench');
  expect(await refusal({ eval_type_id: 'scr' })).toContain('is of scr');
  // In a folder others are passed over.
  await writeFile(join(folder, 'results/scr_eval_results.json'), '{"eval_type_id":"scr"}');
  expect(await readResults([join(folder, 'results')])).toHaveLength(2);
  await expect(readResults([root])).rejects.toThrow('holds none that can be read');
  expect(await refusal({ eval_type_id: undefined })).toContain('does not say what was measured');
});
