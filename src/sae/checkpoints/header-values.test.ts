// What a header says of a coder is followed or refused, never let through.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSafetensors, writeSafetensors } from '../../formats/safetensors.ts';
import type { TypedTensor } from '../../formats/tensor.ts';
import { openTorchFile } from '../../formats/torch/torch-file.ts';
import { stateDictOf } from '../../formats/torch/torch-state-dict.ts';
import { readTorchTensor } from '../../formats/torch/torch-tensor.ts';
import { writeTorchFile } from '../../formats/torch/torch-write.ts';
import { openCoder } from '../open-coder.ts';
import { describeCheckpoint, readCheckpoint, writeCheckpoint } from './registry.ts';

const fixtures = fileURLToPath(new URL('../../../fixtures/checkpoints/', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-headers-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function copyOf(name: string): Promise<string> {
  const path = join(await mkdtemp(join(folder, 'copy-')), 'checkpoint');
  await cp(join(fixtures, name), path, { recursive: true });
  return path;
}

/** A copy of a folder of a fixture, with other values in its config and further tensors in its weights. */
async function changed(
  name: string,
  config: Record<string, unknown>,
  tensors: Record<string, number[] | null> = {},
): Promise<string> {
  const path = await copyOf(name);
  const [cfg, weights] = [
    join(path, 'cfg.json'),
    join(path, name.startsWith('saelens') ? 'sae_weights.safetensors' : 'sae.safetensors'),
  ];
  const before = JSON.parse(await readFile(cfg, 'utf8'));
  await writeFile(cfg, JSON.stringify({ ...before, ...config }));
  const file = await openSafetensors(weights);
  const kept: [string, TypedTensor][] = [];
  for (const each of file.tensors.keys()) kept.push([each, await file.read(each)]);
  await file.close();
  const added = Object.entries(tensors).flatMap(([each, values]) =>
    values === null
      ? []
      : [
          [
            each,
            { dtype: 'F32', shape: [values.length], data: Float32Array.from(values) },
          ] as const,
        ],
  );
  await writeSafetensors(weights, [...kept.filter(([each]) => !(each in tensors)), ...added]);
  return path;
}

async function refused(path: string, message: string, hint = ''): Promise<void> {
  await expect(readCheckpoint(path)).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringContaining(message),
    ...(hint === '' ? {} : { hint: expect.stringContaining(hint) }),
  });
}

describe('how SAELens normalises inputs', () => {
  const scaler = (path: string, value: unknown): Promise<void> =>
    writeFile(join(path, 'activation_scaler.json'), JSON.stringify(value));

  test.each(['expected_average_only_in', true])(
    '%j: inputs are multiplied by the factor beside the weights, outputs divided by it',
    async (normalize_activations) => {
      const path = await changed('saelens/standard', { normalize_activations });
      await scaler(path, { scaling_factor: 0.125 });
      const coder = await readCheckpoint(path);
      expect(coder.config.normalization).toEqual({ scale: 8 });
      const plain = await openCoder(await readCheckpoint(join(fixtures, 'saelens/standard')), {
        threads: 1,
      });
      const scaled = await openCoder(coder, { threads: 1 });
      const x = Float32Array.from({ length: 12 }, (_, i) => Math.sin(1.7 * i) * 20);
      const small = x.map((value) => value * 0.125);
      expect(await scaled.encode(x)).toEqual(await plain.encode(small));
      const outputs = await plain.reconstruct(small);
      expect(await scaled.reconstruct(x)).toEqual(outputs.map((value) => value * 8));
      await plain.close();
      await scaled.close();
      // Written again, the scale is still there, and is applied once.
      const again = join(path, 'again');
      await writeCheckpoint(coder, again);
      const { config, weights } = await readCheckpoint(again);
      expect({ ...config, normalization: { scale: config.normalization?.scale } }).toEqual({
        ...coder.config,
        metadata: expect.objectContaining({ normalize_activations: 'none' }),
      });
      expect(weights).toEqual(coder.weights);
    },
  );

  test.each(['expected_average_only_in', true])(
    '%j without that file is refused, and can be told the factor',
    async (normalize_activations) => {
      const path = await changed('saelens/standard', { normalize_activations });
      await refused(path, 'missing activation_scaler.json', '--scaling-factor');
      expect((await describeCheckpoint(path)).obstacle).toContain('activation_scaler.json');
      const told = await readCheckpoint(path, { hints: { scalingFactor: 0.5 } });
      expect(told.config.normalization).toEqual({ scale: 2 });
      const one = await readCheckpoint(path, { hints: { scalingFactor: 1 } });
      expect(one.config.normalization).toBeUndefined();
    },
  );

  test('none and null ask for nothing, with a scaler that scales nothing', async () => {
    for (const normalize_activations of ['none', null, false]) {
      const path = await changed('saelens/standard', { normalize_activations });
      await scaler(path, { scaling_factor: null });
      expect((await readCheckpoint(path)).config.normalization).toBeUndefined();
    }
  });

  test.each([
    ['layer_norm', "unsupported normalisation 'layer_norm'"],
    ['constant_norm_rescale', "unsupported normalisation 'constant_norm_rescale'"],
    ['something_new', "unsupported normalisation 'something_new'"],
    ['none', 'a factor of 0.125 is given'],
  ])('%s with a factor is refused, and described with the reason', async (way, message) => {
    const path = await changed('saelens/standard', { normalize_activations: way });
    await scaler(path, { scaling_factor: 0.125 });
    await refused(path, message);
    expect((await describeCheckpoint(path)).obstacle).toContain(message);
  });

  test.each([{ scaling_factor: 0 }, { scaling_factor: 'one' }, {}, [], { scaling_factor: -2 }])(
    'a scaler of %j is refused',
    async (value) => {
      const path = await changed('saelens/standard', {
        normalize_activations: 'expected_average_only_in',
      });
      await scaler(path, value);
      await refused(path, 'activation_scaler.json');
    },
  );

  test('a transcoder whose inputs are scaled is refused', async () => {
    const path = await changed('saelens/transcoder', {
      normalize_activations: 'expected_average_only_in',
    });
    await scaler(path, { scaling_factor: 3 });
    await refused(path, 'inputs of a transcoder are multiplied by 3');
  });
});

