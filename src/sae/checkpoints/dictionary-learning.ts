// dictionary_learning: ae.pt, a bare state dict, with the training's config.json beside it.
// https://github.com/saprmarks/dictionary_learning
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import { kindOfPath, readJson } from '../../base/files.ts';
import { openTorchFile } from '../../formats/torch/torch-file.ts';
import { stateDictOf } from '../../formats/torch/torch-state-dict.ts';
import { readTorchTensor } from '../../formats/torch/torch-tensor.ts';
import type { Activation, CoderConfig, CoderWeights } from '../coder.ts';
import { foldDecoderNorm } from '../fold.ts';
import { writeDictionaryLearning } from './dictionary-learning-write.ts';
import type { CheckpointFormat } from './format.ts';
import { parseHeader } from './header.ts';
import { torchWeights, type WeightSource } from './weight-source.ts';

const Config = z.looseObject({ trainer: z.looseObject({ dict_class: z.string().optional() }) });

/** The library's classes, told apart by the names in their state dicts. */
type Layout = 'AutoEncoder' | 'AutoEncoderNew' | 'GatedAutoEncoder' | 'TopK' | 'Matrices';

export const dictionaryLearning: CheckpointFormat = {
  name: 'dictionary-learning',
  async open(path) {
    const weightsPath = (await kindOfPath(path)) === 'folder' ? join(path, 'ae.pt') : path;
    const trainer = await readTrainer(join(dirname(weightsPath), 'config.json'));
    const file = await openTorchFile(weightsPath);
    try {
      const stateDict = stateDictOf(file.value, weightsPath);
      const source = torchWeights(stateDict, weightsPath);
      const layout = layoutOf(source, weightsPath);
      const k = stateDict.get('k');
      const savedK = k === undefined ? undefined : Number((await readTorchTensor(k)).data[0]);
      const config = coderConfig(source, layout, trainer, savedK, weightsPath);
      return {
        variant: `dictionary_learning, ${trainer.dict_class ?? layout}`,
        config,
        tensors: source.tensors,
        readWeights: () => readWeights(source, layout, config),
        close: () => file.close(),
      };
    } catch (error) {
      await file.close();
      throw error;
    }
  },
  write: writeDictionaryLearning,
};

async function readTrainer(path: string): Promise<z.infer<typeof Config>['trainer']> {
  if ((await kindOfPath(path)) !== 'file') return {};
  return parseHeader(Config, await readJson(path, 'checkpoint config'), path).trainer;
}

/** Whether a state dict is one that this library writes. */
export function isDictionaryLearning(names: ReadonlySet<string>): boolean {
  return names.has('decoder.weight') || (names.has('W_enc') && names.has('W_dec'));
}

function layoutOf(source: WeightSource, path: string): Layout {
  if (source.has('W_enc')) return 'Matrices';
  if (source.has('gate_bias')) return 'GatedAutoEncoder';
  if (source.has('b_dec')) return 'TopK';
  if (source.has('decoder.bias')) return 'AutoEncoderNew';
  if (source.has('bias')) return 'AutoEncoder';
  throw new UserError(`invalid checkpoint: '${path}' is no dictionary that is known`);
}

function coderConfig(
  source: WeightSource,
  layout: Layout,
  trainer: z.infer<typeof Config>['trainer'],
  k: number | undefined,
  path: string,
): CoderConfig {
  const shape = source.shape(layout === 'Matrices' ? 'W_enc' : 'encoder.weight');
  if (shape.length !== 2)
    throw new UserError(`invalid checkpoint: '${path}' has no encoder matrix`);
  const [dSae, dIn] = layout === 'Matrices' ? [shape[1], shape[0]] : shape;
  const activation = activationOf(source, layout, trainer.dict_class, k, path);
  return {
    dIn,
    dOut: dIn,
    dSae,
    activation,
    subtractDecoderBias: layout !== 'AutoEncoderNew' && activation.kind !== 'jumprelu',
    metadata: { ...trainer },
  };
}

function activationOf(
  source: WeightSource,
  layout: Layout,
  dictClass: string | undefined,
  k: number | undefined,
  path: string,
): Activation {
  if (layout === 'AutoEncoder' || layout === 'AutoEncoderNew') return { kind: 'relu' };
  if (layout === 'GatedAutoEncoder') return { kind: 'gated' };
  const isMatryoshka = source.has('group_sizes');
  if (layout === 'Matrices' && !isMatryoshka) return { kind: 'jumprelu' };
  if (k === undefined || !Number.isSafeInteger(k) || k <= 0) {
    throw new UserError(`invalid checkpoint: missing k in '${path}'`);
  }
  const isBatch = isMatryoshka || dictClass?.includes('BatchTopK') === true;
  return { kind: isBatch ? 'batchtopk' : 'topk', k };
}

async function readWeights(
  source: WeightSource,
  layout: Layout,
  { dIn, dSae, activation }: CoderConfig,
): Promise<CoderWeights> {
  if (layout === 'Matrices') {
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
