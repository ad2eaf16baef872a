// dictionary_learning: ae.pt, a bare state dict, with the training's config.json beside it.
// https://github.com/saprmarks/dictionary_learning
import { join } from 'node:path';
import { z } from 'zod';
import { transpose } from '../../base/arrays.ts';
import { UserError } from '../../base/errors.ts';
import { writeJsonAtomic } from '../../base/files.ts';
import { f32, type TypedTensor } from '../../formats/tensor.ts';
import { stateDictOf } from '../../formats/torch/torch-state-dict.ts';
import { readTorchTensor } from '../../formats/torch/torch-tensor.ts';
import { writeTorchFile } from '../../formats/torch/torch-write.ts';
import type { Activation } from '../activation-functions/registry.ts';
import { type CoderConfig, type CoderWeights, isTranscoder, type SparseCoder } from '../coder.ts';
import { foldDecoderNorm, weightsForDecoderBias } from '../fold.ts';
import type { CheckpointHints } from './checkpoint-files.ts';
import type { CheckpointFormat } from './format.ts';
import { cannotHold, parseHeader, warnOfSign } from './header.ts';
import { metadataWithPlace, withPlace } from './place-fields.ts';
import { readWhole, torchWeights, type WeightSource } from './weight-source.ts';

/** Weights; where the training's config is missing, they are read without it. */
const WEIGHTS_FILE = 'ae.pt';
const CONFIG_FILE = 'config.json';

const Config = z.looseObject({
  trainer: z.looseObject({
    dict_class: z.string().optional(),
    trainer_class: z.string().optional(),
    activation_dim: z.number().optional(),
    dict_size: z.number().optional(),
  }),
});
type Trainer = z.infer<typeof Config>['trainer'];

/** What the names in a state dict tell of its class. */
type Layout =
  | 'AutoEncoder'
  | 'AutoEncoderNew'
  | 'GatedAutoEncoder'
  | 'TopK'
  | 'Matrices'
  | 'Groups';

/** Activation functions that the library has. */
type Kind = 'relu' | 'gated' | 'topk' | 'batchtopk' | 'jumprelu';

/** The library's classes: the layout of each, and its activation function. */
const CLASSES: Readonly<Record<string, { layout: Layout; kind: Kind }>> = {
  AutoEncoder: { layout: 'AutoEncoder', kind: 'relu' },
  AutoEncoderNew: { layout: 'AutoEncoderNew', kind: 'relu' },
  GatedAutoEncoder: { layout: 'GatedAutoEncoder', kind: 'gated' },
  AutoEncoderTopK: { layout: 'TopK', kind: 'topk' },
  BatchTopKSAE: { layout: 'TopK', kind: 'batchtopk' },
  JumpReluAutoEncoder: { layout: 'Matrices', kind: 'jumprelu' },
  MatryoshkaBatchTopKSAE: { layout: 'Groups', kind: 'batchtopk' },
};

/** Classes of trainers, where a config names only these. */
const TRAINERS: Readonly<Record<string, string>> = {
  TopKTrainer: 'AutoEncoderTopK',
  BatchTopKTrainer: 'BatchTopKSAE',
};

/** Tensors that say how a coder was trained, or that are read for its config. */
const BESIDE = ['k', 'threshold', 'group_sizes', 'active_groups'];

export const dictionaryLearning: CheckpointFormat<'dictionary-learning'> = {
  name: 'dictionary-learning',
  files: [CONFIG_FILE, WEIGHTS_FILE],
  endings: ['.pt'],
  async detect(files) {
    if (files.single === undefined) return files.has(WEIGHTS_FILE);
    const names = stateDictOf(await files.torch(files.single), files.path);
    return names.has('decoder.weight') || (names.has('W_enc') && names.has('W_dec'));
  },
  async open(files) {
    const name = files.single ?? WEIGHTS_FILE;
    const path = files.pathOf(name);
    const trainer = (await files.has(CONFIG_FILE))
      ? parseHeader(Config, await files.json(CONFIG_FILE), files.pathOf(CONFIG_FILE)).trainer
      : {};
    const stateDict = stateDictOf(await files.torch(name), path);
    const source = torchWeights(stateDict, path);
    const layout = layoutOf(source, path);
    const k = stateDict.get('k');
    const savedK = k === undefined ? undefined : Number((await readTorchTensor(k)).data[0]);
    const config = coderConfig(source, layout, { trainer, k: savedK, path, hints: files.hints });
    return {
      variant: `dictionary_learning, ${trainer.dict_class ?? layout}`,
      config,
      tensors: source.tensors,
      readWeights: () => readWhole(source, () => readWeights(source, layout, config), BESIDE),
    };
  },
  write,
};

