// From names to models: TransformerLens' names, the hub, folders and files, and configs of every kind.
import { cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestHub, type TestHub } from '../../../test/helpers/hub-repos.ts';
import {
  LANGUAGE_FIXTURES,
  type LanguageWorkshop,
  languageGolden,
  languageWorkshop,
} from '../../../test/helpers/language.ts';
import { UserError } from '../../base/errors.ts';
import {
  openSafetensors,
  type TensorToWrite,
  writeSafetensors,
} from '../../formats/safetensors.ts';
import { languageConfig } from './config.ts';
import { LANGUAGE_MODELS, repositoriesOf } from './known-checkpoints.ts';
import { openLanguageModel } from './open.ts';
import { loadTokenizerOf, resolveLanguageModel } from './resolve.ts';

let workshop: LanguageWorkshop;
let hub: TestHub;
beforeAll(async () => {
  workshop = await languageWorkshop();
  // Everything from one server: the one for large files knows no names without an organisation.
  hub = await startTestHub({ largeFrom: Number.POSITIVE_INFINITY });
});
afterAll(async () => {
  await workshop.close();
  await hub.close();
});

async function mistake(work: Promise<unknown> | (() => unknown)): Promise<UserError> {
  const error = await Promise.resolve()
    .then(() => (typeof work === 'function' ? work() : work))
    .then(
      () => undefined,
      (reason: unknown) => reason,
    );
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}

/** A copy of the GPT-2 fixture whose weights are renamed or changed; undefined leaves one out. */
async function editedGpt2(
  name: string,
  edit: (key: string, tensor: TensorToWrite) => [string, TensorToWrite][],
  config: Record<string, unknown> = {},
): Promise<string> {
  const folder = join(workshop.folder, name);
  await mkdir(folder);
  const file = await openSafetensors(join(LANGUAGE_FIXTURES, 'gpt2/model.safetensors'));
  const tensors: [string, TensorToWrite][] = [];
  for (const key of file.tensors.keys()) tensors.push(...edit(key, await file.read(key)));
  await file.close();
  await writeSafetensors(join(folder, 'model.safetensors'), tensors);
  const json = JSON.parse(await readFile(join(LANGUAGE_FIXTURES, 'gpt2/config.json'), 'utf8'));
  await writeFile(join(folder, 'config.json'), JSON.stringify({ ...json, ...config }));
  return folder;
}

describe('names', () => {
  it("all of TransformerLens' for these families are known, save those of the oldest layout", async () => {
    const path = join(LANGUAGE_FIXTURES, 'names.json');
    const table: Record<string, string> = JSON.parse(await readFile(path, 'utf8'));
    const names = Object.entries(table).filter(([, official]) => !official.endsWith('_old'));
    expect(names.length).toBeGreaterThan(150);
    for (const [name, official] of names) expect(repositoriesOf(name), name).toContain(official);
    expect(repositoriesOf('gpt2-small')).toEqual(['openai-community/gpt2', 'gpt2']);
    expect(LANGUAGE_MODELS).toContain('pythia-70m');
  });

  it('that are unknown are answered with the nearest', async () => {
    const error = await mistake(resolveLanguageModel('pythia-71m', { settings: hub.settings() }));
    expect(error.message).toBe("unknown language model: 'pythia-71m'");
    expect(error.hint).toContain("'pythia-70m'");
  });
});

