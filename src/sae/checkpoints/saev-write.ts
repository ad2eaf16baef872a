// Writing saev's sae.pt: the first layout, which the February 2025 program loads, and schema 5.

import { transpose } from '../../base/arrays.ts';
import { writeFileAtomic } from '../../base/files.ts';
import { pyFloat } from '../../formats/python/python-format.ts';
import { orjsonText, type PythonValue, pythonJson } from '../../formats/python/python-json.ts';
import { f32, type TypedTensor } from '../../formats/tensor.ts';
import { torchFilePieces } from '../../formats/torch/torch-write.ts';
import { type CoderConfig, isTranscoder, type SparseCoder } from '../coder.ts';
import { weightsForDecoderBias } from '../fold.ts';
import { AUX_RULES, mostAux } from '../learning/auxk.ts';
import { cannotHold, warnOfSign } from './header.ts';
import { NEWEST_SCHEMA } from './saev-header.ts';
import { type TrainingSettings, trainingSettings } from './training-settings.ts';

/** Weight of the sparsity penalty where nobody knows it: saev's default. */
const DEFAULT_COEFF = 4e-4;

/** Header keys that are floats in Python, also when integral. */
const FLOAT_KEYS = ['sparsity_coeff', 'coeff', 'alpha', 'momentum', 'reinit_blend'];

/**
 * Write the first layout: the training config in one line, then `W_enc, b_enc, W_dec, b_dec`. Settings that nobody knows
 * are left out: that program has defaults for all but the sizes.
 * @throws {UserError} for anything but a ReLU autoencoder whose width is a multiple of its input
 */
export async function writeSaevEarly(coder: SparseCoder, path: string): Promise<void> {
  const { dIn, dSae, activation, metadata } = coder.config;
  assertAutoencoder('saev-early', coder);
  if (activation.kind !== 'relu') throw cannotHold('saev-early', `a ${activation.kind} coder`);
  if (dSae % dIn !== 0) throw cannotHold('saev-early', `${dSae} latents for an input of ${dIn}`);
  const settings = trainingSettings(metadata);
  const known = {
    d_vit: dIn,
    exp_factor: dSae / dIn,
    sparsity_coeff:
      settings.sparsityCoeff === undefined ? undefined : pyFloat(settings.sparsityCoeff),
    n_reinit_samples: settings.nReinitSamples,
    ghost_grads: settings.ghostGrads,
    remove_parallel_grads: settings.removeParallelGrads,
    normalize_w_dec: settings.normalizeWDec,
    seed: settings.seed,
  };
  const said = Object.entries(known).filter(([, value]) => value !== undefined);
  const header = pythonJson(Object.fromEntries(said) as Record<string, PythonValue>);
  const { wEnc, bEnc, wDec, bDec } = weightsForDecoderBias(coder, true);
  await writeCheckpoint(path, header, [
    ['W_enc', f32(transpose(wEnc, dSae, dIn), dIn, dSae)],
    ['b_enc', f32(bEnc, dSae)],
    ['W_dec', f32(wDec, dSae, dIn)],
    ['b_dec', f32(bDec, dIn)],
  ]);
}

/**
 * Write schema 5.
 * @throws {UserError} for kinds that saev does not have: jumprelu, gated, transcoders
 */
export async function writeSaev(coder: SparseCoder, path: string): Promise<void> {
  const { dIn, dSae, activation, metadata } = coder.config;
  const settings = trainingSettings(metadata);
  assertAutoencoder('saev', coder);
  const header = orjsonText({
    schema: NEWEST_SCHEMA,
    cfg: {
      d_model: dIn,
      d_sae: dSae,
      activation: activationPayload(coder.config, metadata.activation, settings),
      reinit_blend: pyFloat(numberOf(metadata.reinit_blend, 0.8)),
      reinit_enc_dec_tranpose: metadata.reinit_enc_dec_tranpose !== false,
      remove_parallel_grads: settings.removeParallelGrads ?? true,
      normalize_w_dec: settings.normalizeWDec ?? true,
    },
    commit: typeof metadata.commit === 'string' ? metadata.commit : 'unknown',
    lib: typeof metadata.lib === 'string' ? metadata.lib : '0.1.0',
  });
  const { wEnc, bEnc, wDec, bDec, threshold } = weightsForDecoderBias(coder, false);
  const tensors: [string, TypedTensor][] = [
    ['W_dec', f32(wDec, dSae, dIn)],
    ['b_dec', f32(bDec, dIn)],
    ['W_enc', f32(transpose(wEnc, dSae, dIn), dIn, dSae)],
    ['b_enc', f32(bEnc, dSae)],
  ];
  if (activation.kind === 'batchtopk') {
    tensors.push(['activation.threshold', f32(threshold ?? new Float32Array(1))]);
  }
  await writeCheckpoint(path, header, tensors);
}

