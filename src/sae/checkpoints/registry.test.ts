// Every format against what the libraries themselves compute (fixtures/checkpoints/make.py), and back again.
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import expected from '../../../fixtures/checkpoints/expected.json' with { type: 'json' };
import { decodeReference, encodeReference } from '../../../fixtures/checkpoints/reference.ts';
import { openFilesIn } from '../../../test/helpers/open-files.ts';
import { Random } from '../../base/random.ts';
import { readBytes } from '../../formats/byte-source.ts';
import { openSafetensors, writeSafetensors } from '../../formats/safetensors.ts';
import type { Activation } from '../activation-functions/registry.ts';
import { type CoderConfig, isTranscoder, type SparseCoder } from '../coder.ts';
import { denormalizeOutputs, normalizeInputs, withNormalization } from '../normalization.ts';
import { openCheckpointFiles } from './checkpoint-files.ts';
import type { CheckpointFormat } from './format.ts';
import { fileSets } from './read-coder.ts';
import {
  CHECKPOINT_FORMATS,
  type CheckpointFormatName,
  describeCheckpoint,
  formatForName,
  formatNamed,
  looksLikeCheckpoint,
  readCheckpoint,
  writeCheckpoint,
} from './registry.ts';
import { saelens } from './saelens.ts';

const fixtures = fileURLToPath(new URL('../../../fixtures/checkpoints/', import.meta.url));
const { x, k, files } = expected as unknown as {
  x: number[][];
  k: number;
  files: Record<
    string,
    {
      codes: number[][];
      outputs: number[][];
      kind: Activation['kind'];
      subtract: boolean;
      signed?: boolean;
      schema?: number;
    }
  >;
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-checkpoints-'));
});
afterAll(() => rm(folder, { recursive: true }));

const TOLERANCE = { relative: 1e-5, absolute: 3e-6 };

function expectSameFunction(coder: SparseCoder, codes: number[][], outputs: number[][]): void {
  const ours = encodeReference(coder, x);
  expect(ours.flat()).toBeClose(codes.flat(), TOLERANCE);
  expect(decodeReference(coder, ours, x).flat()).toBeClose(outputs.flat(), TOLERANCE);
}

describe('reading', () => {
  test.each(Object.keys(files))('%s gives the codes and outputs of its library', async (name) => {
    const fact = files[name]!;
    const coder = await readCheckpoint(join(fixtures, name));
    const { activation } = coder.config;
    expect(activation.kind).toBe(fact.kind);
    if ('k' in activation) expect(activation.k).toBe(k);
    if (activation.kind === 'topk') expect(activation.signed ?? false).toBe(fact.signed ?? false);
    expect(coder.config.subtractDecoderBias).toBe(fact.subtract);
    expectSameFunction(coder, fact.codes, fact.outputs);
  });

  test.each(Object.keys(files))('%s is described without its weights', async (name) => {
    const path = join(fixtures, name);
    const { format, config, tensors } = await describeCheckpoint(path);
    expect(format).toBe(name.split('/')[0]);
    expect(config).toEqual((await readCheckpoint(path)).config);
    expect(config.dSae).toBe(12);
    expect(tensors.length).toBeGreaterThanOrEqual(4);
    expect(await looksLikeCheckpoint(path)).toBe(true);
  });

  test('what a file says of its training is kept', async () => {
    const first = await readCheckpoint(join(fixtures, 'saev/no-schema.pt'));
    expect(first.config.metadata).toMatchObject({ sparsity_coeff: 1, seed: 3, ghost_grads: false });
    const { metadata } = (await readCheckpoint(join(fixtures, 'saev/schema5-relu.pt'))).config;
    expect(metadata).toMatchObject({ schema: 5, commit: '0123abc', reinit_blend: 0.8 });
    expect(metadata).toHaveProperty('activation.params.sparsity.params.coeff', 0.002);
    const pickled = await readCheckpoint(join(fixtures, 'transcoder-circuits/transcoder.pt'));
    expect(pickled.config.metadata).toMatchObject({
      hook_point: 'blocks.1.hook_mlp_in',
      l1_coefficient: 0.002,
      is_transcoder: true,
    });
    expect(pickled.config.place).toMatchObject({ input: 'blocks.1.hook_mlp_in' });
    const old = await readCheckpoint(join(fixtures, 'saelens/old-standard'));
    expect(old.config.metadata).toMatchObject({ hook_layer: 8, model_name: 'gpt2-small' });
    expect(old.config.place).toMatchObject({ layer: 8, model: 'gpt2-small' });
  });

  test('a weights or config file stands for its folder', async () => {
    for (const name of ['cfg.json', 'sae_weights.safetensors']) {
      const coder = await readCheckpoint(join(fixtures, 'saelens/gated', name));
      expect(coder.config.activation.kind).toBe('gated');
    }
  });
});

