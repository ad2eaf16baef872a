// EleutherAI's sparsify: a folder with cfg.json and sae.safetensors. https://github.com/EleutherAI/sparsify
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import { writeFileAtomic } from '../../base/files.ts';
import { pythonJson } from '../../formats/python/python-json.ts';
import { type TensorToWrite, writeSafetensors } from '../../formats/safetensors.ts';
import { f32 } from '../../formats/tensor.ts';
import { type CoderConfig, type CoderWeights, isTranscoder, type SparseCoder } from '../coder.ts';
import { weightsForDecoderBias } from '../fold.ts';
import type { CheckpointFormat } from './format.ts';
import { cannotHold, parseHeader, warnOfSign, width, without } from './header.ts';
import { withPlace } from './place-fields.ts';
import { readWhole, safetensorsWeights, type WeightSource } from './weight-source.ts';

const SPARSIFY_CONFIG = 'cfg.json';
const SPARSIFY_WEIGHTS = 'sae.safetensors';

const Config = z.looseObject({
  d_in: width,
  activation: z.string().default('topk'),
  expansion_factor: z.int().nonnegative().default(32),
  num_latents: z.int().nonnegative().default(0),
  k: z.int().positive(),
  signed: z.boolean().default(false),
  transcode: z.boolean().default(false),
  skip_connection: z.boolean().default(false),
});

/** Later additions that make the output depend on more than the input. */
const UNSUPPORTED = ['embed_skip', 'gram_lookup'];
const STRUCTURE = [
  'd_in',
  'activation',
  'num_latents',
  'k',
  'signed',
  'transcode',
  'skip_connection',
];

export const sparsify: CheckpointFormat<'sparsify'> = {
  name: 'sparsify',
  files: [SPARSIFY_CONFIG, SPARSIFY_WEIGHTS],
  detect: async (files) =>
    files.single === undefined && files.has(SPARSIFY_CONFIG, SPARSIFY_WEIGHTS),
  async open(files) {
    const path = files.pathOf(SPARSIFY_CONFIG);
    const parsed = parseHeader(Config, await files.json(SPARSIFY_CONFIG), path);
    const config = coderConfig(parsed, path);
    const hasSkip = parsed.skip_connection;
    const source = safetensorsWeights(await files.safetensors(SPARSIFY_WEIGHTS));
    return {
      variant: `sparsify, ${isTranscoder(config) ? 'transcoder' : 'autoencoder'}`,
      config,
      tensors: source.tensors,
      readWeights: () => readWhole(source, () => readWeights(source, config, hasSkip)),
    };
  },
  write,
};

function coderConfig(parsed: z.infer<typeof Config>, path: string): CoderConfig {
  if (parsed.activation !== 'topk') {
    throw new UserError(`unsupported activation '${parsed.activation}' in '${path}'`);
  }
  const isOff = (value: unknown): boolean =>
    value === undefined || value === null || value === false;
  const unsupported = UNSUPPORTED.find((key) => !isOff(parsed[key]));
  if (unsupported) throw new UserError(`unsupported option ${unsupported} in '${path}'`);
  return withPlace({
    dIn: parsed.d_in,
    dOut: parsed.d_in,
    dSae: parsed.num_latents || parsed.d_in * parsed.expansion_factor,
    activation: { kind: 'topk', k: parsed.k, ...(parsed.signed ? { signed: true } : {}) },
    subtractDecoderBias: !parsed.transcode,
    ...(parsed.transcode ? { isTranscoder: true } : {}),
    metadata: without(parsed, STRUCTURE),
  });
}

async function readWeights(
  source: WeightSource,
  { dIn, dOut, dSae }: CoderConfig,
  hasSkip: boolean,
): Promise<CoderWeights> {
  return {
    wEnc: await source.read('encoder.weight', [dSae, dIn]),
    bEnc: await source.read('encoder.bias', [dSae]),
    wDec: await source.read('W_dec', [dSae, dOut]),
    bDec: await source.read('b_dec', [dOut]),
    ...(hasSkip ? { wSkip: await source.read('W_skip', [dOut, dIn]) } : {}),
  };
}

/**
 * Write a topk coder with outputs as wide as its inputs.
 * @throws {UserError} for every other
 */
async function write(coder: SparseCoder, path: string): Promise<void> {
  const { dIn, dOut, dSae, activation, metadata } = coder.config;
  if (activation.kind !== 'topk') throw cannotHold('sparsify', `a ${activation.kind} coder`);
  if (dIn !== dOut) throw cannotHold('sparsify', `outputs of ${dOut} for inputs of ${dIn}`);
  if (activation.signed) warnOfSign('sparsify', false);
  const transcode = isTranscoder(coder.config);
  const { wEnc, bEnc, wDec, bDec, wSkip } = weightsForDecoderBias(coder, !transcode);
  const tensors: [string, TensorToWrite][] = [
    ['W_dec', f32(wDec, dSae, dOut)],
    ['b_dec', f32(bDec, dOut)],
    ['encoder.bias', f32(bEnc, dSae)],
    ['encoder.weight', f32(wEnc, dSae, dIn)],
  ];
  if (wSkip) tensors.push(['W_skip', f32(wSkip, dOut, dIn)]);
  await writeSafetensors(join(path, SPARSIFY_WEIGHTS), tensors, { metadata: { format: 'pt' } });
  const config = pythonJson({
    activation: 'topk',
    expansion_factor: Math.ceil(dSae / dIn),
    normalize_decoder: metadata.normalize_decoder !== false,
    num_latents: dSae,
    k: activation.k,
    multi_topk: metadata.multi_topk === true,
    skip_connection: wSkip !== undefined,
    transcode,
    d_in: dIn,
  });
  await writeFileAtomic(join(path, SPARSIFY_CONFIG), config);
}