function layoutOf(source: WeightSource, path: string): Layout {
  if (source.has('W_enc')) return source.has('group_sizes') ? 'Groups' : 'Matrices';
  if (source.has('gate_bias')) return 'GatedAutoEncoder';
  if (source.has('b_dec')) return 'TopK';
  if (source.has('decoder.bias')) return 'AutoEncoderNew';
  if (source.has('bias')) return 'AutoEncoder';
  throw new UserError(`invalid checkpoint: '${path}' is no dictionary that is known`);
}

interface Known {
  readonly trainer: Trainer;
  /** k of the state dict. */
  readonly k: number | undefined;
  readonly path: string;
  readonly hints: CheckpointHints;
}

function coderConfig(source: WeightSource, layout: Layout, known: Known): CoderConfig {
  const { trainer, path } = known;
  const isMatrices = layout === 'Matrices' || layout === 'Groups';
  const shape = source.shape(isMatrices ? 'W_enc' : 'encoder.weight');
  if (shape.length !== 2)
    throw new UserError(`invalid checkpoint: '${path}' has no encoder matrix`);
  const [dSae, dIn] = isMatrices ? [shape[1]!, shape[0]!] : [shape[0]!, shape[1]!];
  const { activation_dim: saidIn = dIn, dict_size: saidSae = dSae } = trainer;
  if (saidIn !== dIn || saidSae !== dSae) {
    throw new UserError(
      `invalid checkpoint: '${path}' has ${dIn} to ${dSae}, its config says ${saidIn} to ${saidSae}`,
    );
  }
  const activation = activationOf(source, layout, known);
  return withPlace({
    dIn,
    dOut: dIn,
    dSae,
    activation,
    subtractDecoderBias: layout !== 'AutoEncoderNew' && activation.kind !== 'jumprelu',
    metadata: { ...trainer },
  });
}

function activationOf(
  source: WeightSource,
  layout: Layout,
  { trainer, k, path, hints }: Known,
): Activation {
  const kind = kindOf(trainer, layout, path) ?? kindWithoutConfig(source, layout, path, hints);
  if (kind !== 'topk' && kind !== 'batchtopk') return { kind };
  if (k === undefined || !Number.isSafeInteger(k) || k <= 0) {
    throw new UserError(`invalid checkpoint: missing k in '${path}'`);
  }
  return { kind, k };
}

/** The activation function that a training's config tells; undefined where it tells none. */
function kindOf(
  { dict_class, trainer_class = '' }: Trainer,
  layout: Layout,
  path: string,
): Kind | undefined {
  const name =
    dict_class ?? (Object.hasOwn(TRAINERS, trainer_class) ? TRAINERS[trainer_class]! : undefined);
  if (name === undefined) return undefined;
  if (!Object.hasOwn(CLASSES, name)) {
    throw new UserError(`unsupported dictionary '${name}' beside '${path}'`, {
      hint: `known: ${Object.keys(CLASSES).join(', ')}`,
    });
  }
  const found = CLASSES[name]!;
  if (found.layout === layout) return found.kind;
  throw new UserError(
    `invalid checkpoint: the config beside '${path}' says ${name}, its tensors are those of another class`,
  );
}

function kindWithoutConfig(
  source: WeightSource,
  layout: Layout,
  path: string,
  hints: CheckpointHints,
): Kind {
  const kinds = Object.values(CLASSES).flatMap((each) =>
    each.layout === layout ? [each.kind] : [],
  );
  if (kinds.length === 1) return kinds[0]!;
  // A TopK of the library's first versions has no threshold; every BatchTopK has one.
  if (!source.has('threshold')) return 'topk';
  if (hints.activation !== undefined) return hints.activation;
  throw new UserError(
    `'${path}' holds a TopK or a BatchTopK coder: without its training's config, nothing tells which`,
    {
      hint: `put ${CONFIG_FILE} beside it, or say which: saev convert FROM TO --activation batchtopk (or topk)`,
    },
  );
}

async function readWeights(
  source: WeightSource,
  layout: Layout,
  { dIn, dSae, activation }: CoderConfig,
): Promise<CoderWeights> {
  if (layout === 'Matrices' || layout === 'Groups') {
    const weights: CoderWeights = {
      wEnc: await source.readTransposed('W_enc', [dSae, dIn]),
      bEnc: await source.read('b_enc', [dSae]),
      wDec: await source.read('W_dec', [dSae, dIn]),
      bDec: await source.read('b_dec', [dIn]),
      threshold: await source.read('threshold', [activation.kind === 'jumprelu' ? dSae : 1]),
    };
    if (activation.kind !== 'jumprelu') return weights;
    // The library's jumprelu ends in a relu, so a threshold below 0 acts as 0; its codes are f · ‖W_dec[i]‖.
    const threshold = weights.threshold!.map((value) => Math.max(value, 0));
    return foldDecoderNorm({ ...weights, threshold });
  }
  const wEnc = await source.read('encoder.weight', [dSae, dIn]);
  const wDec = await source.readTransposed('decoder.weight', [dSae, dIn]);
  const bias = (name: string, length: number): Promise<Float32Array> => source.read(name, [length]);
  if (layout === 'GatedAutoEncoder') {
    return foldDecoderNorm({
      wEnc,
      bEnc: await bias('mag_bias', dSae),
      wDec,
      bDec: await bias('decoder_bias', dIn),
      gated: { rMag: await bias('r_mag', dSae), bGate: await bias('gate_bias', dSae) },
    });
  }
  const outputBias = { AutoEncoder: 'bias', AutoEncoderNew: 'decoder.bias', TopK: 'b_dec' }[layout];
  return {
    wEnc,
    bEnc: await bias('encoder.bias', dSae),
    wDec,
    bDec: await bias(outputBias, dIn),
    ...(activation.kind === 'batchtopk' ? { threshold: await bias('threshold', 1) } : {}),
  };
}

