import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readMetadata } from '../src/activations/shards/metadata.ts';
import { root, saev } from './helpers/saev.ts';
import { LETTERS, TINY_MODEL, writeTexts } from './helpers/text-activations.ts';

let folder: string;
let texts: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-cli-texts-'));
  texts = await writeTexts(folder, 20);
});
afterAll(() => rm(folder, { recursive: true }));

function record(...more: string[]): ReturnType<typeof saev> {
  const flags = ['--language.model', TINY_MODEL, '--language.tokenizer', LETTERS];
  return saev(
    [
      ...['activations', 'data:text-files', '--data.root', texts, '--data.documents', 'paragraph'],
      ...flags,
      ...['--language.context-size', '10', '--dump-to', join(folder, 'shards'), '--json', ...more],
    ],
    { cwd: root, env: { HF_HOME: join(folder, 'cache') } },
  );
}

describe('saev activations on texts', () => {
  test('records hook points, goes on where it stands, and inspect says that it holds texts', async () => {
    const points = ['blocks.0.ln2.hook_normalized', 'blocks.0.hook_mlp_out'];
    const first = await record('--vit-layers', ...points);
    expect(first.stderr).not.toMatch(/error/i);
    expect(first.code).toBe(0);
    const done = JSON.parse(first.stdout);
    expect(done.nRecorded).toBeGreaterThan(5);
    expect(await readMetadata(done.folder)).toMatchObject({ layers: points, nPatches: 10 });
    const again = JSON.parse((await record('--vit-layers', ...points)).stdout);
    expect(again).toMatchObject({ folder: done.folder, nRecorded: 0 });

    const plain = await saev(['inspect', done.folder]);
    expect(plain.stdout).toMatch(new RegExp(`contexts +${done.nWritten} of Texts\\(`));
    expect(plain.stdout).toMatch(/10 tokens a context, 16 numbers each/);
    expect(plain.stdout).toMatch(/texts +packing concatenated, tokenizer .*letters/);
    const json = JSON.parse((await saev(['inspect', done.folder, '--json'])).stdout);
    const [{ texts: said }] = Array.isArray(json) ? json : [json];
    expect(said).toMatchObject({ model: TINY_MODEL, nContexts: done.nWritten });
  });

  test('says in one sentence what is wrong', async () => {
    const unknown = await record('--vit-layers', 'blocks.0.hook_mlp_ou');
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toMatch(/unknown hook point: 'blocks\.0\.hook_mlp_ou'/);
    expect(unknown.stderr).toMatch(/blocks\.0\.hook_mlp_out/);
    expect(unknown.stderr).not.toMatch(/ {4}at /);
    const long = await record('--language.context-size', '64');
    expect([long.code, long.stderr]).toEqual([2, expect.stringContaining('contextSize 64')]);
  });
});