/** Every kind of coder, with random weights. */
function randomCoder(
  kind: Activation['kind'],
  { subtract = false, dOut = 6, transcodes = false, skip = false, signed = false } = {},
): SparseCoder {
  const [dIn, dSae] = [6, 12];
  const random = new Random(7, kind);
  const array = (length: number): Float32Array =>
    Float32Array.from({ length }, () => random.normal());
  const activation: Activation =
    kind === 'topk'
      ? { kind, k: 3, ...(signed ? { signed } : {}) }
      : kind === 'batchtopk'
        ? { kind, k: 3 }
        : { kind };
  return {
    config: {
      dIn,
      dOut,
      dSae,
      activation,
      subtractDecoderBias: subtract,
      ...(transcodes ? { isTranscoder: true } : {}),
      metadata: { note: 'kept' },
    },
    weights: {
      wEnc: array(dSae * dIn),
      bEnc: array(dSae),
      wDec: array(dSae * dOut),
      bDec: array(dOut),
      ...(kind === 'jumprelu' ? { threshold: array(dSae).map(Math.abs) } : {}),
      ...(kind === 'batchtopk' ? { threshold: Float32Array.of(0.4) } : {}),
      ...(kind === 'gated' ? { gated: { rMag: array(dSae), bGate: array(dSae) } } : {}),
      ...(skip ? { wSkip: array(dOut * dIn) } : {}),
    },
  };
}

const FILE_NAMES: Partial<Record<CheckpointFormatName, string[]>> = {
  saev: ['sae.pt'],
  'saev-early': ['sae.pt'],
  'transcoder-circuits': ['sae.pt', 'sae.pkl.gz'],
};

