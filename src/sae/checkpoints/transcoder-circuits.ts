// Files of transcoder-circuits and its ancestor mats_sae_training: a pickled dataclass and a state dict, in a torch
// file (.pt) or a gzipped pickle (.pkl.gz). https://github.com/jacobdunefsky/transcoder_circuits
import { basename } from 'node:path';
import { z } from 'zod';
import { transpose } from '../../base/arrays.ts';
import { UserError } from '../../base/errors.ts';
import { PyFloat, pyFloat } from '../../formats/python/python-format.ts';
import type { PythonValue } from '../../formats/python/python-json.ts';
import { f32, type TypedTensor } from '../../formats/tensor.ts';
import { PyCall, PyGlobal, PyObject } from '../../formats/torch/pickle-values.ts';
import { stateDictOf } from '../../formats/torch/torch-state-dict.ts';
import {
  type TorchValue,
  writeTorchFile,
  writeTorchPickleGz,
} from '../../formats/torch/torch-write.ts';
import { type CoderConfig, type CoderWeights, isTranscoder, type SparseCoder } from '../coder.ts';
import { shiftEncoderBias, weightsForDecoderBias } from '../fold.ts';
import type { CheckpointFormat } from './format.ts';
import { cannotHold, jsonSafe, parseHeader, width, without } from './header.ts';
import { metadataWithPlace, withPlace } from './place-fields.ts';
import { trainingSettings } from './training-settings.ts';
import { readWhole, torchWeights, type WeightSource } from './weight-source.ts';

const CONFIG_MODULE = 'sae_training.config';
const CONFIG_CLASS = 'LanguageModelSAERunnerConfig';

/** Classes of the training package that its files hold. */
const CONFIG_CLASSES: readonly string[] = [
  `${CONFIG_MODULE}.${CONFIG_CLASS}`,
  `${CONFIG_MODULE}.RunnerConfig`,
];

const Config = z.looseObject({
  d_in: width,
  d_sae: width,
  d_out: width.nullish(),
  is_transcoder: z.boolean().nullish(),
  // SAELens, which has the same ancestor, began with the same file and went on to say more in it.
  architecture: z.literal('standard').nullish(),
  activation_fn: z.literal('relu').nullish(),
  activation_fn_str: z.literal('relu').nullish(),
  normalize_activations: z.literal([false, 'none']).nullish(),
  apply_b_dec_to_input: z.literal(true).nullish(),
});

const STRUCTURE = ['d_in', 'd_sae', 'd_out', 'dtype', 'device'];

/** Fields of the dataclass that are floats in Python, also when integral. */
const FLOAT_FIELDS = [
  'l1_coefficient',
  'lr',
  'feature_reinit_scale',
  'dead_feature_threshold',
  'sparse_connection_l1_coeff',
];

export const transcoderCircuits: CheckpointFormat<'transcoder-circuits'> = {
  name: 'transcoder-circuits',
  files: [],
  endings: ['.pt', '.pkl.gz', '.pkl'],
  records: CONFIG_CLASSES,
  async detect(files) {
    if (files.single === undefined) return false;
    const root = await files.torch(files.single);
    return root instanceof Map && root.has('cfg');
  },
  async open(files) {
    const { path } = files;
    const root = await files.torch(basename(path));
    const cfg = root instanceof Map ? root.get('cfg') : undefined;
    if (!(root instanceof Map) || cfg === undefined) {
      throw new UserError(`invalid checkpoint: missing cfg in '${path}'`);
    }
    const config = coderConfig(jsonSafe(cfg), path);
    const weights = torchWeights(stateDictOf(root.get('state_dict'), path), path);
    return {
      variant: `transcoder-circuits, ${isTranscoder(config) ? 'transcoder' : 'autoencoder'}`,
      config,
      tensors: weights.tensors,
      readWeights: () => readWhole(weights, () => readWeights(weights, config)),
    };
  },
  write,
};

function coderConfig(cfg: unknown, path: string): CoderConfig {
  const parsed = parseHeader(Config, cfg, path);
  const { d_in: dIn, d_sae: dSae } = parsed;
  const isCoder = parsed.is_transcoder === true;
  return withPlace({
    dIn,
    dOut: isCoder ? (parsed.d_out ?? dIn) : dIn,
    dSae,
    activation: { kind: 'relu' },
    // A transcoder's input bias is another vector than its output bias; it is folded into b_enc.
    subtractDecoderBias: !isCoder,
    metadata: without(parsed, STRUCTURE),
  });
}

