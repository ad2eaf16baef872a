import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { derivedFolders } from './cache/derived.ts';
import { hubSettings } from './settings.ts';

const HOME = '/home/ada';

describe('the cache', () => {
  test.each([
    [{}, '/home/ada/.cache/huggingface/hub'],
    [{ XDG_CACHE_HOME: '/x' }, '/x/huggingface/hub'],
    [{ HF_HOME: '/hf' }, '/hf/hub'],
    [{ HF_HOME: '~/hf' }, '/home/ada/hf/hub'],
    [{ HF_HOME: '$DATA/hf', DATA: '/data' }, '/data/hf/hub'],
    [{ HF_HOME: '/hf', HUGGINGFACE_HUB_CACHE: '/old' }, '/old'],
    [{ HF_HOME: '/hf', HUGGINGFACE_HUB_CACHE: '/old', HF_HUB_CACHE: '/new' }, '/new'],
    [{ HF_HUB_CACHE: '/new', SAEV_CACHE: '/saev' }, '/saev'],
  ])('of %j is %s', (env, folder) => {
    expect(hubSettings({ HOME, ...env }).cacheDir).toBe(folder);
  });

  test.each([
    [{}, []],
    [{ HF_HOME: '/hf' }, ['/hf']],
    [{ HF_HOME: '/hf', SAEV_CACHE: '/hf/hub' }, ['/hf']],
    [{ HF_HUB_CACHE: '/new', SAEV_CACHE: '/saev' }, ['/new', '/home/ada/.cache/huggingface/hub']],
  ])('of %j is not the only place to look in: %j', (env, folders) => {
    expect(hubSettings({ HOME, ...env }).alsoIn).toEqual(folders);
  });

  test('has a place for what saev derives', () => {
    const first = (env: Record<string, string>) => derivedFolders(hubSettings({ HOME, ...env }));
    expect(first({})[0]).toBe('/home/ada/.cache/huggingface/saev');
    expect(first({ SAEV_CACHE: '/big' })[0]).toBe('/big/saev');
    expect(first({ SAEV_DERIVED_DIR: '~/own' })).toEqual(['/home/ada/own']);
  });
});

describe('the rest of the environment', () => {
  test('has the defaults of huggingface_hub', () => {
    expect(hubSettings({ HOME })).toMatchObject({
      endpoint: 'https://huggingface.co',
      offline: false,
      token: undefined,
      copies: false,
      answerTimeout: 10_000,
      stallTimeout: 10_000,
    });
  });

  test('is read', () => {
    const settings = hubSettings({
      HOME,
      HF_ENDPOINT: 'https://mirror.example/hub//',
      HF_HUB_OFFLINE: 'yes',
      HF_TOKEN: ' hf_abc\n',
      HF_HUB_ETAG_TIMEOUT: '3',
      HF_HUB_DISABLE_SYMLINKS: '1',
    });
    expect(settings).toMatchObject({
      endpoint: 'https://mirror.example/hub',
      offline: true,
      token: 'hf_abc',
      answerTimeout: 3000,
      copies: true,
    });
  });

  test.each(['0', 'false', ''])('HF_HUB_OFFLINE=%j is off', (text) => {
    expect(hubSettings({ HOME, HF_HUB_OFFLINE: text }).offline).toBe(false);
  });

  test('may keep the token in a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'saev-token-'));
    try {
      await writeFile(join(folder, 'token'), 'hf_file\n');
      expect(hubSettings({ HF_HOME: folder }).token).toBe('hf_file');
      expect(hubSettings({ HOME, HF_TOKEN_PATH: join(folder, 'token') }).token).toBe('hf_file');
      expect(hubSettings({ HF_HOME: folder, HF_TOKEN: 'hf_env' }).token).toBe('hf_env');
      expect(
        hubSettings({ HF_HOME: folder, HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' }).token,
      ).toBeUndefined();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test.each(['huggingface', 'ftp://x', 'file:///etc'])('HF_ENDPOINT=%s is refused', (text) => {
    expect(() => hubSettings({ HOME, HF_ENDPOINT: text })).toThrow(
      `invalid HF_ENDPOINT: '${text}'`,
    );
  });

  test.each(['soon', '-1', '0', 'Infinity'])('HF_HUB_ETAG_TIMEOUT=%s is refused', (text) => {
    expect(() => hubSettings({ HOME, HF_HUB_ETAG_TIMEOUT: text })).toThrow(
      `invalid HF_HUB_ETAG_TIMEOUT: '${text}'`,
    );
  });
});
