// Writing dictionary_learning's ae.pt and config.json.
import { join } from 'node:path';
import { writeJsonAtomic } from '../../base/files.ts';
import type { TypedTensor } from '../../formats/tensor.ts';
import { writeTorchFile } from '../../formats/torch/torch-write.ts';
import type { SparseCoder } from '../coder.ts';
import { foldDecoderNorm, weightsForDecoderBias } from '../fold.ts';
import { cannotHold, isTranscoder, warnOfNormalization, warnOfSign } from './header.ts';
import { transpose } from './transpose.ts';

/**
 * Write an autoencoder into folder `path`. The library's gated and jumprelu codes are scaled by the decoder's norms, so
 * for these the decoder is written with norm 1 and the codes carry the factor; reconstructions are the same.
 * Throws a UserError for transcoders.
 */
export async function writeDictionaryLearning(coder: SparseCoder, path: string): Promise<void> {
  const { dIn, dSae, activation, metadata } = coder.config;
  if (isTranscoder(coder.config) || coder.weights.wSkip) {
    throw cannotHold('dictionary-learning', 'a transcoder');
  }
  warnOfNormalization('dictionary-learning', coder);
  const { dictClass, tensors } = layoutOf(coder);
  await writeTorchFile(join(path, 'ae.pt'), new Map(tensors));
  await writeJsonAtomic(join(path, 'config.json'), {
    trainer: {
      ...metadata,
      dict_class: dictClass,
      activation_dim: dIn,
      dict_size: dSae,
      ...('k' in activation ? { k: activation.k } : {}),
    },
    buffer: {},
  });
}

function layoutOf(coder: SparseCoder): { dictClass: string; tensors: [string, TypedTensor][] } {
  const { dIn, dSae, activation, subtractDecoderBias } = coder.config;
  const latents = (data: Float32Array): TypedTensor => ({ dtype: 'F32', shape: [dSae], data });
  const outputs = (data: Float32Array): TypedTensor => ({ dtype: 'F32', shape: [dIn], data });
  const rows = (data: Float32Array): TypedTensor => ({ dtype: 'F32', shape: [dSae, dIn], data });
  const columns = (data: Float32Array): TypedTensor => ({
    dtype: 'F32',
    shape: [dIn, dSae],
    data: transpose(data, dSae, dIn),
  });
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
  if (kind === 'topk' && activation.signed) warnOfSign('dictionary-learning', false);
  return {
    dictClass: kind === 'topk' ? 'AutoEncoderTopK' : 'BatchTopKSAE',
    tensors: [
      ['b_dec', outputs(bDec)],
      ['k', { dtype: 'I32', shape: [], data: Int32Array.of(activation.k) }],
      ['threshold', { dtype: 'F32', shape: [], data: threshold ?? Float32Array.of(-1) }],
      ...matrices,
    ],
  };
}