describe('on the hub', () => {
  const files = async (name: string, ...more: string[]) =>
    Object.fromEntries(
      await Promise.all(
        ['config.json', ...more].map(async (file) => [
          file,
          await readFile(join(LANGUAGE_FIXTURES, name, file)),
        ]),
      ),
    );

  it('a short name finds the repository, and the model runs as from a folder', async () => {
    await hub.repo('models/openai-community/gpt2', await files('gpt2', 'model.safetensors'));
    const settings = hub.settings();
    const model = await resolveLanguageModel('gpt2', { settings });
    expect(model.config.nLayers).toBe(2);
    expect(model.source).toEqual({
      kind: 'hub',
      repo: { type: 'model', name: 'openai-community/gpt2', revision: undefined },
    });
    const backbone = await openLanguageModel(model, { settings, threads: 1, tokenizer: false });
    const golden = await languageGolden('gpt2');
    const logits = await backbone.logits(golden.tokens);
    expect(logits.data).toBeNear(golden.tensor('processed/logits').data, 1e-5);
    await backbone.close();
  });

  it("TransformerLens' own models are read from their .pth, with the name of their tokenizer", async () => {
    await hub.repo('models/NeelNanda/GELU_1L512W_C4_Code', await files('gelu', 'model_final.pth'));
    const model = await resolveLanguageModel('gelu-1l', { settings: hub.settings() });
    expect(model.config).toMatchObject({ architecture: 'lens', activation: 'gelu', nLayers: 1 });
    expect(model.tokenizer).toBe('NeelNanda/gpt-neox-tokenizer-digits');
    expect(model.weights).toMatch(/\.safetensors$/);
  });

  it('a revision and any repository of a known architecture can be named', async () => {
    await hub.repo(
      'models/EleutherAI/pythia-70m@step1000',
      await files('neox', 'model.safetensors'),
    );
    await hub.repo('models/someone/tiny', await files('neox', 'model.safetensors'));
    for (const name of ['pythia-70m@step1000', 'someone/tiny', 'hf-hub:someone/tiny']) {
      const model = await resolveLanguageModel(name, { settings: hub.settings() });
      expect(model.config.rotary, name).toEqual({ dim: 2, base: 10_000 });
    }
  });

  it('a folder of a repository is a model, at a revision, too, with the tokenizer beside it or above', async () => {
    const inFolder = async (folder: string, name: string): Promise<Record<string, Uint8Array>> =>
      Object.fromEntries(
        Object.entries<Uint8Array>(await files(name, 'model.safetensors')).map(
          ([path, content]) => [`${folder}/${path}`, content],
        ),
      );
    const end = '<|endoftext|>';
    const tokenizer = JSON.stringify({
      added_tokens: [{ id: 0, content: end, special: true }],
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false },
      decoder: { type: 'ByteLevel' },
      model: { type: 'BPE', vocab: { [end]: 0, a: 1 }, merges: [] },
    });
    await hub.repo('models/someone/many', {
      ...(await inFolder('gpt2/small', 'gpt2')),
      ...(await inFolder('steps/1000', 'neox')),
      'gpt2/small/tokenizer.json': tokenizer,
      'tokenizer.json': tokenizer,
    });
    await hub.repo('models/someone/many@v2', await inFolder('steps/1000', 'neox'));
    const settings = hub.settings();
    const resolve = (name: string) => resolveLanguageModel(name, { settings });
    const own = await resolve('someone/many/gpt2/small');
    expect(own).toMatchObject({
      name: 'someone/many/gpt2/small',
      config: { nLayers: 2 },
      source: { kind: 'hub', repo: { name: 'someone/many', folder: 'gpt2/small' } },
    });
    const [beside, above] = [own, await resolve('hf-hub:someone/many/steps/1000')];
    expect((await loadTokenizerOf(beside, { settings })).name).toBe('someone/many/gpt2/small');
    expect((await loadTokenizerOf(above, { settings })).name).toBe('someone/many');
    for (const name of ['hf-hub:someone/many@v2/steps/1000', 'someone/many@v2:steps/1000']) {
      const { config, source } = await resolve(name);
      expect(config.rotary, name).toEqual({ dim: 2, base: 10_000 });
      expect(source).toMatchObject({ repo: { revision: 'v2', folder: 'steps/1000' } });
    }
    const backbone = await openLanguageModel(own, { settings, threads: 1, tokenizer: false });
    expect(backbone.checkpoint).toBe('someone/many/gpt2/small');
    await backbone.close();
    const missing = await mistake(resolve('someone/many/steps/2000'));
    expect(missing.message).toContain('steps/2000/config.json');
  });

  it('a model that the cache holds under its old name is used when the hub has nothing', async () => {
    await hub.repo('models/distilgpt2', await files('gpt2', 'model.safetensors'));
    const settings = hub.settings();
    await resolveLanguageModel('hf-hub:distilgpt2', { settings });
    const model = await resolveLanguageModel('distilgpt2', { settings });
    expect(model.weights).toContain('models--distilgpt2');
  });

  it('an architecture that cannot be read is said by its name', async () => {
    const config = JSON.stringify({ model_type: 'llama', architectures: ['LlamaForCausalLM'] });
    await hub.repo('models/meta/llama', { 'config.json': config });
    const error = await mistake(resolveLanguageModel('meta/llama', { settings: hub.settings() }));
    expect(error.message).toBe("unsupported architecture 'LlamaForCausalLM' of model 'meta/llama'");
    expect(error.hint).toMatch(/GPT-2, GPT-NeoX/);
  });

  it('a repository that is not there is said so', async () => {
    const settings = hub.settings();
    const error = await mistake(resolveLanguageModel('nobody/nothing', { settings }));
    expect(error.message).toContain('nobody/nothing');
  });
});