describe('writing', () => {
  const kinds = ['relu', 'topk', 'batchtopk', 'jumprelu', 'gated'] as const;
  const held: Record<CheckpointFormatName, readonly Activation['kind'][]> = {
    saelens: kinds,
    saev: ['relu', 'topk', 'batchtopk'],
    'saev-early': ['relu'],
    'transcoder-circuits': ['relu'],
    sparsify: ['topk'],
    'dictionary-learning': kinds,
  };
  const formats = Object.keys(held) as CheckpointFormatName[];

  test.each(formats)('%s reads back what it wrote, with the same function', async (format) => {
    for (const kind of held[format]) {
      for (const subtract of [false, true]) {
        for (const file of FILE_NAMES[format] ?? ['']) {
          const coder = randomCoder(kind, { subtract, signed: format === 'saev' });
          const path = join(folder, `${format}-${kind}-${subtract}`, file);
          await writeCheckpoint(coder, path, format);
          expect((await describeCheckpoint(path)).format).toBe(
            format === 'saev-early' ? 'saev' : format,
          );
          const back = await readCheckpoint(path);
          const codes = encodeReference(coder, x);
          const outputs = decodeReference(coder, codes, x);
          if (format === 'dictionary-learning' && (kind === 'jumprelu' || kind === 'gated')) {
            // The library scales these codes by the decoder's norms.
            const ours = encodeReference(back, x);
            expect(ours.map((row) => row.map((v) => v > 0))).toEqual(
              codes.map((row) => row.map((v) => v > 0)),
            );
            expect(decodeReference(back, ours, x).flat()).toBeClose(outputs.flat(), TOLERANCE);
          } else {
            expectSameFunction(back, codes, outputs);
          }
        }
      }
    }
  });

  test.each(formats)('%s refuses the coders it cannot hold and writes nothing', async (format) => {
    const path = join(folder, `refused-${format}`, basename(FILE_NAMES[format]?.[0] ?? ''));
    const refused = kinds.filter((kind) => !held[format].includes(kind));
    for (const kind of refused) {
      await expect(writeCheckpoint(randomCoder(kind), path, format)).rejects.toMatchObject({
        name: 'UserError',
        message: expect.stringContaining('cannot hold'),
      });
    }
    await expect(readdir(join(folder, `refused-${format}`))).rejects.toThrow('ENOENT');
  });

  test.each([
    ['saelens', 5, true],
    ['saelens', 5, false],
    ['saelens', 6, true],
    ['transcoder-circuits', 5, false],
    ['sparsify', 6, true],
  ] as const)(
    '%s holds a transcoder with outputs of %i, skip connection: %s',
    async (format, dOut, skip) => {
      for (const kind of format === 'saelens' ? kinds : held[format]) {
        const coder = randomCoder(kind, { dOut, skip, transcodes: true });
        const path = join(
          folder,
          `transcoder-${format}-${kind}-${dOut}-${skip}`,
          FILE_NAMES[format]?.[0] ?? '',
        );
        await writeCheckpoint(coder, path, format);
        const back = await readCheckpoint(path);
        expect(isTranscoder(back.config)).toBe(true);
        const codes = encodeReference(coder, x);
        expectSameFunction(back, codes, decodeReference(coder, codes, x));
      }
    },
  );

  test('transcoders and odd widths are refused where there is no place for them', async () => {
    const transcoder = randomCoder('relu', { dOut: 5 });
    for (const format of ['saev', 'saev-early', 'dictionary-learning'] as const) {
      await expect(writeCheckpoint(transcoder, join(folder, 'no'), format)).rejects.toThrow(
        'transcoder',
      );
    }
    const { config, weights } = randomCoder('relu');
    const odd: SparseCoder = {
      config: { ...config, dSae: 11 },
      weights: {
        ...weights,
        wEnc: new Float32Array(66),
        bEnc: new Float32Array(11),
        wDec: new Float32Array(66),
      },
    };
    await expect(writeCheckpoint(odd, join(folder, 'no.pt'), 'saev-early')).rejects.toThrow(
      '11 latents',
    );
    await expect(writeCheckpoint(odd, join(folder, 'no'), 'nope' as never)).rejects.toThrow(
      'unknown checkpoint format',
    );
  });

  test('saelens keeps weights, metadata and normalisation bit for bit', async () => {
    for (const kind of ['relu', 'topk', 'jumprelu', 'gated'] as const) {
      const coder = randomCoder(kind, { subtract: true, signed: true });
      const config: CoderConfig = {
        ...coder.config,
        normalization: { mean: Float32Array.of(0.1, 1e-20, -3, 1 / 3, 5, 6), scale: 1.7 },
      };
      const path = join(folder, `exact-${kind}`);
      await writeCheckpoint({ ...coder, config }, path);
      const back = await readCheckpoint(path);
      expect(back.weights).toEqual(coder.weights);
      expect(back.config).toMatchObject(config);
    }
  });

  test('other formats take what inputs were centred and scaled by into their weights', async () => {
    const normalization = { mean: Float32Array.of(0.1, 2, -3, 1 / 3, 5, 6), scale: 1.7 };
    for (const [format, kind] of [
      ['saev', 'relu'],
      ['dictionary-learning', 'gated'],
      ['dictionary-learning', 'jumprelu'],
      ['transcoder-circuits', 'relu'],
      ['sparsify', 'topk'],
      ['saelens', 'relu'],
    ] as const) {
      const plain = randomCoder(kind, { subtract: true });
      const coder = { ...plain, config: { ...plain.config, normalization } };
      const path = join(folder, `scaled-${format}-${kind}${format === 'saev' ? '.pt' : ''}`);
      await writeCheckpoint(coder, path, format, { foldScale: true });
      const back = await readCheckpoint(path);
      expect(back.config.normalization).toBeUndefined();
      expect(back.config.isScaleUnsaid).toBeUndefined();
      const flat = Float32Array.from(x.flat());
      const scaled = normalizeInputs(flat, coder.config);
      const rows = x.map((_, r) => Array.from(scaled.subarray(6 * r, 6 * r + 6)));
      const codes = encodeReference(coder, rows);
      // Codes of dictionary_learning's gated and jumprelu coders carry the norms of decoder rows.
      if (format !== 'dictionary-learning') {
        expect(encodeReference(back, x).flat()).toBeClose(codes.flat(), TOLERANCE);
      }
      const outputs = Float32Array.from(decodeReference(coder, codes, rows).flat());
      const theirs = decodeReference(back, encodeReference(back, x), x).flat();
      expect(theirs).toBeClose(denormalizeOutputs(outputs, coder.config), {
        relative: 1e-5,
        absolute: 1e-5,
      });
    }
    const plain = randomCoder('relu');
    const config = { ...plain.config, normalization, isTranscoder: true };
    await expect(
      writeCheckpoint({ ...plain, config }, join(folder, 'no.pt'), 'transcoder-circuits'),
    ).rejects.toThrow('cannot hold a transcoder whose inputs are centred or scaled');
  });

  test('saelens keeps that a scale is not known, until it is', async () => {
    const early = await readCheckpoint(join(fixtures, 'saev/no-schema.pt'));
    expect(early.config.isScaleUnsaid).toBe(true);
    const newest = await readCheckpoint(join(fixtures, 'saev/schema5-relu.pt'));
    expect(newest.config.isScaleUnsaid).toBeUndefined();
    const path = join(folder, 'unsaid');
    await writeCheckpoint(early, path);
    expect((await readCheckpoint(path)).config.isScaleUnsaid).toBe(true);
    await writeCheckpoint(withNormalization(early, { scale: 2 }), path);
    const { config } = await readCheckpoint(path);
    expect(config).toMatchObject({ normalization: { scale: 2 } });
    expect(config.isScaleUnsaid).toBeUndefined();
  });

  test('a sae.pt that is read and written again has the same weights and header values', async () => {
    for (const [name, format] of [
      ['no-schema', 'saev-early'],
      ['schema5-batchtopk', 'saev'],
    ] as const) {
      const original = await readCheckpoint(join(fixtures, `saev/${name}.pt`));
      const path = join(folder, `again-${name}`, 'sae.pt');
      await writeCheckpoint(original, path, format);
      expect(await readCheckpoint(path)).toEqual(original);
      const line = async (file: string): Promise<unknown> => {
        const bytes = await readFile(file);
        return JSON.parse(bytes.toString('utf8', 0, bytes.indexOf(10)));
      };
      expect(await line(path)).toEqual(await line(join(fixtures, `saev/${name}.pt`)));
    }
  });

  test("a .pt is what the coder's original program loads, with the settings of its training", async () => {
    const sae = { nReinitSamples: 65_536, ghostGrads: true, removeParallelGrads: false, seed: 7 };
    const trainConfig = { sae, objective: { sparsityCoeff: 1 }, seed: 3 };
    const headerOf = async (coder: SparseCoder, format?: CheckpointFormatName): Promise<string> => {
      const path = join(folder, 'named', 'sae.pt');
      await writeCheckpoint(coder, path, format ?? formatForName(path, coder));
      const bytes = await readFile(path);
      return bytes.toString('utf8', 0, bytes.indexOf(10));
    };
    const { config, weights } = randomCoder('relu');
    const trained = { config: { ...config, metadata: { trainConfig } }, weights };
    // These are fields of the first saev's dataclass, and it has no others.
    expect(await headerOf(trained)).toBe(
      '{"d_vit": 6, "exp_factor": 2, "sparsity_coeff": 1.0, "n_reinit_samples": 65536, "ghost_grads": true, "remove_parallel_grads": false, "seed": 7}',
    );
    expect(await headerOf({ config: { ...config, metadata: {} }, weights })).toBe(
      '{"d_vit": 6, "exp_factor": 2}',
    );
    expect(await headerOf(trained, 'saev')).toContain('"coeff":1.0}');
    expect(await headerOf(trained, 'saev')).toContain('"remove_parallel_grads":false');
    expect(await headerOf(randomCoder('topk'))).toContain('{"schema":5,');
    const odd = { config: { ...config, dSae: 11 }, weights };
    expect(formatForName('sae.pt', odd)).toBe('saev');
    expect(formatForName('tc.pt', randomCoder('relu', { dOut: 5 }))).toBe('transcoder-circuits');
    expect(formatForName('tc.pkl.gz', trained)).toBe('transcoder-circuits');
    expect(formatForName('folder', trained)).toBe('saelens');
    const pickled = join(folder, 'named', 'tc.pt');
    await writeCheckpoint(trained, pickled, 'transcoder-circuits');
    expect((await readCheckpoint(pickled)).config.metadata).toMatchObject({
      l1_coefficient: 1,
      use_ghost_grads: true,
      seed: 7,
    });
  });

  test('floats in headers stay floats in Python', async () => {
    const original = await readCheckpoint(join(fixtures, 'saev/no-schema.pt'));
    const path = join(folder, 'float.pt');
    await writeCheckpoint(original, path, 'saev-early');
    expect((await readFile(path)).toString('latin1')).toContain('"sparsity_coeff": 1.0,');
  });
});

