import { readFile, stat } from 'node:fs/promises';
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

test('a path on this disk is itself', async () => {
  expect(await resolve(hub.root)).toBe(hub.root);
  expect((await mistake(resolve('no/such/file.pt'))).message).toBe(
    "missing checkpoint: 'no/such/file.pt'",
  );
});

test('a repo without a coder, and a name that is none', async () => {
  await hub.repo('models/org/net', { 'README.md': 'about' });
  expect((await mistake(resolve('hf-hub:org/net'))).hint).toContain('expected sae.pt');
  expect((await mistake(resolve('hf-hub:net'))).message).toContain('invalid name of a checkpoint');
  expect((await mistake(resolve('hf-hub:org/net/../../x'))).message).toContain('missing sparse');
});
