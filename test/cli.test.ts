import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program, root, saev, withoutAdvice } from './helpers/saev.ts';
import { saevHere } from './helpers/saev-here.ts';

const weights = join(root, 'fixtures/backbones/world.weights.safetensors');

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-cli-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Make an image folder of `count` small pictures, each of another colour. */
async function photos(name: string, count: number): Promise<string> {
  const path = join(folder, name);
  for (let i = 0; i < count; i++) {
    const place = join(path, i % 2 === 0 ? 'even' : 'odd');
    await mkdir(place, { recursive: true });
    const background = { r: (37 * i) % 256, g: (91 * i) % 256, b: 40 };
    await sharp({ create: { width: 48, height: 40, channels: 3, background } })
      .png({ compressionLevel: 0 })
      .toFile(join(place, `${String(i).padStart(4, '0')}.png`));
  }
  return path;
}

/** Small shard files: by default one is made with room for 2.4 million rows. */
const recording = (images: string, to: string, ...more: string[]): string[] => [
  ...['activations', '--vit-family', 'world', '--vit-ckpt', weights, '--vit-layers', '-1'],
  ...['--n-patches-per-shard', '3400', 'data:image-folder', '--data.root', images],
  ...['--dump-to', to, '--quiet', ...more],
];

describe('help', () => {
  it('lists the commands, also when nothing is asked', async () => {
    for (const args of [['--help'], [], ['help']]) {
      const { code, stdout } = await saev(args);
      expect(code).toBe(0);
      for (const name of ['activations', 'train', 'visuals', 'inspect', 'convert']) {
        expect(stdout).toContain(`  ${name} `);
      }
    }
  });

  // No library that computes, decodes or draws may be loaded to print help.
  const guard = `
    import * as module from 'node:module';
    const refuse = (name) => {
      if (/onnxruntime|sharp|vega|koffi|hyparquet|@huggingface/.test(name)) throw new Error('heavy: ' + name);
    };
    // Hooks in the program's own thread, where Node has them; else in a thread of their own.
    if (module.registerHooks) module.registerHooks({ resolve(name, context, next) {
      refuse(name);
      return next(name, context);
    } });
    else module.register('data:text/javascript,' + encodeURIComponent(\`
      const refuse = \${refuse};
      export async function resolve(name, context, next) { refuse(name); return next(name, context); }\`));`;
  const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(guard)}` };

  it.each([
    ['activations', '--vit-layers'],
    ['train', '--sae.exp-factor'],
    ['visuals', '--top-k'],
    ['inspect', 'PATH'],
    ['convert', 'FROM'],
  ])('of %s comes from its schema, without loading what does the work', async (name, flag) => {
    const long = await saev([name, '--help'], { env });
    expect(long.stderr).toBe('');
    expect(long).toMatchObject({ code: 0, stdout: expect.stringContaining(flag) });
    expect(await saevHere(['help', name])).toEqual(long);
  });

  it('tells the version', async () => {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    expect((await saev(['--version'])).stdout.trim()).toBe(version);
  });
});

describe('mistakes', () => {
  it.skipIf(!existsSync('/dev/full'))('a full disk behind the output is one', async () => {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [program, '--version'], {
      stdio: ['ignore', full, 'pipe'],
    });
    let said = '';
    child.stderr!.on('data', (data) => {
      said += data;
    });
    const [code] = await once(child, 'close');
    closeSync(full);
    expect({ code, said }).toEqual({ code: 2, said: 'saev: writing failed: the disk is full\n' });
  });

  it.each([
    [['trian'], "unknown command 'trian'", 'Did you mean train?'],
    [['--nope'], "unknown option '--nope'", ''],
    [
      ['train', '--sae.exp-facto', '3'],
      "unknown flag: '--sae.exp-facto'",
      "did you mean '--sae.exp-factor'?",
    ],
    [['train', '--lr', '-1'], 'invalid lr: -1 (--lr); expected a number, at least 0', ''],
    [['train', '--config', 'gone.toml'], "missing config file: 'gone.toml'", ''],
    [['train', '--sweep', 'gone.toml'], "missing config file: 'gone.toml'", ''],
    [
      ['activations', 'data:image-folder', '--data.root', 'gone'],
      "missing image folder: 'gone'",
      '',
    ],
    [['inspect'], 'missing path', ''],
    [['inspect', 'gone'], "missing path: there is nothing at 'gone'", ''],
    [['inspect', '.'], "unknown content: '.'", 'known: '],
  ])('%j ends with code 2 and one sentence', async (args, sentence, hint) => {
    const empty = await mkdtemp(join(folder, 'empty-'));
    const { code, stdout, stderr } = await saev(args, { cwd: empty });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(sentence);
    expect(stderr).toContain(hint);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(await readdir(empty)).toEqual([]);
  });

  it('names the environment variable that is wrong', async () => {
    const { code, stderr } = await saev(['train'], { env: { SAEV_THREADS: 'all' } });
    expect(code).toBe(2);
    expect(stderr).toContain("invalid threads: 'all' (SAEV_THREADS)");
  });
});

describe('activations', () => {
  it('records, tells where, and does nothing the second time', async () => {
    const images = await photos('few', 5);
    const to = join(folder, 'few-shards');
    const first = await saev(recording(images, to, '--json'));
    expect(first).toMatchObject({ code: 0, stderr: '' });
    const result = JSON.parse(first.stdout);
    expect(result).toMatchObject({ nWritten: 5, nRecorded: 5, skipped: [] });
    const again = JSON.parse((await saev(recording(images, to, '--json'))).stdout);
    expect(again).toMatchObject({ folder: result.folder, nWritten: 5, nRecorded: 0 });
  });

  it('skips broken images when it is told to, and stops at them otherwise', async () => {
    const images = await photos('broken', 4);
    await writeFile(join(images, 'even', '0001.png'), 'no image');
    const to = join(folder, 'broken-shards');
    const stop = await saev(recording(images, to));
    expect(stop).toMatchObject({ code: 2, stderr: expect.stringContaining('0001.png') });
    const skip = await saev(recording(images, to, '--on-bad-image', 'skip', '--json'));
    expect(JSON.parse(skip.stdout)).toMatchObject({ nWritten: 5, skipped: [{ index: 1 }] });
  });

  it('refuses a size that the model does not have', async () => {
    const images = await photos('sizes', 1);
    const { code, stderr } = await saev(
      recording(images, join(folder, 'sizes-shards'), '--d-vit', '1024'),
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(/invalid dVit: 1024, and .* has \d+/);
  });

  it('stops at Ctrl-C, says how to go on, and ends with the same bytes', async () => {
    const images = await photos('many', 400);
    const whole = join(folder, 'whole');
    const parts = join(folder, 'parts');
    expect((await saev(recording(images, whole))).code).toBe(0);
    const child = spawn(process.execPath, [
      program,
      ...recording(images, parts, '--vit-batch-size', '4'),
    ]);
    const said = collect(child);
    await firstWrite(parts);
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    expect(await said).toContain('saev: stopped. The same command goes on from here.');
    expect(code).toBe(130);
    const rest = JSON.parse(
      (await saev(recording(images, parts, '--vit-batch-size', '4', '--json'))).stdout,
    );
    expect(rest.nRecorded).toBeLessThan(400);
    expect(await digests(parts)).toEqual(await digests(whole));
  });
});

describe('output', () => {
  it('ends quietly when its reader goes away', async () => {
    const child = spawn(process.execPath, [program, 'train', '--help'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    const said = collect(child);
    await once(child, 'exit');
    expect(await said).toBe('');
    expect(child.exitCode).toBe(0);
  });

  it('keeps the log and progress apart from the result', async () => {
    const images = await photos('loud', 2);
    const args = recording(images, join(folder, 'loud-shards')).filter((arg) => arg !== '--quiet');
    const { stdout, stderr } = await saev(args);
    expect(stdout).toMatch(/^\S+loud-shards\/[0-9a-f]{64}: 2 images, .* images\/s\n$/);
    expect(stderr).toContain('recording 2 images with world');
  });
});

describe('inspect', () => {
  it('describes a folder of shards, whole and damaged', async () => {
    const shards = join(root, 'fixtures/activations/python-shards');
    const path = join(folder, 'python-shards');
    await cp(shards, path, { recursive: true });
    const all = await saev(['inspect', path, '--json']);
    expect(all.code).toBe(0);
    const found = [JSON.parse(all.stdout)].flat();
    expect(found[0]).toMatchObject({ kind: 'activations', state: 'whole' });
    const one = found[0].path;
    const text = await saev(['inspect', one]);
    expect(text.stdout).toMatch(/^activations {2}.*\n {2}model .*\n {2}layers/);
    await writeFile(join(one, 'acts000000.bin'), 'short');
    const damaged = JSON.parse((await saev(['inspect', one, '--json'])).stdout);
    expect(damaged).toMatchObject({ kind: 'activations', state: 'damaged' });
  });
});

describe('from images to features', () => {
  it('records, trains, shows, and tells what each folder holds', async () => {
    const images = await photos('road', 12);
    const at = (name: string): string => join(folder, 'road-out', name);
    const result = async (...args: string[]): Promise<never> => {
      const { code, stdout, stderr } = await saev([...args, '--quiet', '--json']);
      expect({ code, stderr: withoutAdvice(stderr) }).toEqual({ code: 0, stderr: '' });
      return JSON.parse(stdout) as never;
    };
    const shards: { folder: string } = await result(...recording(images, at('shards')));
    const data = ['--data.shard-root', shards.folder, '--data.layer', '-1'];
    const steps = ['--n-patches', '1024', '--sae-batch-size', '64', '--n-lr-warmup', '2'];
    const [run]: [{ path: string }] = await result(
      ...['train', ...data, ...steps, '--sae.exp-factor', '2', '--run-root', at('runs')],
    );
    const few = ['--n-latents', '3', '--top-k', '2', '--log-freq-range', '-6', '0'];
    const visuals: { folder: string; page: { path: string } } = await result(
      ...['visuals', '--ckpt', run.path, ...data, ...few, '--dump-to', at('visuals')],
      ...['images:image-folder', '--images.root', images],
    );
    expect(await readFile(visuals.page.path, 'utf8')).toMatch(/^<!doctype html>/i);
    for (const [path, kind] of [
      [shards.folder, 'activations'],
      [run.path, 'run'],
      [join(run.path, 'checkpoint'), 'checkpoint'],
      [visuals.folder, 'visuals'],
    ] as const) {
      expect(await result('inspect', path)).toMatchObject({ kind, path });
    }
  });
});

async function collect(child: ChildProcess): Promise<string> {
  let text = '';
  child.stderr?.on('data', (piece) => {
    text += piece;
  });
  await once(child, 'close');
  return text;
}

/** Wait until a recording has written its first images. */
async function firstWrite(path: string): Promise<void> {
  const written = async (): Promise<boolean> => {
    const names = await readdir(path, { recursive: true }).catch(() => []);
    const shard = names.find((name) => name.endsWith('acts000000.bin'));
    return shard !== undefined && (await readFile(join(path, shard))).some((byte) => byte !== 0);
  };
  await expect.poll(written, { interval: 10 }).toBe(true);
}

async function digests(path: string): Promise<Record<string, string>> {
  const names = (await readdir(path, { recursive: true })).filter((name) =>
    /\.(bin|json)$/.test(name),
  );
  const sums = names.sort().map(async (name) => {
    const hash = createHash('sha256').update(await readFile(join(path, name)));
    return [name, hash.digest('hex')] as const;
  });
  return Object.fromEntries(await Promise.all(sums));
}
