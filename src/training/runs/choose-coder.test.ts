import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeCheckpoint } from '../../sae/checkpoints/registry.ts';
import type { CoderConfig } from '../../sae/coder.ts';
import { chooseCoder, findCoders } from './choose-coder.ts';
import { languageModelOf, newestTranscoders, resolveTranscoders } from './transcoders-of-runs.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'saev-runs-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Write a run that began at `minute` of an hour; of a transcoder where it has a layer. */
async function run(
  name: string,
  minute: number,
  options: { layer?: number; model?: string; d?: number; unfinished?: boolean } = {},
): Promise<string> {
  const { layer, model = 'world-gpt2', d = 2, unfinished = false } = options;
  const path = join(root, name);
  const started = new Date(Date.UTC(2026, 10, 26, 12, minute)).toISOString();
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'run.json'), JSON.stringify({ started, status: 'finished' }));
  await writeFile(join(path, 'eval.json'), JSON.stringify({ l0: 7.5, normalizedMse: 0.25 }));
  if (unfinished) return path;
  const config: CoderConfig = {
    dIn: d,
    dOut: d,
    dSae: 3,
    activation: { kind: 'relu' },
    subtractDecoderBias: false,
    metadata:
      layer === undefined
        ? {}
        : { trainConfig: { data: { language: { tokenizer: 'words', processing: false } } } },
    ...(layer !== undefined && {
      isTranscoder: true,
      place: {
        model,
        layer,
        input: `blocks.${layer}.ln2.hook_normalized`,
        output: `blocks.${layer}.hook_mlp_out`,
      },
    }),
  };
  const weights = {
    wEnc: new Float32Array(3 * d),
    wDec: new Float32Array(3 * d),
    bEnc: new Float32Array(3),
    bDec: new Float32Array(d),
  };
  await writeCheckpoint({ config, weights }, join(path, 'checkpoint'), 'saelens');
  return path;
}

describe('chooseCoder', () => {
  it('takes the newest finished run of a folder, or of several names', async () => {
    const old = await run('runs/b', 1);
    const newest = await run('runs/a', 2);
    const begun = await run('runs/c', 3, { unfinished: true });
    expect(await chooseCoder(join(root, 'runs'))).toBe(newest);
    expect(await chooseCoder([old, newest, begun])).toBe(newest);
    expect(await chooseCoder([old])).toBe(old);
  });

  it('takes the newest that fits', async () => {
    const wide = await run('runs/b', 1, { d: 5 });
    await run('runs/a', 2);
    expect(await chooseCoder(join(root, 'runs'), ({ dIn }) => dIn === 5)).toBe(wide);
    await expect(chooseCoder(join(root, 'runs'), () => false)).rejects.toThrow('no run that fits');
  });

  it('gives back what is named by itself, whatever it is', async () => {
    expect(await chooseCoder('hf-hub:org/name')).toBe('hf-hub:org/name');
    expect(await chooseCoder(join(root, 'nowhere.pt'))).toBe(join(root, 'nowhere.pt'));
    const checkpoint = join(await run('runs/a', 1), 'checkpoint');
    expect(await chooseCoder(checkpoint)).toBe(checkpoint);
  });

  it('lists runs that were trained together, with what tells them apart', async () => {
    await run('runs/a', 1);
    await run('runs/b', 1);
    await expect(chooseCoder(join(root, 'runs'))).rejects.toMatchObject({
      message: '2 coders, none of them clearly the newest: which one?',
      hint: expect.stringMatching(/runs\/a: relu, L0 7.5, normalised MSE 0.25\n.*runs\/b: /),
    });
  });

  it('says that no run is finished, and which name stands for nothing', async () => {
    await run('runs/a', 1, { unfinished: true });
    await expect(chooseCoder(join(root, 'runs'))).rejects.toThrow('holds no finished run');
    await expect(findCoders([join(root, 'x'), root])).rejects.toThrow('missing run');
  });
});

describe('newestTranscoders', () => {
  it('takes the newest of each layer and leaves autoencoders out', async () => {
    const [old, second, newest] = [
      await run('runs/a', 1, { layer: 1 }),
      await run('runs/b', 2, { layer: 0 }),
      await run('runs/c', 3, { layer: 1 }),
    ];
    const sae = await run('runs/d', 4);
    expect(await newestTranscoders([join(root, 'runs')])).toEqual([second, newest]);
    expect(await newestTranscoders([old, sae, newest])).toEqual([newest]);
    expect(await newestTranscoders(['3=hf-hub:o/n', old])).toEqual(['3=hf-hub:o/n', old]);
    expect(await newestTranscoders([sae])).toEqual([sae]);
  });

  it('lists transcoders of a layer of which none is the newest', async () => {
    await run('runs/a', 1, { layer: 1 });
    await run('runs/b', 1, { layer: 1 });
    await expect(newestTranscoders([join(root, 'runs')])).rejects.toThrow(
      'which transcoder of layer 1?',
    );
  });

  it('knows the model, its tokenizer and its processing', async () => {
    const a = await run('runs/a', 1, { layer: 0 });
    const other = await run('runs/b', 2, { layer: 1, model: 'gpt2' });
    const of = { model: 'world-gpt2', tokenizer: 'words', processing: false };
    expect(await languageModelOf([a])).toEqual(of);
    expect(await resolveTranscoders({ transcoders: [a] })).toEqual({ transcoders: [a], ...of });
    expect(await resolveTranscoders({ transcoders: [a, other], model: 'x' })).toMatchObject({
      model: 'x',
      processing: true,
    });
    await expect(languageModelOf([a, `4=${other}`])).rejects.toThrow('is of world-gpt2');
    expect(await languageModelOf([await run('runs/c', 3)])).toEqual({});
  });
});