describe('files of checkpoints', () => {
  test.each(Object.keys(files))('%s is opened once and closed', async (name) => {
    const path = join(fixtures, name);
    const format = CHECKPOINT_FORMATS.find((each) => each.name === name.split('/')[0])!;
    const records = CHECKPOINT_FORMATS.flatMap((each) => each.records ?? []);
    const opened = await openCheckpointFiles(path, { records });
    for (const each of CHECKPOINT_FORMATS) if (await each.detect(opened)) break;
    await (await format.open(opened)).readWeights();
    const held = await openFilesIn(fixtures.replace(/\/$/, ''));
    if (held !== undefined) {
      expect(new Set(held).size).toBe(held.length);
      expect(held.length).toBe(1);
    }
    await opened.close();
    expect((await openFilesIn(fixtures.replace(/\/$/, ''))) ?? []).toEqual([]);
  });

  test('none stays open after reading and describing, of good files or of damaged ones', async () => {
    const leaks = await mkdtemp(join(folder, 'leaks-'));
    for (const name of Object.keys(files)) {
      const path = join(leaks, name);
      await cp(join(fixtures, name), path, { recursive: true });
      await readCheckpoint(path);
      await describeCheckpoint(path);
      const isFolder = (await stat(path)).isDirectory();
      for (const part of isFolder
        ? (await readdir(path)).map((each) => join(path, each))
        : [path]) {
        const whole = await readFile(part);
        for (const length of [0, 7, 200, whole.length - 1]) {
          await writeFile(part, whole.subarray(0, length));
          await readCheckpoint(path).catch(() => undefined);
          await describeCheckpoint(path).catch(() => undefined);
        }
        await writeFile(part, whole);
      }
    }
    expect((await openFilesIn(leaks)) ?? []).toEqual([]);
  });
});