describe('on this disk', () => {
  it('a folder and a file are read, with and without the prefix of the whole model', async () => {
    const golden = await languageGolden('gpt2');
    const prefixed = await editedGpt2('prefixed', (key, tensor) => [
      [`transformer.${key}`, tensor],
      ...(key === 'wte.weight' ? ([['lm_head.weight', tensor]] as [string, TensorToWrite][]) : []),
    ]);
    for (const path of [prefixed, join(prefixed, 'model.safetensors')]) {
      const backbone = await workshop.open(path, { processing: false });
      const logits = await backbone.logits(golden.tokens);
      expect(logits.data).toBeNear(golden.tensor('raw/logits').data, 1e-5);
    }
  });

  it('a model in several files is read', async () => {
    const golden = await languageGolden('gpt2');
    const folder = await editedGpt2('whole', (key, tensor) => [[key, tensor]]);
    const sharded = join(workshop.folder, 'sharded');
    await mkdir(sharded);
    const file = await openSafetensors(join(folder, 'model.safetensors'));
    const map: Record<string, string> = {};
    const shards = new Map<string, [string, TensorToWrite][]>();
    for (const [i, key] of [...file.tensors.keys()].entries()) {
      map[key] = `model-0000${(i % 3) + 1}-of-00003.safetensors`;
      shards.set(map[key], [...(shards.get(map[key]) ?? []), [key, await file.read(key)]]);
    }
    await file.close();
    for (const [name, tensors] of shards) await writeSafetensors(join(sharded, name), tensors);
    const index = JSON.stringify({ weight_map: map });
    await writeFile(join(sharded, 'model.safetensors.index.json'), index);
    await rename(join(folder, 'config.json'), join(sharded, 'config.json'));
    for (const processing of [false, true]) {
      const backbone = await workshop.open(sharded, { processing });
      const logits = await backbone.logits(golden.tokens);
      const expected = golden.tensor(processing ? 'processed/logits' : 'raw/logits');
      expect(logits.data).toBeNear(expected.data, 1e-5);
    }
  });

  it('processed weights are written once, and anew when the source or the steps change', async () => {
    const folder = await editedGpt2('changing', (key, tensor) => [[key, tensor]]);
    const list = async (): Promise<string[]> =>
      (await readdir(join(workshop.settings.cacheDir, '../saev/processed'))).filter((name) =>
        name.endsWith('.safetensors'),
      );
    await workshop.open(folder);
    const first = await list();
    await workshop.open(folder, { processing: { foldLayerNorm: true } });
    expect(await list()).toEqual(first);
    await workshop.open(folder, { processing: { centerUnembed: false } });
    expect((await list()).length).toBe(first.length + 1);
    await cp(join(LANGUAGE_FIXTURES, 'gpt2/model.safetensors'), join(folder, 'model.safetensors'));
    await workshop.open(folder);
    expect((await list()).length).toBe(first.length + 2);
  });

  it('what is missing is named', async () => {
    expect((await mistake(workshop.open('./nowhere'))).message).toBe(
      "missing language model: './nowhere'",
    );
    const folder = join(workshop.folder, 'bare');
    await mkdir(folder);
    expect((await mistake(workshop.open(folder))).message).toContain('missing model config');
    await cp(join(LANGUAGE_FIXTURES, 'gpt2/config.json'), join(folder, 'config.json'));
    expect((await mistake(workshop.open(folder))).message).toContain('missing weights');
    await writeFile(join(folder, 'config.json'), '{');
    expect((await mistake(workshop.open(folder))).message).toContain('is not JSON');
  });

  it('weights that are missing, too many or of another shape are named, and nothing is written', async () => {
    const lacking = await editedGpt2('lacking', (key, tensor) =>
      key === 'h.1.mlp.c_fc.bias' ? [] : [[key, tensor]],
    );
    expect((await mistake(workshop.open(lacking))).message).toContain(
      "missing weight 'h.1.mlp.c_fc.bias'",
    );
    const deep = await editedGpt2('deep', (key, tensor) => [[key, tensor]], { n_layer: 1 });
    expect((await mistake(workshop.open(deep))).message).toBe(
      "invalid checkpoint: 'h.1.ln_1.weight' is in it, but its config says 1 layers",
    );
    const wide = await editedGpt2('wide', (key, tensor) => [[key, tensor]], { n_embd: 20 });
    expect((await mistake(workshop.open(wide))).message).toMatch(
      /'wte.weight' .*shape \[41, 16\], expected \[41, 20\]/,
    );
  });
});

