import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestHub, type TestHub } from '../../../test/helpers/hub-repos.ts';
import { UserError } from '../../base/errors.ts';
import { resolveSae } from './read-coder.ts';

let hub: TestHub;
beforeEach(async () => {
  hub = await startTestHub();
});
afterEach(() => hub.close());

const resolve = (name: string): Promise<string> => resolveSae(name, { settings: hub.settings() });

async function mistake(promise: Promise<unknown>): Promise<UserError> {
  const error = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return error;
}

test('sae.pt of a repo is fetched, and nothing else', async () => {
  await hub.repo('models/osunlp/SAE', { 'sae.pt': 'weights', 'README.md': 'about' });
  const path = await resolve('hf-hub:osunlp/SAE');
  expect(await readFile(path, 'utf8')).toBe('weights');
  expect(hub.server.requests.some((request) => request.url.includes('README'))).toBe(false);
});

test('a SAELens folder is fetched whole and given as a folder', async () => {
  await hub.repo('models/org/many', {
    'blocks.0/cfg.json': '{}',
    'blocks.0/sae_weights.safetensors': 'zero',
    'blocks.8/cfg.json': '{"hook": 8}',
    'blocks.8/sae_weights.safetensors': 'eight',
  });
  const path = await resolve('hf-hub:org/many/blocks.8');
  expect(await readFile(join(path, 'cfg.json'), 'utf8')).toBe('{"hook": 8}');
  expect(await readFile(join(path, 'sae_weights.safetensors'), 'utf8')).toBe('eight');
  await expect(stat(join(path, '..', 'blocks.0'))).rejects.toThrow('ENOENT');

  const whole = await mistake(resolve('hf-hub:org/many'));
  expect(whole.message).toBe("missing sparse autoencoder in 'hf-hub:org/many'");
  expect(whole.hint).toBe('there is one in each of: blocks.0, blocks.8');
  const wrong = await mistake(resolve('hf-hub:org/many/block.8'));
  expect(wrong.hint).toMatch(/^there is one in each of: blocks.8/);
});

test('revisions and single files can be named', async () => {
  await hub.repo('models/org/net', { 'sae.pt': 'new', 'old/transcoder.pt': 'mlp' });
  await hub.repo('models/org/net@v1', { 'sae.pt': 'first' });
  expect(await readFile(await resolve('hf-hub:org/net@v1'), 'utf8')).toBe('first');
  expect(await readFile(await resolve('hf-hub:org/net/old/transcoder.pt'), 'utf8')).toBe('mlp');
});

test('a file gives what its folder gives, and what readers look at beside it', async () => {
  await hub.repo('models/who/dict', {
    'layer3/ae.pt': 'weights',
    'layer3/config.json': '{}',
    'lens/cfg.json': '{}',
    'lens/sae_weights.safetensors': 'weights',
    'lens/activation_scaler.json': '{}',
    'lens/huge.bin': 'not wanted',
    'tc/block_8.pt': 'weights',
    'tc/block_8_log_feature_sparsity.pt': 'sparsity',
  });
  for (const file of ['ae.pt', 'config.json']) {
    const path = await resolve(`hf-hub:who/dict/layer3/${file}`);
    expect((await readdir(path)).sort()).toEqual(['ae.pt', 'config.json']);
    expect(path).toBe(await resolve('hf-hub:who/dict/layer3'));
  }
  const lens = await resolve('hf-hub:who/dict/lens/sae_weights.safetensors');
  const beside = ['activation_scaler.json', 'cfg.json', 'sae_weights.safetensors'];
  expect((await readdir(lens)).sort()).toEqual(beside);
  const file = await resolve('hf-hub:who/dict/tc/block_8.pt');
  expect(await readFile(file.replace('.pt', '_log_feature_sparsity.pt'), 'utf8')).toBe('sparsity');
});

test.each([
  'hf-hub:who/dict@refs/pr/3/layer3',
  'hf-hub:who/dict@refs%2Fpr%2F3/layer3',
  'hf-hub:who/dict@refs/pr/3:layer3/',
  'hf-hub:who/dict@my/own/branch/layer3/sae.pt',
])('%s is a place in a revision with slashes', async (name) => {
  await hub.repo('models/who/dict', { 'layer3/sae.pt': 'main' });
  await hub.repo('models/who/dict@refs%2Fpr%2F3', { 'layer3/sae.pt': 'branch' });
  await hub.repo('models/who/dict@my%2Fown%2Fbranch', { 'layer3/sae.pt': 'branch' });
  expect(await readFile(await resolve(name), 'utf8')).toBe('branch');
});

test('a path on this disk is itself', async () => {
  expect(await resolve(hub.root)).toBe(hub.root);
  expect((await mistake(resolve('no/such/file.pt'))).message).toBe(
    "missing checkpoint: 'no/such/file.pt'",
  );
});

test('a repo without a coder, and a name that is none', async () => {
  await hub.repo('models/org/net', { 'README.md': 'about' });
  expect((await mistake(resolve('hf-hub:org/net'))).hint).toContain('expected sae.pt');
  expect((await mistake(resolve('hf-hub:org/net@'))).message).toContain('invalid revision');
  expect((await mistake(resolve('hf-hub:org/net/../../x'))).message).toMatch(
    /invalid|missing sparse/,
  );
});
