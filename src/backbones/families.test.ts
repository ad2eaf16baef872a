// A family of one's own: one object, given to the call that opens a model. Nothing else knows its name.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../base/errors.ts';
import { Random } from '../base/random.ts';
import { type TensorToWrite, writeSafetensors } from '../formats/safetensors.ts';
import { fieldsOf, scoreDivisors } from './language/config-fields.ts';
import { LANGUAGE_FAMILIES } from './language/families/registry.ts';
import type { LanguageFamily } from './language/family.ts';
import { openLanguageModel } from './language/open.ts';
import { lensShape } from './language/weights/tensors.ts';
import { VISION_FAMILIES } from './vision/families/registry.ts';
import { world } from './vision/families/world.ts';
import type { VisionFamily } from './vision/family.ts';
import { openVisionModel, resolveVisionModel } from './vision/open.ts';
import { linearAt, underPrefix, type Weights } from './weights.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-families-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function mistake(work: Promise<unknown>): Promise<UserError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}

/** The embedded world's transformer under another name. */
const toyVision: VisionFamily = {
  ...world,
  name: 'toy',
  defaultCheckpoint: 'toy-vit',
  knows: (checkpoint) => checkpoint === 'toy-vit',
  resolve: (_, options) => world.resolve('world-vit', options),
};

/** Llama's kinds: RMS norms, heads that share keys, rotary positions, gated MLPs. */
const toyLanguage: LanguageFamily = {
  name: 'toy',
  title: 'Toy',
  reads: (json) => json.model_type === 'toy',
  config(json, name) {
    const read = fieldsOf(json, name);
    const [nLayers, dModel, nHeads] = [read('layers'), read('width'), read('heads')];
    const dHead = dModel / nHeads;
    return {
      architecture: 'toy',
      nLayers,
      dModel,
      nHeads,
      nKeyHeads: read('key_heads'),
      dHead,
      dMlp: read('mlp'),
      dVocab: read('vocabulary'),
      nCtx: 32,
      parallel: false,
      positions: 'rotary',
      rotary: { dim: dHead, base: 10_000 },
      normalization: 'RMS',
      finalRms: true,
      epsilon: 1e-5,
      activation: 'silu',
      gated: true,
      logitSoftcap: 3,
      scoreDivisors: scoreDivisors(nLayers, { divisor: Math.sqrt(dHead) }),
    };
  },
  parts(weights, config) {
    const { dModel: d, dMlp, dVocab, dHead, nHeads, epsilon } = config;
    const nKeyHeads = config.nKeyHeads!;
    const norm = (from: Weights, name: string) =>
      ({ kind: 'rms', gain: from.take(name, [d]), epsilon }) as const;
    return {
      config,
      embed: weights.take('embed.weight', [dVocab, d]),
      finalNorm: norm(weights, 'norm.weight'),
      unembed: linearAt(weights, 'embed', dVocab, d),
      blocks: config.scoreDivisors.map((divisor, layer) => {
        const own = underPrefix(weights, `layers.${layer}.`);
        return {
          ln1: norm(own, 'norm1.weight'),
          ln2: norm(own, 'norm2.weight'),
          attention: {
            qkv: {
              q: linearAt(own, 'q', nHeads * dHead, d),
              k: linearAt(own, 'k', nKeyHeads * dHead, d),
              v: linearAt(own, 'v', nKeyHeads * dHead, d),
            },
            out: linearAt(own, 'o', d, nHeads * dHead),
            nHeads,
            nKeyHeads,
            divisor,
          },
          mlp: {
            kind: 'gated',
            activation: 'silu',
            gateAndIn: { gate: linearAt(own, 'gate', dMlp, d), in: linearAt(own, 'up', dMlp, d) },
            out: linearAt(own, 'down', d, dMlp),
          },
        };
      }),
    };
  },
  tensors: (weights, config) => ({
    config,
    async read(name) {
      lensShape(config, name);
      return weights.read(name === 'embed.W_E' ? 'embed.weight' : name);
    },
  }),
};

async function writeToy(): Promise<string> {
  const [d, mlp, vocabulary] = [16, 24, 11];
  const random = new Random(5, 'toy');
  const tensor = (shape: number[]): TensorToWrite => {
    const size = shape.reduce((a, b) => a * b, 1);
    const data = Float32Array.from({ length: size }, () => random.normal() * 0.4);
    return { dtype: 'F32', shape, data };
  };
  const blocks = [0, 1].flatMap((layer) =>
    Object.entries({
      'norm1.weight': [d],
      'norm2.weight': [d],
      'q.weight': [d, d],
      'k.weight': [d / 2, d],
      'v.weight': [d / 2, d],
      'o.weight': [d, d],
      'gate.weight': [mlp, d],
      'up.weight': [mlp, d],
      'down.weight': [d, mlp],
    }).map(([name, shape]): [string, TensorToWrite] => [`layers.${layer}.${name}`, tensor(shape)]),
  );
  await writeSafetensors(join(folder, 'model.safetensors'), [
    ['embed.weight', tensor([vocabulary, d])],
    ['norm.weight', tensor([d])],
    ...blocks,
  ]);
  const config = {
    model_type: 'toy',
    layers: 2,
    width: d,
    heads: 4,
    key_heads: 2,
    mlp,
    vocabulary,
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  return folder;
}

describe('a vision family of one’s own', () => {
  const families = [...VISION_FAMILIES, toyVision];

  it('is opened by a name that only it knows, and by its own name', async () => {
    expect(await resolveVisionModel('toy-vit', { families })).toMatchObject({ family: 'toy' });
    const backbone = await openVisionModel({ family: 'toy' }, { families });
    expect(backbone).toMatchObject({ family: 'toy', checkpoint: 'toy-vit' });
    await backbone.close();
  });

  it('is unknown elsewhere', async () => {
    expect((await mistake(openVisionModel({ family: 'toy' }))).message).toContain("'toy'");
    const error = await mistake(openVisionModel('toy-vit'));
    expect(error.hint).toContain('clip, siglip, dinov2, moondream2, world');
  });
});

describe('a language family of one’s own', () => {
  const families = [...LANGUAGE_FAMILIES, toyLanguage];
  const options = { families, processing: false, tokenizer: false, threads: 1 } as const;

  it('runs, and continues with keys and values kept as without', async () => {
    const model = await openLanguageModel(await writeToy(), options);
    expect(model.hookPoints).toContain('blocks.1.mlp.hook_pre_linear');
    const tokens = [[1, 2, 3, 4]];
    const { data, shape } = await model.logits(tokens);
    expect(shape).toEqual([1, 4, 11]);
    expect(Math.max(...data.map(Math.abs))).toBeLessThan(3);
    const kept = await model.generate(tokens, { maxNewTokens: 6 });
    expect(await model.generate(tokens, { maxNewTokens: 6, useCache: false })).toEqual(kept);
    expect((await model.matrices.W_E()).shape).toEqual([11, 16]);
    await model.close();
  });

  it('says that weights with RMS norms are not processed, and is unknown elsewhere', async () => {
    const path = await writeToy();
    const processed = openLanguageModel(path, { ...options, processing: true });
    expect((await mistake(processed)).message).toContain('RMS norms');
    const unknown = openLanguageModel(path, { ...options, families: LANGUAGE_FAMILIES });
    expect((await mistake(unknown)).message).toContain("unsupported architecture 'toy'");
  });
});