/**
 * Write an autoencoder into folder `path`. The library's gated and jumprelu codes are scaled by the decoder's norms, so
 * for these the decoder is written with norm 1 and the codes carry the factor; reconstructions are the same.
 * @throws {UserError} for transcoders
 */
async function write(coder: SparseCoder, path: string): Promise<void> {
  const { dIn, dSae, activation } = coder.config;
  if (isTranscoder(coder.config) || coder.weights.wSkip) {
    throw cannotHold('dictionary-learning', 'a transcoder');
  }
  const { dictClass, tensors } = dictOf(coder);
  await writeTorchFile(join(path, WEIGHTS_FILE), new Map(tensors));
  await writeJsonAtomic(join(path, CONFIG_FILE), {
    trainer: {
      ...metadataWithPlace(coder.config),
      dict_class: dictClass,
      activation_dim: dIn,
      dict_size: dSae,
      ...('k' in activation ? { k: activation.k } : {}),
    },
    buffer: {},
  });
}

function dictOf(coder: SparseCoder): { dictClass: string; tensors: [string, TypedTensor][] } {
  const { dIn, dSae, activation, subtractDecoderBias } = coder.config;
  const latents = (data: Float32Array): TypedTensor => f32(data, dSae);
  const outputs = (data: Float32Array): TypedTensor => f32(data, dIn);
  const rows = (data: Float32Array): TypedTensor => f32(data, dSae, dIn);
  const columns = (data: Float32Array): TypedTensor => f32(transpose(data, dSae, dIn), dIn, dSae);
  const { kind } = activation;

  if (kind === 'jumprelu') {
    const weights = foldDecoderNorm(weightsForDecoderBias(coder, false));
    return {
      dictClass: 'JumpReluAutoEncoder',
      tensors: [
        ['W_enc', columns(weights.wEnc)],
        ['b_enc', latents(weights.bEnc)],
        ['W_dec', rows(weights.wDec)],
        ['b_dec', outputs(weights.bDec)],
        ['threshold', latents(weights.threshold!)],
      ],
    };
  }
  if (kind === 'gated') {
    const weights = foldDecoderNorm(weightsForDecoderBias(coder, true));
    return {
      dictClass: 'GatedAutoEncoder',
      tensors: [
        ['decoder_bias', outputs(weights.bDec)],
        ['r_mag', latents(weights.gated!.rMag)],
        ['gate_bias', latents(weights.gated!.bGate)],
        ['mag_bias', latents(weights.bEnc)],
        ['encoder.weight', rows(weights.wEnc)],
        ['decoder.weight', columns(weights.wDec)],
      ],
    };
  }
  // The relu class without subtraction is AutoEncoderNew; every top-k class subtracts.
  const subtract = kind !== 'relu' || subtractDecoderBias;
  const { wEnc, bEnc, wDec, bDec, threshold } = weightsForDecoderBias(coder, subtract);
  const matrices: [string, TypedTensor][] = [
    ['encoder.weight', rows(wEnc)],
    ['encoder.bias', latents(bEnc)],
    ['decoder.weight', columns(wDec)],
  ];
  if (kind === 'relu') {
    return subtract
      ? { dictClass: 'AutoEncoder', tensors: [['bias', outputs(bDec)], ...matrices] }
      : { dictClass: 'AutoEncoderNew', tensors: [...matrices, ['decoder.bias', outputs(bDec)]] };
  }
  if (!('k' in activation)) throw cannotHold('dictionary-learning', `a ${kind} coder`);
  if (kind === 'topk' && activation.signed) warnOfSign('dictionary-learning', false);
  return {
    dictClass: kind === 'topk' ? 'AutoEncoderTopK' : 'BatchTopKSAE',
    tensors: [
      ['b_dec', outputs(bDec)],
      ['k', { dtype: 'I32', shape: [], data: Int32Array.of(activation.k) }],
      ['threshold', f32(threshold ?? Float32Array.of(-1))],
      ...matrices,
    ],
  };
}