describe('configs', () => {
  const gpt2 = {
    model_type: 'gpt2',
    n_layer: 2,
    n_embd: 16,
    n_head: 4,
    vocab_size: 9,
    n_positions: 8,
  };
  const lens = { n_layers: 1, d_model: 16, n_heads: 2, d_head: 8, d_mlp: 32, n_ctx: 8, d_vocab: 9 };

  it('of GPT-2 may scale scores by layer, or not at all', () => {
    const scaled = languageConfig({ ...gpt2, scale_attn_by_inverse_layer_idx: true }, 'x');
    expect(scaled.scoreDivisors).toEqual([2, 4]);
    expect(languageConfig({ ...gpt2, scale_attn_weights: false }, 'x').scoreDivisors).toEqual([
      1, 1,
    ]);
    expect(languageConfig(gpt2, 'x')).toMatchObject({ dMlp: 64, activation: 'gelu_tanh', nCtx: 8 });
  });

  it('of GPT-NeoX hold the rotation in an old or a new place', () => {
    const neox = {
      model_type: 'gpt_neox',
      num_hidden_layers: 1,
      hidden_size: 64,
      num_attention_heads: 2,
      intermediate_size: 8,
      vocab_size: 9,
      max_position_embeddings: 8,
    };
    const rotary = (more: object): unknown => languageConfig({ ...neox, ...more }, 'x').rotary;
    expect(rotary({ rotary_pct: 0.5 })).toEqual({ dim: 16, base: 10_000 });
    const rope_parameters = { rope_theta: 500, partial_rotary_factor: 1, rope_type: 'default' };
    expect(rotary({ rope_parameters })).toEqual({ dim: 32, base: 500 });
    expect(() => rotary({ rope_parameters: { rope_type: 'yarn' } })).toThrow(/positions 'yarn'/);
    expect(() => rotary({ rotary_pct: 0.1 })).toThrow(/invalid rotary_pct 0.1/);
    // The key was renamed from type to rope_type, and the place from rope_scaling to rope_parameters.
    for (const key of ['rope_scaling', 'rope_parameters']) {
      for (const kind of ['type', 'rope_type']) {
        expect(() => rotary({ [key]: { [kind]: 'linear', factor: 4 } })).toThrow(/'linear'/);
        expect(rotary({ [key]: { [kind]: 'default' } })).toEqual({ dim: 8, base: 10_000 });
      }
      expect(() => rotary({ [key]: { factor: 4 } })).toThrow(/unsupported rotary positions/);
      expect(() => rotary({ [key]: 'linear' })).toThrow(`invalid ${key}`);
      expect(rotary({ [key]: null })).toEqual({ dim: 8, base: 10_000 });
    }
    // As in transformers, the table goes before the old names.
    expect(rotary({ rope_parameters, rotary_emb_base: 7, rotary_pct: 0.5 })).toEqual({
      dim: 32,
      base: 500,
    });
    for (const more of [{ use_parallel_residual: 'no' }, { head_dim: 16 }, { rope_type: 'yarn' }]) {
      expect(() => rotary(more)).toThrow(Object.keys(more)[0]);
    }
  });

  it('of GPT-2 may have the names that transformers takes for its own, and harmless ones', () => {
    const { n_embd, n_layer, n_head, n_positions, ...rest } = gpt2;
    const renamed = {
      ...rest,
      hidden_size: n_embd,
      num_hidden_layers: n_layer,
      num_attention_heads: n_head,
      max_position_embeddings: n_positions,
      attn_pdrop: 0.1,
      summary_activation: null,
      output_attentions: false,
      attention_dropout: 0.2,
      gradient_checkpointing: false,
      reorder_and_upcast_attn: true,
      _attn_implementation_autoset: true,
      id2label: { 0: 'LABEL_0' },
    };
    expect(languageConfig(renamed, 'x')).toEqual(languageConfig(gpt2, 'x'));
  });

  it.each([
    [[], /not an object/],
    [null, /not an object/],
    [{}, /unsupported architecture 'unknown'/],
    [{ ...gpt2, n_layer: 0 }, /'n_layer' .* invalid: 0/],
    [{ ...gpt2, n_head: undefined }, /'n_head' .* missing/],
    [{ ...gpt2, n_head: 5 }, /5 heads do not divide a width of 16/],
    [{ ...gpt2, n_embd: '16' }, /'n_embd' .* invalid: "16"/],
    [{ ...gpt2, activation_function: 'mish' }, /activation function 'mish'/],
    [{ ...gpt2, layer_norm_epsilon: -1 }, /'layer_norm_epsilon' .* invalid: -1/],
    [{ ...gpt2, add_cross_attention: true }, /'add_cross_attention' is true/],
    [{ ...gpt2, n_layer: 300_000_000 }, /'n_layer' .* invalid: 300000000/],
    [{ ...gpt2, n_layer: 4_294_967_296 }, /'n_layer' .* invalid/],
    [{ ...gpt2, n_positions: 2 ** 25 }, /'n_positions' .* invalid/],
    [{ ...gpt2, vocab_size: 2 ** 40 }, /'vocab_size' .* invalid/],
    [{ ...gpt2, hidden_size: 32 }, /'n_embd' and 'hidden_size' .* disagree: 16 and 32/],
    [{ ...gpt2, scale_attn_weights: 0 }, /'scale_attn_weights' .* invalid: 0/],
    [{ ...gpt2, scale_attn_by_inverse_layer_idx: null }, /'scale_attn_by_inverse_layer_idx'/],
    [{ ...gpt2, layer_norm_eps: 1e-3 }, /'layer_norm_eps' is 0.001/],
    [{ ...gpt2, attn_softcap: 30 }, /'attn_softcap' is 30/],
    [{ ...gpt2, pruned_heads: { 0: [1] } }, /'pruned_heads'/],
    [{ ...gpt2, quantization_config: { bits: 4 } }, /'quantization_config' is {"bits":4}/],
    [{ ...gpt2, auto_map: { AutoModelForCausalLM: 'm.M' } }, /'auto_map'/],
    [{ ...gpt2, rope_scaling: { type: 'linear' } }, /'rope_scaling'/],
    [{ ...lens, act_fn: 'gelu', normalization: 'RMS' }, /normalization 'RMS'/],
    [{ ...lens, act_fn: undefined, normalization: 'LN' }, /activation function 'undefined'/],
    [{ ...lens, act_fn: 'gelu' }, /'normalization' .* missing/],
    [{ ...lens, act_fn: 'gelu', normalization: 'LN', gated_mlp: true }, /'gated_mlp' is true/],
    [
      { ...lens, act_fn: 'gelu', normalization: 'LN', positional_embedding_type: 'rotary' },
      /'positional_embedding_type' is "rotary"/,
    ],
    [{ ...lens, act_fn: 'gelu', normalization: 'LN', n_key_value_heads: 1 }, /'n_key_value_heads'/],
    [{ ...lens, act_fn: 'gelu', normalization: 'LN', attn_scale: 1 }, /'attn_scale' is 1/],
    [{ ...lens, act_fn: 'gelu', normalization: 'LN', n_layers: 2 ** 30 }, /'n_layers' .* invalid/],
  ])('%j is refused', async (json, message) => {
    expect((await mistake(() => languageConfig(json, 'x'))).message).toMatch(message);
  });
});
