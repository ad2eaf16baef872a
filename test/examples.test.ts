// Every program in examples/, run as a person runs it. Only one is run by tsx, which looks through every module of the
// library; the others are given to Node without their types.
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
import { type LanguageCoders, writeLanguageCoders } from './helpers/language-coders.ts';
import { makeProgramFolder, writeProgram } from './helpers/programs.ts';
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
let programs: string;
let hub: TestHub;
let trained: string;
let coders: LanguageCoders;
const world = ['--family', 'world', '--checkpoint', worldCheckpoint];

/** Run an example in the folder of photos; returns the lines that it prints. */
function example(name: string, ...args: string[]): Promise<string[]> {
  return answering([], name, ...args);
}

/** The same of an example that asks. */
async function answering(answers: string[], name: string, ...args: string[]): Promise<string[]> {
  const program = await writeProgram(programs, join(root, 'examples', `${name}.ts`));
  const running = run(process.execPath, [program, ...args], {
    cwd: folder,
    env: { ...process.env, HF_ENDPOINT: hub.server.url, HF_HOME: join(folder, 'hub') },
  });
  running.child.stdin!.end(answers.map((answer) => `${answer}\n`).join(''));
  const { stdout } = await running;
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
  programs = join(folder, 'programs');
  await makeProgramFolder(programs);
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
  coders = await writeLanguageCoders(join(folder, 'coders'));
});