describe('a format that is added to the list', () => {
  /** Weights as text, one line a tensor: a toy. */
  const toy: CheckpointFormat<'toy'> = {
    name: 'toy',
    files: ['toy.json', 'toy.txt'],
    endings: ['.toy'],
    detect: async (opened) =>
      opened.single === undefined
        ? opened.has('toy.json', 'toy.txt')
        : opened.single.endsWith('.toy'),
    async open(opened) {
      const bytes = await opened.bytes(opened.single ?? 'toy.txt');
      const text = new TextDecoder().decode(await readBytes(bytes, 0, bytes.size));
      const [wEnc, bEnc, wDec, bDec] = text
        .split('\n')
        .map((line) => Float32Array.from(line.split(' '), Number));
      const { config } = randomCoder('relu');
      return {
        variant: 'toy',
        config,
        tensors: [],
        readWeights: async () => ({ wEnc: wEnc!, bEnc: bEnc!, wDec: wDec!, bDec: bDec! }),
      };
    },
    async write({ weights }, path) {
      const { wEnc, bEnc, wDec, bDec } = weights;
      await writeFile(path, [wEnc, bEnc, wDec, bDec].map((each) => each.join(' ')).join('\n'));
    },
  };
  const formats = [...CHECKPOINT_FORMATS, toy];

  test('is found, read and written, alone or in a folder', async () => {
    const coder = randomCoder('relu');
    const single = join(folder, 'coder.toy');
    await formatNamed('toy', formats).write(coder, single);
    expect(await looksLikeCheckpoint(single, formats)).toBe(true);
    expect(await looksLikeCheckpoint(single)).toBe(false);
    expect((await readCheckpoint(single, { formats })).weights).toEqual(coder.weights);
    await expect(readCheckpoint(single)).rejects.toThrow('unknown kind');
    const inside = await mkdtemp(join(folder, 'toy-'));
    await cp(single, join(inside, 'toy.txt'));
    expect(await looksLikeCheckpoint(inside, formats)).toBe(false);
    await writeFile(join(inside, 'toy.json'), '{}');
    expect(await looksLikeCheckpoint(inside, formats)).toBe(true);
    expect((await readCheckpoint(inside, { formats })).weights).toEqual(coder.weights);
    expect(fileSets(formats)).toContainEqual(['toy.json', 'toy.txt']);
  });

  test('may be one that is only read', () => {
    const { write: _, ...readOnly } = toy;
    expect(() => formatNamed('toy', [saelens, readOnly])).toThrow(
      "unknown checkpoint format: 'toy'",
    );
  });
});