describe('values of headers', () => {
  test.each([
    [{ reshape_activations: 'hook_q' }, 'reshape_activations'],
    [{ activation_fn_kwargs: { k: 3, slope: 0.1 } }, 'slope'],
    [{ architecture: 'skip_transcoder' }, "missing tensor 'W_skip'"],
    [{ metadata: { saev_activation: { kind: 'cubed' } } }, '{"kind":"cubed"}'],
    [{ metadata: { saev_normalization: { scale: 0 } } }, 'scale'],
    [{ metadata: { saev_normalization: { median: [1] } } }, 'median'],
    [{ metadata: { saev_normalization: { mean: Array(6).fill(1e39) } } }, 'too large for float32'],
    [{ architecture: 'topk', k: 13 }, 'k is 13'],
  ])('of SAELens: %j is refused', async (config, message) => {
    await refused(await changed('saelens/standard', config), message);
  });

  test('a tensor that nothing is known of is refused by name', async () => {
    await refused(
      await changed('saelens/standard', {}, { b_mystery: [1, 2] }),
      "unsupported tensor 'b_mystery'",
    );
    await refused(
      await changed('sparsify/autoencoder', {}, { log_threshold: [1] }),
      "unsupported tensor 'log_threshold'",
    );
    await refused(
      await changed('sparsify/skip-transcoder', { skip_connection: false }),
      "unsupported tensor 'W_skip'",
    );
  });

  test('a factor of fine-tuning that overflows, or that the config denies, is refused', async () => {
    const factor = Array(12).fill(3e38);
    await refused(await changed('saelens/standard', {}, { scaling_factor: factor }), 'wDec of');
    await refused(
      await changed(
        'saelens/standard',
        { finetuning_scaling_factor: false },
        { scaling_factor: factor },
      ),
      'denies',
    );
    const ones = Array(12).fill(1);
    const path = await changed(
      'saelens/standard',
      { finetuning_scaling_factor: false },
      { scaling_factor: ones },
    );
    expect((await readCheckpoint(path)).config.dSae).toBe(12);
  });

  test.each([
    [{ k: undefined }, 'k in'],
    [{ k: 13 }, 'k is 13'],
    [{ activation: 'groupmax' }, "unsupported activation 'groupmax'"],
    [{ embed_skip: 1 }, 'unsupported option embed_skip'],
  ])('of sparsify: %j is refused', async (config, message) => {
    await refused(await changed('sparsify/autoencoder', config), message);
  });

  test('NaN and Infinity of a Python config stand in the metadata', async () => {
    const path = await copyOf('saelens/standard');
    const text = await readFile(join(path, 'cfg.json'), 'utf8');
    await writeFile(
      join(path, 'cfg.json'),
      text.replace('"dtype"', '"lr": NaN, "l1": -Infinity, "note": "NaN \\" Infinity", "dtype"'),
    );
    expect((await readCheckpoint(path)).config.metadata).toMatchObject({
      lr: 'NaN',
      l1: '-Infinity',
      note: 'NaN " Infinity',
    });
    await writeFile(join(path, 'cfg.json'), text.replace('"d_in": 6', '"d_in": NaN'));
    await refused(path, 'd_in');
  });

  test.each([
    [{ d_vit: 6, exp_factor: 2, activation: { cls: 'TopK' } }, "'activation' and no schema"],
    [{ schema: 1, cls: 'Softplus', cfg: { d_vit: 6, exp_factor: 2 } }, "activation 'Softplus'"],
    [
      { schema: 3, cfg: { d_model: 6, exp_factor: 2, activation: { cls: 'TopK' } } },
      'missing top_k',
    ],
    [
      {
        schema: 3,
        cfg: { d_model: 6, exp_factor: 2, activation: { cls: 'TopK', params: { top_k: 13 } } },
      },
      'k is 13',
    ],
  ])('of saev: %j is refused', async (header, message) => {
    const whole = await readFile(join(fixtures, 'saev/schema5-relu.pt'));
    const path = join(folder, 'header.pt');
    await writeFile(
      path,
      Buffer.concat([Buffer.from(JSON.stringify(header)), whole.subarray(whole.indexOf(10))]),
    );
    await refused(path, message);
  });
});

