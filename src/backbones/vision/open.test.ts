import { copyFile, mkdir, readdir, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startTestHub, type TestHub } from '../../../test/helpers/hub-repos.ts';
import { UserError } from '../../base/errors.ts';
import { openSafetensors, writeSafetensors } from '../../formats/safetensors.ts';
import { openSafetensorsModel } from '../../formats/safetensors-model.ts';
import { resolveVisionModel } from './open.ts';
import {
  preprocessConfig,
  readOpenClipConfig,
  towerConfig,
  towerOf,
} from './open-clip/open-clip-config.ts';
import { OPEN_CLIP_ARCHS, OPEN_CLIP_TAGS } from './open-clip/open-clip-table.ts';
import { whyNoTexts } from './open-clip/open-clip-text.ts';
import type { ResolvedVisionModel } from './types.ts';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/', import.meta.url));
const TORCH_FILE = join(FIXTURES, 'formats', 'tensors.pt');

let hub: TestHub;
beforeEach(async () => {
  hub = await startTestHub();
  vi.stubEnv('TORCH_HOME', join(hub.cacheDir, '..', 'torch'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
});

const resolve = (family: string, name: string): Promise<ResolvedVisionModel> =>
  resolveVisionModel({ family, name }, { settings: hub.settings() });

async function mistake(promise: Promise<unknown>): Promise<UserError> {
  const error = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return error;
}

/** A safetensors file of one tensor, as bytes. */
async function tensorFile(value: number, name = 'w'): Promise<Uint8Array> {
  const path = join(hub.root, '..', 'made.safetensors');
  await writeSafetensors(path, [
    [name, { dtype: 'F32', shape: [1], data: Float32Array.of(value) }],
  ]);
  return readFile(path);
}

interface Golden {
  readonly checkpoint: string;
  /** Files that open_clip looks for, in its order. */
  readonly tried: readonly string[];
  readonly imageSize: number;
  readonly patchSize: number;
  readonly nHeads: number;
  readonly activation: string;
  readonly epsilon: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly interpolation: string;
  readonly resizeMode: string;
  readonly poolType?: string;
  readonly finalLnAfterPool?: boolean;
  /** Of its text tower, unless that is of another library. */
  readonly texts: GoldenTexts | null;
}

interface GoldenTexts {
  readonly nHeads: number;
  readonly activation: string;
  readonly epsilon: number;
  readonly isCausal: boolean;
  readonly pool: string;
}

describe('open_clip names', async () => {
  const golden: Golden[] = JSON.parse(
    await readFile(join(FIXTURES, 'hub', 'open_clip.json'), 'utf8'),
  );

  test('the table holds every name that open_clip can run as one of our families', () => {
    const names = Object.entries(OPEN_CLIP_TAGS).flatMap(([arch, tags]) =>
      Object.keys(tags).map((tag) => `${arch}/${tag}`),
    );
    expect(names.sort()).toEqual(golden.map((row) => row.checkpoint).sort());
    expect(names.length).toBeGreaterThan(120);
  });

  test.each(golden)('$checkpoint is what open_clip makes of it', async (row) => {
    const repo = dirname(row.tried[0]!);
    await hub.repo(`models/${repo}`, { [basename(row.tried[0]!)]: await tensorFile(1) });
    const family = row.resizeMode === 'squash' && /SigLIP|siglip/.test(row.checkpoint);
    const { weights, config, texts } = await resolve(family ? 'siglip' : 'clip', row.checkpoint);
    expect(basename(weights)).toBe(basename(row.tried[0]!));
    expect(weights).toContain(`models--${repo.replace('/', '--')}`);
    const openai = row.checkpoint.endsWith('/openai');
    expect({
      epsilon: family ? 1e-6 : 1e-5,
      poolType: 'tok',
      finalLnAfterPool: false,
      ...config,
    }).toEqual({
      ...row,
      checkpoint: undefined,
      tried: undefined,
      texts: undefined,
      poolType: row.poolType ?? 'tok',
      finalLnAfterPool: row.finalLnAfterPool ?? false,
      // open_clip 3 runs OpenAI's weights with GELU, and warns; its earlier versions, which saev used, did not.
      activation: openai ? 'quickgelu' : row.activation,
    });
    if (texts === undefined || 'unsupported' in texts) return;
    const { layerNormEpsilon: epsilon = 1e-5, tokenizer, tokenizerRepo, ...about } = texts.config;
    expect({ isCausal: true, pool: 'argmax', epsilon, ...about }).toEqual({
      ...row.texts,
      activation: openai ? 'quickgelu' : row.texts!.activation,
    });
    expect([tokenizer, tokenizerRepo?.startsWith('timm/')]).toEqual(
      family ? ['siglip', true] : [undefined, undefined],
    );
    expect(texts.tokenizer).toEqual({ repo: { type: 'model', name: repo } });
  });

  test('every architecture is of a family, or has a reason why not', () => {
    const of = (arch: string): unknown => towerOf(OPEN_CLIP_ARCHS[arch]!);
    expect(of('ViT-B-16')).toEqual({ family: 'clip' });
    expect(of('ViT-B-16-SigLIP2')).toEqual({ family: 'siglip' });
    expect(of('RN50')).toEqual({ family: undefined, what: 'a ResNet' });
    expect(of('coca_ViT-B-32')).toMatchObject({ what: "CoCa's, with attentional pooling" });
    expect(of('convnext_base')).toMatchObject({ what: "timm's 'convnext_base'" });
    expect(of('EVA02-B-16')).toMatchObject({ what: "timm's 'eva02_base_patch16_clip_224'" });
  });

  test('text towers are read whose texts are cut into tokens as for CLIP or SigLIP, and no others', () => {
    const why = (arch: string): string | undefined => whyNoTexts(OPEN_CLIP_ARCHS[arch]!);
    expect(why('ViT-B-16')).toBeUndefined();
    expect(why('ViT-bigG-14-quickgelu')).toBeUndefined();
    expect(why('ViT-SO400M-14-SigLIP')).toBeUndefined();
    expect(why('ViT-B-16-SigLIP2')).toBeUndefined();
    expect(why('xlm-roberta-base-ViT-B-32')).toMatch(/'xlm-roberta-base', which is not read/);
    expect(why('ViT-H-14-CLIPA')).toMatch(/tokens by 'bert-base-uncased'/);
    expect(why('ViT-L-14-worldwide')).toMatch(/tokens by 'google\/mt5-base'/);
  });

  test('tags may be written with capitals and hyphens', async () => {
    await hub.repo('models/laion/CLIP-ViT-B-16-laion2B-s34B-b88K', {
      'open_clip_model.safetensors': await tensorFile(1),
    });
    const { weights } = await resolve('clip', 'ViT-B-16/LAION2B-S34B-B88K');
    expect(weights).toContain('laion2B');
  });

  test('torch weights are taken where there are no others, and rewritten once', async () => {
    await hub.repo('models/timm/vit_base_patch16_clip_224.openai', {
      'open_clip_pytorch_model.bin': await readFile(TORCH_FILE),
    });
    const { weights } = await resolve('clip', 'ViT-B-16/openai');
    expect(weights).toMatch(
      /home\/saev\/weights\/open_clip_pytorch_model-[0-9a-f]{16}\.safetensors$/,
    );
    const file = await openSafetensors(weights);
    expect(file.tensors.size).toBeGreaterThan(0);
    await file.close();
    const made = (await stat(weights)).mtimeMs;
    expect((await resolve('clip', 'ViT-B-16/openai')).weights).toBe(weights);
    expect((await stat(weights)).mtimeMs).toBe(made);
    expect(await readdir(dirname(weights))).toEqual([basename(weights)]);
  });

  test('a torch file that would run code is refused and leaves nothing', async () => {
    // os.system("true"), pickled.
    const hostile = Buffer.from(
      '\x80\x02cposix\nsystem\nq\x00X\x04\x00\x00\x00trueq\x01\x85q\x02Rq\x03.',
      'latin1',
    );
    await hub.repo('models/timm/vit_base_patch16_clip_224.openai', {
      'open_clip_pytorch_model.bin': hostile,
    });
    const error = await mistake(resolve('clip', 'ViT-B-16/openai'));
    expect(error.message).toMatch(/posix/);
    const left = await readdir(join(hub.cacheDir, '..', 'saev', 'weights')).catch(() => []);
    expect(left).toEqual([]);
  });

  test('the weights of a file take the architecture from the name', async () => {
    const path = join(hub.root, 'mine.safetensors');
    await writeFile(path, await tensorFile(1));
    const { weights, config } = await resolve('clip', `ViT-L-14-quickgelu/${path}`);
    expect(weights).toBe(path);
    expect(config).toMatchObject({ imageSize: 224, patchSize: 14, nHeads: 16 });
    expect(config.activation).toBe('quickgelu');
    const siglip = await resolve('siglip', `ViT-B-16-SigLIP-384/${path}`);
    expect(siglip.config).toMatchObject({
      imageSize: 384,
      resizeMode: 'squash',
      mean: [0.5, 0.5, 0.5],
    });
  });

  test.each([
    ['clip', 'ViT-B-61/openai', /unknown clip architecture: 'ViT-B-61'/, /'ViT-B-16'/],
    ['clip', 'ViT-B-16/opneai', /unknown weights of 'ViT-B-16': 'opneai'/, /'openai'/],
    ['clip', 'ViT-B-16', /missing weights of 'ViT-B-16'/, /ViT-B-16\/openai/],
    ['clip', 'ViT-B-16/', /missing weights of 'ViT-B-16'/, /known: openai, laion400m_e31/],
    ['clip', 'ViT-S-16/openai', /unknown weights of 'ViT-S-16'/, undefined],
    ['clip', 'RN50/openai', /its image tower is a ResNet/, /supported are/],
    ['clip', 'coca_ViT-L-14/laion2b_s13b_b90k', /its image tower is CoCa's/, /supported are/],
    ['clip', 'ViT-B-16-SigLIP/webli', /of the family clip/, /it is of the family siglip/],
    ['siglip', 'ViT-B-16/openai', /of the family siglip/, /it is of the family clip/],
    ['clip', '', /missing checkpoint/, undefined],
    ['clip', 'hf-hub:', /invalid name on the hub: 'hf-hub:'/, undefined],
    ['clip', 'local-dir:/no/such', /missing checkpoint: '\/no\/such'/, undefined],
    ['clip', 'constructor/openai', /unknown clip architecture: 'constructor'/, undefined],
    ['clip', 'ViT-B-16/toString', /unknown weights/, undefined],
    ['klip', 'ViT-B-16/openai', /unknown backbone family: 'klip'/, /'clip'/],
    ['__proto__', 'x', /unknown backbone family/, undefined],
  ])('%s %s is a mistake', async (family, name, message, hint) => {
    const error = await mistake(resolve(family, name));
    expect(error.message).toMatch(message);
    if (hint !== undefined) expect(error.hint).toMatch(hint);
    expect(hub.server.requests).toHaveLength(0);
  });
});

const CONFIG = {
  model_cfg: {
    embed_dim: 512,
    quick_gelu: true,
    vision_cfg: { image_size: 336, layers: 2, width: 160, head_width: 80, patch_size: 14 },
    text_cfg: {},
  },
  preprocess_cfg: {
    mean: [0.1, 0.2, 0.3],
    std: [1, 1, 1],
    resize_mode: 'squash',
    interpolation: null,
  },
};
const EXPECTED = {
  imageSize: 336,
  patchSize: 14,
  nHeads: 2,
  activation: 'quickgelu',
  mean: [0.1, 0.2, 0.3],
  std: [1, 1, 1],
  interpolation: 'bicubic',
  resizeMode: 'squash',
};

describe('open_clip_config.json', () => {
  test('of a hub repo is followed, at a revision too', async () => {
    await hub.repo('models/org/clip@v2', {
      'open_clip_config.json': JSON.stringify(CONFIG),
      'open_clip_model.safetensors': await tensorFile(1),
    });
    const { config } = await resolve('clip', 'hf-hub:org/clip@v2');
    expect(config).toEqual(EXPECTED);
  });

  test('of a folder in a hub repo is followed, at a revision too', async () => {
    const files = {
      'sub/folder/open_clip_config.json': JSON.stringify(CONFIG),
      'sub/folder/open_clip_model.safetensors': await tensorFile(1),
    };
    await hub.repo('models/org/many', files);
    await hub.repo('models/org/many@v2', files);
    for (const name of ['hf-hub:org/many/sub/folder', 'hf-hub:org/many@v2/sub/folder']) {
      const { config, weights } = await resolve('clip', name);
      expect(config).toEqual(EXPECTED);
      expect(weights).toContain(join('sub', 'folder'));
    }
    const error = await mistake(resolve('clip', 'hf-hub:org/many/sub'));
    expect(error.message).toContain("'hf-hub:org/many/sub': the repo has no open_clip_config.json");
  });

  test('of a local folder is followed, and the best file there taken', async () => {
    const folder = join(hub.root, 'mine');
    await mkdir(folder);
    await writeFile(join(folder, 'open_clip_config.json'), JSON.stringify(CONFIG));
    await writeFile(join(folder, 'a.safetensors'), await tensorFile(1));
    await writeFile(join(folder, 'open_clip_model.safetensors'), await tensorFile(2));
    for (const name of [folder, `local-dir:${folder}`, join(folder, 'a.safetensors')]) {
      const { weights, config } = await resolve('clip', name);
      expect(config).toEqual(EXPECTED);
      expect(basename(weights)).toBe(
        name.endsWith('.safetensors') ? 'a.safetensors' : 'open_clip_model.safetensors',
      );
    }
  });

  test('is missing in repos of other formats', async () => {
    await hub.repo('models/openai/clip', { 'model.safetensors': 'x' });
    const error = await mistake(resolve('clip', 'hf-hub:openai/clip'));
    expect(error.message).toBe(
      "unsupported checkpoint 'hf-hub:openai/clip': the repo has no open_clip_config.json",
    );
    expect(error.hint).toContain('hf-hub:timm/vit_base_patch16_clip_224.openai');
  });

  test('may describe SigLIP towers by timm name', () => {
    const { model } = readOpenClipConfig(
      {
        model_cfg: {
          quick_gelu: true,
          vision_cfg: { image_size: 512, timm_model_name: 'vit_large_patch16_siglip_512' },
        },
      },
      'x',
    );
    expect(towerOf(model)).toEqual({ family: 'siglip' });
    expect(towerConfig(model, 'x')).toEqual({
      imageSize: 512,
      patchSize: 16,
      nHeads: 16,
      activation: 'gelu_tanh',
    });
  });

  test('may set the activation and epsilon', () => {
    const vision_cfg = { norm_kwargs: { eps: 1e-6 }, act_kwargs: { approximate: 'tanh' } };
    expect(towerConfig({ vision_cfg }, 'x')).toMatchObject({
      activation: 'gelu_tanh',
      layerNormEpsilon: 1e-6,
      imageSize: 224,
      nHeads: 12,
    });
  });

  test.each([
    [{}, /no model_cfg.vision_cfg/],
    [[], /no model_cfg.vision_cfg/],
    [null, /no model_cfg.vision_cfg/],
    [
      { model_cfg: { vision_cfg: { image_size: [224, 448] } } },
      /unsupported image size .* not square/,
    ],
    [{ model_cfg: { vision_cfg: { image_size: -1 } } }, /invalid image size/],
    [{ model_cfg: { vision_cfg: { patch_size: '16' } } }, /invalid patch size/],
    [{ model_cfg: { vision_cfg: { width: null, head_width: 0 } } }, /invalid head_width/],
    [{ model_cfg: { vision_cfg: { qk_norm: true } } }, /other attention blocks/],
    [{ model_cfg: { vision_cfg: {} }, preprocess_cfg: { mean: [1, 2] } }, /invalid mean/],
    [{ model_cfg: { vision_cfg: {} }, preprocess_cfg: { std: 'a' } }, /invalid std/],
    [
      { model_cfg: { vision_cfg: {} }, preprocess_cfg: { interpolation: 'lanczos' } },
      /unsupported interpolation/,
    ],
    [
      { model_cfg: { vision_cfg: {} }, preprocess_cfg: { resize_mode: 'stretch' } },
      /unsupported resize mode/,
    ],
  ])('with %j is a mistake', async (content, message) => {
    await hub.repo('models/org/clip', {
      'open_clip_config.json': JSON.stringify(content),
      'open_clip_model.safetensors': await tensorFile(1),
    });
    const error = await mistake(resolve('clip', 'hf-hub:org/clip'));
    expect(error.message).toMatch(message);
  });

  test('may give one number for all channels', () => {
    expect(preprocessConfig({ mean: 0.5 as never }, 'x').mean).toEqual([0.5, 0.5, 0.5]);
  });
});

describe('dinov2', () => {
  test.each([
    ['dinov2_vits14', 'facebook/dinov2-small'],
    ['dinov2_vitg14_reg', 'facebook/dinov2-with-registers-giant'],
  ])('%s comes from %s', async (name, repo) => {
    await hub.repo(`models/${repo}`, { 'model.safetensors': await tensorFile(1) });
    const { family, weights } = await resolve('dinov2', name);
    expect(family).toBe('dinov2');
    expect(weights).toContain(`models--${repo.replace('/', '--')}`);
  });

  test('uses what torch.hub has downloaded', async () => {
    const folder = join(hub.cacheDir, '..', 'torch', 'hub', 'checkpoints');
    await mkdir(folder, { recursive: true });
    await copyFile(TORCH_FILE, join(folder, 'dinov2_vitb14_reg4_pretrain.pth'));
    const { weights } = await resolve('dinov2', 'dinov2_vitb14_reg');
    expect(basename(weights)).toMatch(/^dinov2_vitb14_reg4_pretrain-[0-9a-f]{16}\.safetensors$/);
    expect(hub.server.requests).toHaveLength(0);
  });

  test('takes an original file by its path, and again when it has changed', async () => {
    const path = join(hub.root, 'mine.pth');
    await copyFile(TORCH_FILE, path);
    const first = (await resolve('dinov2', path)).weights;
    await copyFile(join(FIXTURES, 'formats', 'tensors-legacy.pt'), path);
    const second = (await resolve('dinov2', path)).weights;
    expect(second).not.toBe(first);
  });

  test('knows its names', async () => {
    const error = await mistake(resolve('dinov2', 'dinov2_vitb16'));
    expect(error.message).toBe("unknown dinov2 checkpoint: 'dinov2_vitb16'");
    expect(error.hint).toContain("'dinov2_vitb14'");
  });
});

describe('weights in several files', () => {
  test('are fetched whole, and opened through their index', async () => {
    const index = {
      weight_map: { a: 'model-1-of-2.safetensors', b: 'model-2-of-2.safetensors' },
    };
    await hub.repo('models/org/big', {
      'model.safetensors.index.json': JSON.stringify(index),
      'model-1-of-2.safetensors': await tensorFile(1, 'a'),
      'model-2-of-2.safetensors': await tensorFile(2, 'b'),
    });
    const { weights } = await resolve('dinov2', 'hf-hub:org/big');
    const model = await openSafetensorsModel(weights);
    expect(await model.readFloat32('b')).toEqual(Float32Array.of(2));
    await model.close();
  });

  test('cannot be named outside of the repo', async () => {
    await hub.repo('models/org/big', {
      'model.safetensors.index.json': JSON.stringify({ weight_map: { a: '../../../evil' } }),
    });
    const error = await mistake(resolve('dinov2', 'hf-hub:org/big'));
    expect(error.message).toContain("'../../../evil' leads outside");
  });
});

describe('moondream2', () => {
  test.each([
    ['2024-03-06', { activation: 'gelu', layerNormEpsilon: 1e-6 }],
    ['2024-08-26', {}],
  ])('at %s', async (revision, config) => {
    await hub.repo(`models/vikhyatk/moondream2@${revision}`, {
      'model.safetensors': await tensorFile(1),
    });
    const resolved = await resolve('moondream2', `vikhyatk/moondream2:${revision}`);
    expect(resolved.config).toEqual(config);
    expect(await realpath(resolved.weights)).toContain('blobs');
  });

  test.each(['vikhyatk/moondream2', 'a:b:c', ':x'])('%s is a mistake', async (name) => {
    const error = await mistake(resolve('moondream2', name));
    expect(error.message).toBe(`invalid moondream2 checkpoint: '${name}'`);
    expect(error.hint).toContain('vikhyatk/moondream2:2024-03-06');
  });
});

describe('world', () => {
  test('knows one name, and paths', async () => {
    const path = join(hub.root, 'world.safetensors');
    await writeFile(path, await tensorFile(1));
    expect((await resolve('world', path)).weights).toBe(path);
    expect((await mistake(resolve('world', 'world'))).hint).toContain('world-vit');
  });

  test('looks for the shipped weights beside the package', async () => {
    const found = await resolve('world', 'world-vit').then(
      ({ weights }) => weights,
      (error: Error) => error.message,
    );
    expect(found).toContain(
      fileURLToPath(new URL('../../../assets/world-vit.safetensors', import.meta.url)),
    );
  });
});

describe('files', () => {
  test.each(['weights.npz', 'weights.txt', 'weights'])('%s is of no known kind', async (name) => {
    const path = join(hub.root, name);
    await writeFile(path, 'x');
    const error = await mistake(resolve('dinov2', path));
    expect(error.message).toBe(`unsupported checkpoint file: '${path}'`);
  });

  test('a folder without weights', async () => {
    const error = await mistake(resolve('dinov2', hub.root));
    expect(error.message).toBe(`missing weights in '${hub.root}'`);
  });

  test('a truncated torch file leaves nothing behind', async () => {
    const path = join(hub.root, 'cut.pth');
    await writeFile(path, (await readFile(TORCH_FILE)).subarray(0, 300));
    await mistake(resolve('dinov2', path));
    const left = await readdir(join(hub.cacheDir, '..', 'saev', 'weights')).catch(() => []);
    expect(left).toEqual([]);
  });
});