async function writeCheckpoint(
  path: string,
  header: string,
  tensors: readonly (readonly [string, TypedTensor])[],
): Promise<void> {
  function* pieces(): Generator<Uint8Array> {
    yield new TextEncoder().encode(`${header}\n`);
    yield* torchFilePieces(new Map(tensors));
  }
  await writeFileAtomic(path, pieces());
}

/** The activation as schema 5 has it; `known` is what an earlier header said, kept where it is of the same kind. */
function activationPayload(
  { activation, dOut, dSae }: Pick<CoderConfig, 'activation' | 'dOut' | 'dSae'>,
  known: unknown,
  { sparsityCoeff = DEFAULT_COEFF, momentum = 0.1, aux }: Partial<TrainingSettings>,
): PythonValue {
  const payload = (cls: string, params: Record<string, PythonValue>): PythonValue => {
    const { cls: knownCls, params: knownParams } = (known ?? {}) as Record<string, unknown>;
    const kept = knownCls === cls ? (withFloats(knownParams) as Record<string, PythonValue>) : {};
    return {
      cls,
      params: { ...params, ...kept, ...('top_k' in params ? { top_k: params.top_k } : {}) },
    };
  };
  const noSparsity = { cls: 'NoSparsity', params: { key: 'no-sparsity' } };
  switch (activation.kind) {
    case 'relu':
      return payload('Relu', {
        key: 'relu',
        sparsity: {
          cls: 'L1Sparsity',
          params: { key: 'l1-sparsity', coeff: pyFloat(sparsityCoeff) },
        },
        aux: auxPayload(aux ?? 'none', { dOut, dSae }),
      });
    case 'topk':
      if (activation.signed !== true) warnOfSign('saev', true);
      return payload('TopK', {
        key: 'top-k',
        top_k: activation.k,
        sparsity: noSparsity,
        aux: auxPayload(aux ?? { rule: 'saev' }, { dOut, dSae }),
      });
    case 'batchtopk':
      return payload('BatchTopK', {
        key: 'batch-top-k',
        top_k: activation.k,
        sparsity: noSparsity,
        momentum: pyFloat(momentum),
        aux: auxPayload(aux ?? { rule: 'saev' }, { dOut, dSae }),
      });
    default:
      throw cannotHold('saev', `a ${activation.kind} coder`);
  }
}

/** How dead latents were made to explain what was left, as schema 5 has it; it knows no error over a variance. */
function auxPayload(
  aux: NonNullable<TrainingSettings['aux']>,
  sizes: { readonly dOut: number; readonly dSae: number },
): PythonValue {
  if (aux === 'none') return { cls: 'NoAux', params: { key: 'no-aux' } };
  const alpha = pyFloat(aux.coefficient ?? AUX_RULES[aux.rule].coefficient);
  // saev itself says 512, however few latents there are.
  const isPlain = aux.rule === 'saev' && aux.latents === undefined;
  const latents = isPlain ? AUX_RULES.saev.latents(sizes.dOut) : mostAux(aux, sizes);
  return { cls: 'AuxK', params: { key: 'auxk', k_aux: latents, alpha } };
}

/** Mark the numbers of a payload that Python holds as floats; older payloads call `key` `kind`. */
function withFloats(value: unknown): PythonValue {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return value as PythonValue;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key === 'kind' ? 'key' : key,
      typeof item === 'number' && FLOAT_KEYS.includes(key) ? pyFloat(item) : withFloats(item),
    ]),
  );
}

function assertAutoencoder(format: string, coder: SparseCoder): void {
  if (isTranscoder(coder.config) || coder.weights.wSkip !== undefined) {
    throw cannotHold(format, 'a transcoder');
  }
}

function numberOf(value: unknown, fallback: number): number {
  return typeof value === 'number' ? value : fallback;
}