test('every format is explained', async () => {
  const text = await readFile(new URL('../../../docs/checkpoints.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);
  expect(rows).toEqual(CHECKPOINT_FORMATS.map(({ name }) => name));
});

describe('bad checkpoints', () => {
  const refused = async (path: string, message: string): Promise<void> => {
    await expect(readCheckpoint(path)).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining(message),
    });
  };
  const copy = async (name: string): Promise<string> => {
    const path = join(await mkdtemp(join(folder, 'bad-')), 'checkpoint');
    await cp(join(fixtures, name), path, { recursive: true });
    return path;
  };
  /** A SAELens folder whose config or one tensor is changed. */
  const changed = async (
    config: Record<string, unknown>,
    change: (name: string, values: Float32Array) => number[] | undefined = () => undefined,
  ): Promise<string> => {
    const path = await copy('saelens/jumprelu');
    const cfg = JSON.parse(await readFile(join(path, 'cfg.json'), 'utf8'));
    await writeFile(join(path, 'cfg.json'), JSON.stringify({ ...cfg, ...config }));
    const weights = join(path, 'sae_weights.safetensors');
    const file = await openSafetensors(weights);
    const tensors = await Promise.all(
      [...file.tensors.keys()].map(async (name) => {
        const { shape } = file.tensors.get(name)!;
        const data = await file.readFloat32(name);
        const newShape = change(name, data) ?? shape;
        return [name, { dtype: 'F32', shape: newShape, data }] as const;
      }),
    );
    await file.close();
    await writeSafetensors(
      weights,
      tensors.filter(([, { shape }]) => shape[0] !== -1),
    );
    return path;
  };

  test('nothing, an empty folder and other files are refused', async () => {
    await refused(join(folder, 'absent'), 'missing checkpoint');
    await refused(await mkdtemp(join(folder, 'empty-')), 'no checkpoint of a known format');
    const text = join(folder, 'notes.txt');
    await writeFile(text, 'hello');
    await refused(text, 'unknown kind');
    const json = join(folder, 'line.pt');
    await writeFile(json, '{"d_vit": 6');
    await refused(json, 'does not start with a line of JSON');
  });

  test.each([
    [{ d_in: 7 }, "'W_enc'"],
    [{ d_sae: 6 }, 'its config says [6, 6]'],
    [{ d_in: -6 }, 'd_in'],
    [{ d_in: 'six' }, 'd_in'],
    [{ d_in: 1e300 }, 'd_in'],
    [{ architecture: 'temporal' }, "unsupported architecture 'temporal'"],
    [{ architecture: 'topk' }, 'missing k'],
    [{ architecture: 'gated' }, "missing tensor 'b_mag'"],
    [{ activation_fn: 'tanh-relu' }, "unsupported activation function 'tanh-relu'"],
    [{ normalize_activations: 'layer_norm' }, "unsupported normalisation 'layer_norm'"],
    [{ metadata: { saev_normalization: { mean: [1] } } }, '1 of 6 numbers'],
  ])('a SAELens config with %j is refused', async (config, message) => {
    await refused(await changed(config), message);
  });

  test('weights that are not finite are refused, naming the element', async () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const path = await changed({}, (name, values) => {
        if (name === 'W_dec') values[17] = bad;
        return undefined;
      });
      await refused(path, `holds ${bad} at element 17`);
    }
  });

  test('a config that is not JSON and a truncated file are refused', async () => {
    const path = await copy('saelens/standard');
    await writeFile(join(path, 'cfg.json'), '{');
    await refused(path, 'not JSON');
    const cut = await copy('saelens/standard');
    const weights = join(cut, 'sae_weights.safetensors');
    await writeFile(weights, (await readFile(weights)).subarray(0, 500));
    await refused(cut, 'is truncated');
  });

  test.each([
    'saev/schema5-relu.pt',
    'transcoder-circuits/sae.pt',
    'transcoder-circuits/sae.pkl.gz',
  ])('%s cut off anywhere is refused', async (name) => {
    const whole = await readFile(join(fixtures, name));
    const path = join(folder, 'cut.pt');
    for (let length = 0; length < whole.length; length += 173) {
      await writeFile(path, whole.subarray(0, length));
      await expect(readCheckpoint(path), `${length}`).rejects.toMatchObject({ name: 'UserError' });
    }
  });

  test.each([
    [{ schema: 6, cfg: { d_model: 6, d_sae: 12 } }, 'unsupported schema 6'],
    [{ schema: 5, cfg: { d_sae: 12 } }, 'missing d_model'],
    [{ schema: 5, cfg: { d_model: 6 } }, 'missing d_sae'],
    [{ schema: 5, cfg: { d_model: 6, d_sae: 24 } }, 'its config says [6, 24]'],
    [
      { schema: 5, cfg: { d_model: 6, d_sae: 12, activation: { cls: 'Gelu' } } },
      "activation 'Gelu'",
    ],
    [{ schema: 'five', cfg: {} }, 'schema'],
    [{ d_vit: 6, exp_factor: 3 }, 'its config says [6, 18]'],
    [[1, 2], 'd_model'],
  ])('a sae.pt with the header %j is refused', async (header, message) => {
    const whole = await readFile(join(fixtures, 'saev/schema5-relu.pt'));
    const path = join(folder, 'header.pt');
    const rest = whole.subarray(whole.indexOf(10));
    await writeFile(path, Buffer.concat([Buffer.from(JSON.stringify(header)), rest]));
    await (Array.isArray(header)
      ? expect(readCheckpoint(path)).rejects.toMatchObject({ name: 'UserError' })
      : refused(path, message));
  });

  test('a pickle that would run code is refused and runs nothing', async () => {
    const pickle = Buffer.from("\x80\x02cposix\nsystem\n(S'touch pwned'\ntR.", 'latin1');
    const path = join(folder, 'evil.pt');
    await writeFile(path, Buffer.concat([Buffer.from('{"d_vit": 6, "exp_factor": 2}\n'), pickle]));
    await refused(path, "unsupported class 'posix.system'");
    await writeFile(path, pickle);
    await refused(path, "unsupported class 'posix.system'");
  });
});
