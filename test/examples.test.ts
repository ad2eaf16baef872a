// Every program in examples/, run as a person runs it.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../src/base/random.ts';
import { readCheckpoint, writeCheckpoint } from '../src/sae/checkpoints/registry.ts';
import { initWeights } from '../src/sae/learning/init.ts';
import { startTestHub, type TestHub } from './helpers/hub-repos.ts';
import { root, saev } from './helpers/saev.ts';
import {
  drawPhotos,
  TINY_CLIP_WIDTH,
  worldCheckpoint,
  writeTinyClip,
} from './helpers/small-run.ts';

const N_PHOTOS = 24;
const run = promisify(execFile);
let folder: string;
let hub: TestHub;
let trained: string;
const world = ['--family', 'world', '--checkpoint', worldCheckpoint];

/** Run an example in the folder of photos; returns the lines that it prints. */
async function example(name: string, ...args: string[]): Promise<string[]> {
  const program = join(root, 'examples', `${name}.ts`);
  const { stdout } = await run(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), program, ...args],
    {
      cwd: folder,
      env: { ...process.env, HF_ENDPOINT: hub.server.url, HF_HOME: join(folder, 'hub') },
    },
  );
  return stdout.trimEnd().split('\n');
}

/** The first number after `word`. */
function numberAfter(word: string, lines: readonly string[]): number {
  const found = new RegExp(`${word} (-?[\\d.]+)`).exec(lines.join('\n'));
  expect(found, `'${word} …' in ${lines.join('\n')}`).not.toBeNull();
  return Number(found![1]);
}

const evaluationOf = async (path: string): Promise<Record<string, number>> =>
  JSON.parse(await readFile(join(folder, path, 'eval.json'), 'utf8'));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-examples-'));
  hub = await startTestHub();
  await drawPhotos(folder, N_PHOTOS);
  const images = ['--data.type', 'image-folder', '--data.root', 'photos'];
  const model = ['--vit-family', 'world', '--vit-ckpt', worldCheckpoint];
  const recorded = await saev(
    ['activations', ...images, ...model, '--dump-to', 'shards', '--quiet'],
    { cwd: folder },
  );
  expect(recorded.code, recorded.stderr).toBe(0);
  const sizes = ['--sae.exp-factor', '4', '--sae-batch-size', '256', '--n-patches', '5000'];
  const done = await saev(['train', '--data.shard-root', 'shards', ...sizes, '--json', '--quiet'], {
    cwd: folder,
  });
  expect(done.code, done.stderr).toBe(0);
  trained = JSON.parse(done.stdout)[0].path;
});

