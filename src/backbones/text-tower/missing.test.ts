// What a checkpoint may lack to compare images with texts: one sentence each, and where a tokenizer is looked for.
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestHub, type TestHub } from '../../../test/helpers/hub-repos.ts';
import { openTextTower } from './open.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures');
const WEIGHTS = join(FIXTURES, 'backbones/texts/openai/open_clip_model.safetensors');
const CONFIG = { nHeads: 2, activation: 'quickgelu' } as const;

let hub: TestHub;
let folder: string;
beforeAll(async () => {
  hub = await startTestHub();
  folder = await mkdtemp(join(tmpdir(), 'saev-no-texts-'));
});
afterAll(async () => {
  await hub.close();
  await rm(folder, { recursive: true });
});

const open = (config: object, weights = WEIGHTS) =>
  openTextTower(
    weights,
    { config: { ...CONFIG, ...config }, tokenizer: { folder } },
    { settings: hub.settings(), threads: 1 },
  );

it('says what is missing', async () => {
  const image = join(FIXTURES, 'backbones/clip-laion.weights.safetensors');
  await expect(open({}, image)).rejects.toThrow('the checkpoint holds no text tower');
  await expect(open({})).rejects.toThrow(
    `the tokenizer of its texts is neither at '${folder}' nor at 'openai/clip-vit-base-patch32'`,
  );
  await expect(open({ nHeads: 3 })).rejects.toThrow('invalid number of heads 3');
  await expect(openTextTower(WEIGHTS, { unsupported: 'for a reason' }, {})).rejects.toThrow(
    'for a reason',
  );
});

it('takes the tokenizer of OpenAI where none lies beside the weights', async () => {
  const file = async (name: string) => readFile(join(FIXTURES, 'texts/prompts/clip', name));
  await hub.repo('models/openai/clip-vit-base-patch32', {
    'vocab.json': await file('vocab.json'),
    'merges.txt': await file('merges.txt'),
  });
  const tower = await open({});
  expect((await tower.embed(['a photo of a cat'])).vectors[0]).toHaveLength(12);
  await tower.close();
});

it('refuses a tokenizer that does not fit the tower', async () => {
  await cp(join(FIXTURES, 'texts/gpt2'), folder, { recursive: true });
  await expect(open({})).rejects.toThrow('words of its vocabulary have no end');
});