describe('a file of dictionary_learning', () => {
  const alone = async (name: string): Promise<string> => {
    const path = await copyOf(`dictionary-learning/${name}`);
    await rm(join(path, 'config.json'));
    return path;
  };

  test.each(['topk', 'batchtopk'] as const)(
    'of %s that lies alone is not guessed at',
    async (name) => {
      const path = await alone(name);
      await refused(path, 'a TopK or a BatchTopK coder', `--activation ${'batchtopk'}`);
      await refused(join(path, 'ae.pt'), 'a TopK or a BatchTopK coder');
      const told = await readCheckpoint(path, { hints: { activation: name } });
      const original = await readCheckpoint(join(fixtures, 'dictionary-learning', name));
      expect(told.weights).toEqual(original.weights);
      expect(told.config.activation).toEqual(original.config.activation);
    },
  );

  test('of another class needs no config', async () => {
    for (const name of ['standard', 'new', 'gated', 'jumprelu', 'matryoshka']) {
      const original = await readCheckpoint(join(fixtures, 'dictionary-learning', name));
      expect((await readCheckpoint(await alone(name))).config.activation).toEqual(
        original.config.activation,
      );
    }
  });

  test('of the first versions, without a threshold, is a TopK', async () => {
    const path = await alone('topk');
    const file = await openTorchFile(join(path, 'ae.pt'));
    const state = new Map<string, TypedTensor>();
    for (const [name, tensor] of stateDictOf(file.value, path)) {
      if (name !== 'threshold') state.set(name, await readTorchTensor(tensor));
    }
    await file.close();
    await writeTorchFile(join(path, 'ae.pt'), state);
    expect((await readCheckpoint(path)).config.activation.kind).toBe('topk');
  });

  test.each([
    [{ dict_class: 'CrossCoder' }, "unsupported dictionary 'CrossCoder'"],
    [{ dict_class: 'toString' }, "unsupported dictionary 'toString'"],
    [{ dict_class: 'GatedAutoEncoder' }, 'says GatedAutoEncoder'],
    [{ dict_class: 'AutoEncoderTopK', dict_size: 13 }, 'says 6 to 13'],
    [{ lr: 1 }, 'a TopK or a BatchTopK coder'],
  ])('with the config %j is refused', async (trainer, message) => {
    const path = await copyOf('dictionary-learning/topk');
    await writeFile(join(path, 'config.json'), JSON.stringify({ trainer }));
    await refused(path, message);
  });

  test('tells its class by its trainer, too', async () => {
    const path = await copyOf('dictionary-learning/batchtopk');
    const trainer = { trainer_class: 'BatchTopKTrainer' };
    await writeFile(join(path, 'config.json'), JSON.stringify({ trainer }));
    expect((await readCheckpoint(path)).config.activation.kind).toBe('batchtopk');
  });

  test('is not what a person says against it', async () => {
    const path = join(fixtures, 'dictionary-learning/standard');
    await expect(readCheckpoint(path, { hints: { activation: 'topk' } })).rejects.toThrow(
      'holds a relu coder, not a topk one',
    );
  });
});

test.each([
  [{}, { cls: 'AuxK', k_aux: 512, alpha: 0.03125 }],
  [{ aux: 'none' }, { cls: 'NoAux' }],
  [{ aux: 'saev' }, { cls: 'AuxK', k_aux: 512, alpha: 0.03125 }],
  [{ aux: 'saelens' }, { cls: 'AuxK', k_aux: 2, alpha: 1 }],
  [
    { aux: 'saev', auxLatents: 3, auxCoeff: 0.5 },
    { cls: 'AuxK', k_aux: 3, alpha: 0.5 },
  ],
])('a saev header says of AuxK what %j did', async (trainConfig, { cls, ...params }) => {
  const [dIn, dSae] = [4, 8];
  const zeros = (n: number): Float32Array => new Float32Array(n);
  const path = join(await mkdtemp(join(folder, 'aux-')), 'sae.pt');
  const activation = { kind: 'topk', k: 2 } as const;
  const metadata = Object.keys(trainConfig).length === 0 ? {} : { trainConfig };
  const weights = { wEnc: zeros(32), bEnc: zeros(dSae), wDec: zeros(32), bDec: zeros(dIn) };
  const sizes = { dIn, dOut: dIn, dSae, subtractDecoderBias: false };
  await writeCheckpoint({ config: { ...sizes, activation, metadata }, weights }, path, 'saev');
  const header = (await readFile(path)).toString('latin1').split('\n', 1)[0]!;
  const { aux } = JSON.parse(header).cfg.activation.params;
  expect(aux).toMatchObject({ cls, params });
});