afterAll(async () => {
  await hub.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

it('every example has a test here', async () => {
  const text = await readFile(join(root, 'test/examples.test.ts'), 'utf8');
  for (const file of await readdir(join(root, 'examples')))
    expect(text).toContain(`example('${file.replace('.ts', '')}'`);
});

describe('inference', () => {
  it('without flags takes CLIP and its published autoencoder from the hub', async () => {
    const [dIn, dSae] = [TINY_CLIP_WIDTH, 2 * TINY_CLIP_WIDTH];
    const served = (name: string): string => join(hub.root, 'models', name);
    await writeTinyClip(
      served('timm/vit_base_patch16_clip_224.openai/open_clip_model.safetensors'),
    );
    const config = {
      dIn,
      dOut: dIn,
      dSae,
      activation: { kind: 'relu' },
      subtractDecoderBias: true,
      metadata: {},
    } as const;
    const random = new Random(9);
    const bDec = Float32Array.from({ length: dIn }, () => random.normal());
    const coder = { config, weights: initWeights({ dIn, dOut: dIn, dSae, seed: 2, bDec }) };
    await writeCheckpoint(coder, served('osunlp/SAE_CLIP_24K_ViT-B-16_IN1K/sae.pt'), 'saev-early');
    const lines = await example('inference', 'photo.jpg');
    expect(lines).toHaveLength(14 * 14 + 2);
    expect(lines[14]).toMatch(/^row 1, column 0( {3}\d+: \d+\.\d\d){5}$/);
    const perPatch = Number(/: ([\d.]+) features a patch/.exec(lines.at(-2)!)![1]);
    expect(perPatch).toBeGreaterThan(0.2 * dSae);
    expect(perPatch).toBeLessThan(0.8 * dSae);
  });

  it('takes a run of one’s own, and prints the strongest first', async () => {
    const lines = await example('inference', 'photo.jpg', '--sae', trained, ...world, '--top', '3');
    const values = [...lines[0]!.matchAll(/: ([\d.]+)/g)].map(([, value]) => Number(value));
    expect(values).toHaveLength(3);
    expect(values).toEqual([...values].sort((a, b) => b - a));
  });
});

describe('record-and-train', () => {
  it('trains two autoencoders straight from photos', async () => {
    const rows = ['--rows', '4096', '--runs', 'live-runs'];
    const lines = await example('record-and-train', 'photos', ...world, ...rows);
    const runs = lines.filter((line) => line.startsWith('live-runs/'));
    expect(runs).toHaveLength(2);
    for (const line of runs) {
      const { explainedVariance, l0 } = await evaluationOf(line.split(':')[0]!);
      expect(numberAfter('explained variance', [line])).toBeCloseTo(explainedVariance!, 2);
      expect(numberAfter('L0', [line])).toBeCloseTo(l0!, 0);
    }
  });
});

describe('convert', () => {
  it('writes what it read', async () => {
    const lines = await example('convert', trained, 'sae.pt', 'saev-early');
    expect(lines.join('\n')).toContain('decoder rows have norms 1.000 to 1.000');
    const original = await readCheckpoint(join(folder, trained, 'checkpoint'));
    const written = await readCheckpoint(join(folder, 'sae.pt'));
    expect(written.weights).toEqual(original.weights);
  });

  it('says how it is used', async () => {
    await expect(example('convert', trained, 'sae.pt', 'onnx')).rejects.toThrow(
      /usage: .*saelens/s,
    );
  });
});

describe('read-shards', () => {
  it('visits every row once', async () => {
    const lines = await example('read-shards', 'shards');
    const nPatches = Number(/of (\d+) patches/.exec(lines[1]!)![1]);
    expect(lines.at(-1)).toMatch(new RegExp(`^${N_PHOTOS * nPatches} rows, mean norm \\d`));
  });
});

describe('evaluate', () => {
  it('finds what training found at its end', async () => {
    const { l0, normalizedMse } = await evaluationOf(trained);
    const lines = await example('evaluate', 'shards', trained);
    expect(numberAfter('L0', lines)).toBeCloseTo(l0!, 1);
    expect(numberAfter('normalised MSE', lines)).toBeCloseTo(normalizedMse!, 3);
  });
});

describe('edit', () => {
  it('changes nothing where nothing is to change, and something where it is', async () => {
    const args = ['photo.jpg', '--sae', trained, ...world];
    const off = await example('edit', ...args);
    const latent = /^latent (\d+) set to 0/.exec(off[0]!)![1]!;
    expect(numberAfter('CLS turned by', off)).toBeGreaterThan(0);
    const up = await example('edit', ...args, '--latent', latent, '--value', '50');
    expect(numberAfter('CLS turned by', up)).toBeGreaterThan(numberAfter('CLS turned by', off));
  });
});

describe('heads', () => {
  it('finds the head that tells the model which bracket to close', async () => {
    const prompt = 'Today, the bag held ( a cup [ a coin';
    const lines = await example('heads', prompt, ' ]', ' )', '--model', 'world-gpt2');
    const clean = numberAfter('by', lines);
    expect(clean).toBeGreaterThan(0);
    expect(numberAfter('without head 1.3', lines)).toBeLessThan(clean / 2);
  });
});
