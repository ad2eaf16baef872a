// saev visuals on runs over texts, as a person would type it.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root, saev } from './helpers/saev.ts';
import { LETTERS, TINY_MODEL, writeTexts } from './helpers/text-activations.ts';

let folder: string;
const runs: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-cli-text-visuals-'));
  const texts = await writeTexts(folder, 120);
  for (const layer of [0, 1]) {
    const done = await saev([
      'train',
      ...['--data.language.model', join(root, TINY_MODEL), '--data.language.context-size', '10'],
      ...['--data.language.tokenizer', join(root, LETTERS), '--data.language.texts.type'],
      ...['text-files', '--data.language.texts.root', texts, '--data.language.no-processing'],
      ...['--data.language.texts.documents', 'paragraph'],
      ...['--data.layer', `blocks.${layer}.ln2.hook_normalized`],
      ...['--data.target', `blocks.${layer}.hook_mlp_out`, '--total-training-tokens', '320'],
      ...['--sae-batch-size', '32', '--expansion-factor', '2', '--threads', '1', '--quiet'],
      ...['--n-eval-rows', '32', '--n-eval-contexts', '2', '--run-root', join(folder, 'runs')],
      '--json',
    ]);
    expect(done).toMatchObject({ code: 0 });
    const made = await readdir(join(folder, 'runs'));
    runs.push(join(folder, 'runs', made.find((name) => !runs.some((run) => run.endsWith(name)))!));
  }
});
afterAll(() => rm(folder, { recursive: true }));

describe('visuals on texts', () => {
  it('shows a run on the texts that it was trained on', async () => {
    const out = join(folder, 'out');
    const args = [
      '--ckpt',
      runs[1]!,
      '--transcoders',
      runs[0]!,
      '--dump-to',
      out,
      '--threads',
      '1',
      '--neuronpedia',
    ];
    const done = await saev(['visuals', ...args, '--quiet']);
    // Nothing but the warning that so short texts are packed badly.
    expect(done.code).toBe(0);
    expect(done.stderr.replace(/^.*packing 'stream' leaves out.*\n/, '')).toBe('');
    expect(done.stdout).toMatch(/32 latents, \d+ dead\n.*index.html: open it in a browser/);
    const files = await readdir(join(out, 'sort_by_patch'));
    expect(files).toEqual(
      expect.arrayContaining(['dashboards', 'features.safetensors', 'index.html', 'neuronpedia']),
    );
    const html = await readFile(join(out, 'sort_by_patch', 'index.html'), 'utf8');
    expect(html).toContain('"modality":"text","title":"gpt2, blocks.1.ln2.hook_normalized"');
    const again = await saev(['visuals', ...args, '--quiet', '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ isCached: true, modality: 'text', dSae: 32 });
  });

  it('names both hook points when the rows are not those that the transcoder reads', async () => {
    const { data } = JSON.parse(await readFile(join(runs[1]!, 'config.json'), 'utf8'));
    const { texts, model, tokenizer } = data.language;
    const done = await saev([
      ...['visuals', '--ckpt', runs[1]!, '--dump-to', join(folder, 'wrong'), '--quiet'],
      ...['--data.language.model', model, '--data.language.tokenizer', tokenizer],
      ...['--data.language.texts.type', 'text-files', '--data.language.texts.root', texts.root],
      ...['--data.language.context-size', '10', '--data.layer', 'blocks.0.hook_resid_post'],
    ]);
    expect(done.code).toBe(2);
    expect(done.stderr).toMatch(
      /rows are of 'blocks.0.hook_resid_post', '.*' reads 'blocks.1.ln2.hook_normalized'/,
    );
    expect(await readdir(folder)).not.toContain('wrong');
  });
});