async function readWeights(source: WeightSource, config: CoderConfig): Promise<CoderWeights> {
  const { dIn, dOut, dSae } = config;
  const wEnc = await source.readTransposed('W_enc', [dSae, dIn]);
  const bEnc = await source.read('b_enc', [dSae]);
  const wDec = await source.read('W_dec', [dSae, dOut]);
  const inputBias = await source.read('b_dec', [dIn]);
  if (!isTranscoder(config)) return { wEnc, bEnc, wDec, bDec: inputBias };
  return {
    wEnc,
    bEnc: shiftEncoderBias(bEnc, wEnc, inputBias, -1),
    wDec,
    bDec: await source.read('b_dec_out', [dOut]),
  };
}

/**
 * Write a ReLU coder that the Python package loads; a name ending in `.pkl.gz` gives the gzipped pickle.
 * @throws {UserError} for other activations and skip connections
 */
async function write(coder: SparseCoder, path: string): Promise<void> {
  const { config } = coder;
  const { dIn, dOut, dSae, activation } = config;
  if (activation.kind !== 'relu') {
    throw cannotHold('transcoder-circuits', `a ${activation.kind} coder`);
  }
  if (coder.weights.wSkip) throw cannotHold('transcoder-circuits', 'a skip connection');
  const asTranscoder = isTranscoder(config);
  const { wEnc, bEnc, wDec, bDec } = weightsForDecoderBias(coder, !asTranscoder);
  const stateDict = new Map<string, TypedTensor>([
    ['W_enc', f32(transpose(wEnc, dSae, dIn), dIn, dSae)],
    ['b_enc', f32(bEnc, dSae)],
    ['W_dec', f32(wDec, dSae, dOut)],
    ['b_dec', asTranscoder ? f32(new Float32Array(dIn), dIn) : f32(bDec, dIn)],
    ...(asTranscoder ? [['b_dec_out', f32(bDec, dOut)] as const] : []),
  ]);
  const file = new Map<string, TorchValue>([
    ['cfg', configObject(config, asTranscoder)],
    ['state_dict', stateDict],
  ]);
  await (path.endsWith('.gz') ? writeTorchPickleGz : writeTorchFile)(path, file);
}

/**
 * Give a coder's file the name that transcoder-circuits gives it (`get_name`): `sparse_autoencoder_{model}_{hook}_{latents}`; its
 * training puts `final_` before it.
 */
export function transcoderCircuitsName({ place, dSae }: CoderConfig): string {
  return `sparse_autoencoder_${place?.model ?? 'model'}_${place?.input ?? 'activations'}_${dSae}`;
}

/** The dataclass; attributes that are not set have the class's defaults in Python. */
function configObject(config: CoderConfig, asTranscoder: boolean): PyObject {
  const { dIn, dOut, dSae } = config;
  const state = new Map<string, unknown>();
  for (const [key, value] of Object.entries(metadataWithPlace(config)))
    state.set(key, pickled(key, value));
  const { sparsityCoeff, ghostGrads, seed } = trainingSettings(config.metadata);
  if (!state.has('l1_coefficient')) state.set('l1_coefficient', pyFloat(sparsityCoeff ?? 1e-3));
  if (!state.has('use_ghost_grads')) state.set('use_ghost_grads', ghostGrads ?? false);
  if (!state.has('seed') && seed !== undefined) state.set('seed', seed);
  if (dSae % dIn === 0) state.set('expansion_factor', dSae / dIn);
  state.set('d_in', dIn);
  state.set('d_sae', dSae);
  state.set('is_transcoder', asTranscoder);
  state.set('d_out', asTranscoder ? dOut : null);
  state.set('dtype', new PyGlobal('torch', 'float32'));
  state.set('device', new PyCall(new PyGlobal('torch', 'device'), ['cpu']));
  return new PyObject(new PyGlobal(CONFIG_MODULE, CONFIG_CLASS), [], state);
}

function pickled(key: string, value: unknown): PythonValue {
  if (typeof value === 'number' && FLOAT_FIELDS.includes(key)) return pyFloat(value);
  if (Array.isArray(value)) return value.map((item) => pickled('', item));
  if (typeof value !== 'object' || value === null || value instanceof PyFloat) {
    return value as PythonValue;
  }
  return new Map(Object.entries(value).map(([name, item]) => [name, pickled(name, item)]));
}