afterAll(async () => {
  await hub.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

it('every example has a test here', async () => {
  const text = await readFile(join(root, 'test/examples.test.ts'), 'utf8');
  for (const file of await readdir(join(root, 'examples')))
    expect(text).toMatch(new RegExp(`(example\\(|, )'${file.replace('.ts', '')}'`));
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
    const program = join(root, 'examples/read-shards.ts');
    const tsx = ['--import', import.meta.resolve('tsx'), program];
    const { stdout } = await run(process.execPath, [...tsx, 'shards'], { cwd: folder });
    expect(stdout.trimEnd().split('\n')).toEqual(lines);
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

/** What the paths of each of the walkthrough's filters look like; its prompt has tokens 0 to 7, and its root is at -1. */
const PATH_FILTERS = {
  'through a head': /<- attn/,
  'ending in layer 1': /<- mlp1tc\[\d+\]@7: [-\de.+]+$/,
  'from an earlier token': /@[0-6]: [-\de.+]+$/,
  'through one feature': /<- mlp1tc\[236\]/,
  'as asked': /<- mlp0tc\[\d+\]@7: [-\de.+]+ <- embed0@7/,
};
const pathOf = (line: string): string => line.replace(/^.*?Path \[.*?\]: /, '');

describe.concurrent('on language models, with transcoders', () => {
  it('walkthrough goes from a prompt to features, paths, filtered ones, a graph and means', async () => {
    const infix = ['type=mlp,layer=0,token=7', 'type=embed'].flatMap((step) => ['--infix', step]);
    const lines = await example('walkthrough', ...coders.transcoders, ...infix);
    const text = lines.join('\n');
    expect(text.match(/^top feature 2\/\d+: /gm)).toHaveLength(5);
    expect(text).toMatch(/^loss [\d.]+ with layers 0,1,2,3 replaced, KL [\d.]+; [\d.]+ zeroed$/m);
    expect(text).toMatch(/^loss [\d.]+ with layers 1,2 replaced/m);
    expect(text.match(/^scores of 2\/\d+, /gm)).toHaveLength(2);
    for (const size of [2, 3, 4]) expect(text).toContain(`--- Paths of size ${size} ---`);
    const found = lines.filter((line) => line.startsWith('Path ['));
    for (const [filter, pattern] of Object.entries(PATH_FILTERS)) {
      const shown = lines.filter((line) => line.startsWith(`${filter}, Path`));
      const expected = found.map(pathOf).filter((path) => pattern.test(path));
      expect(expected, filter).not.toHaveLength(0);
      expect(shown.map(pathOf), filter).toEqual(expected.slice(0, 5));
    }
    expect(text.match(/ reads "/g)).toHaveLength(5);
    expect(text.match(/^pulled back to 0\/\d+: /gm)).toHaveLength(3);
    expect(text).toMatch(/^mlp2tc\[\d+\]prune_error2@-1: /m);
    expect(text.match(/^mean from 1\/\d+: /gm)).toHaveLength(3);
    const written = await readdir(join(folder, 'walkthrough'));
    expect(written.sort()).toEqual(['figure.svg', 'graph.json', 'index.html']);
  });

  it('patching finds the head that brings the name, by its values', async () => {
    const lines = await example('patching');
    const [clean, corrupted] = [numberAfter('clean', lines), numberAfter('corrupted', lines)];
    expect(clean).toBeGreaterThan(3);
    expect(corrupted).toBeLessThan(-3);
    expect(lines[2]).toMatch(/^ +9\d % {2}blocks\.3\.hook_attn_out at 16 " to"$/);
    expect(lines.join('\n')).toMatch(/[78]\d % {2}v of head 3\.3 at 12/);
  });

  it('brackets tells a feature by what differs between two prompts, and where its paths end', async () => {
    const lines = await example('brackets', ...coders.transcoders);
    expect(lines[0]).toMatch(/^feature 3\/\d+: [\d.]+, [\d.]+ without {2}\[$/);
    expect(lines.filter((line) => line.startsWith('head '))).toHaveLength(4);
    for (const line of lines.filter((each) => each.startsWith('Path')))
      expect(line).toMatch(/@9: [-\d.e+]+$/);
  });

  it('local-context shares out what features read', async () => {
    const lines = await example('local-context', ...coders.transcoders);
    expect(lines).toHaveLength(8);
    for (const line of lines) {
      const shares = [...line.matchAll(/(?:itself|near|far) (\d+) %/g)].map(([, n]) => Number(n));
      expect(shares).toHaveLength(3);
      expect(Math.abs(shares.reduce((a, b) => a + b) - 100)).toBeLessThanOrEqual(1);
    }
  });

  it('blind-study hides words and early features until they are to be seen', async () => {
    const hidden = await example('blind-study', ...coders.transcoders);
    expect(hidden.join('\n')).not.toMatch(/mlp0tc|embed|it was/);
    const lines = await example('blind-study', ...coders.transcoders, '--reveal');
    expect(lines.slice(0, hidden.length - 1)).toEqual(hidden.slice(0, -1));
    expect(lines.join('\n')).toMatch(/^it was 2\/\d+, which fires on/m);
  });

  it('sweep measures SAEs and transcoders alike, and draws them', async () => {
    const { sae, transcoders } = coders;
    const lines = await example('sweep', sae, transcoders[2]!, '--contexts', '2');
    expect(lines[0]).toMatch(/^loss \d\.\d{4} of the model/);
    expect(
      lines
        .slice(2, 4)
        .map((line) => line.split(' ')[0])
        .sort(),
    ).toEqual(['SAE', 'transcoder']);
    const svg = await readFile(join(folder, 'sweep.svg'), 'utf8');
    expect(svg.match(/<circle/g)).toHaveLength(2);
    expect(svg).not.toMatch(/NaN|undefined/);
  });

  it('rating keeps what was answered, and goes on where it ended', async () => {
    const args = [coders.sae, coders.transcoders[2]!, '--features', '2'];
    const first = await answering(['y', 'x', 'm', 'n'], 'rating', ...args);
    // What was not an answer is asked again another time.
    expect(first.filter((line) => line.startsWith('feature '))).toHaveLength(4);
    const kept = await readFile(join(folder, 'ratings.jsonl'), 'utf8');
    expect(kept.trim().split('\n')).toHaveLength(3);
    const second = await answering(['y'], 'rating', ...args);
    expect(second.filter((line) => line.startsWith('feature '))).toHaveLength(1);
    const counts = second.slice(-2).flatMap((line) => line.match(/\d+/g)!.map(Number));
    expect(counts.reduce((a, b) => a + b)).toBe(4);
    expect(first.slice(0, 6).join()).not.toMatch(/SAE|transcoder/);
  });
});
