// saev's sae.pt: one line of JSON, then the bytes of torch.save(state_dict).
import { UserError } from '../../base/errors.ts';
import { type ByteSource, partOf, readBytes } from '../../formats/byte-source.ts';
import { readTorch } from '../../formats/torch/torch-file.ts';
import { stateDictOf } from '../../formats/torch/torch-state-dict.ts';
import type { CoderConfig, CoderWeights } from '../coder.ts';
import type { CheckpointFiles } from './checkpoint-files.ts';
import type { CheckpointFormat, OpenCheckpoint } from './format.ts';
import { parseSaevHeader } from './saev-header.ts';
import { writeSaev, writeSaevEarly } from './saev-write.ts';
import { readWhole, torchWeights, type WeightSource } from './weight-source.ts';

/** The header line ends within this many bytes. */
const HEADER_LIMIT = 2 ** 20;
const SAE_FILE = 'sae.pt';
const THRESHOLD = 'activation.threshold';

/** sae.pt as saev writes it since November 2025 (schema 5); reads every version. */
export const saev: CheckpointFormat<'saev'> = {
  name: 'saev',
  files: [SAE_FILE],
  endings: ['.pt'],
  detect: async (files) =>
    files.single === undefined
      ? files.has(SAE_FILE)
      : startsWithJson(await files.bytes(files.single)),
  open,
  write: writeSaev,
};

/** sae.pt as the first saev wrote it (February 2025, no schema); {@link saev} finds and reads it. */
export const saevEarly: CheckpointFormat<'saev-early'> = {
  name: 'saev-early',
  files: [],
  normalization: 'of the data',
  detect: async () => false,
  open,
  write: writeSaevEarly,
};

async function open(files: CheckpointFiles): Promise<OpenCheckpoint> {
  const source = await files.bytes(files.single ?? SAE_FILE);
  const { header, end } = await readHeaderLine(source);
  const stateDict = stateDictOf(await readTorch(partOf(source, end)), source.name);
  const weights = torchWeights(stateDict, source.name);
  const { schema, config } = parseSaevHeader(header, source.name, weights.has(THRESHOLD));
  return {
    variant: schema === undefined ? 'saev, before schemas' : `saev, schema ${schema}`,
    config,
    tensors: weights.tensors,
    readWeights: () => readWhole(weights, () => readWeights(weights, config)),
  };
}

async function startsWithJson(source: ByteSource): Promise<boolean> {
  const [first] = await readBytes(source, 0, Math.min(source.size, 1));
  return first === '{'.charCodeAt(0);
}

async function readHeaderLine(source: ByteSource): Promise<{ header: unknown; end: number }> {
  const start = await readBytes(source, 0, Math.min(source.size, HEADER_LIMIT));
  const end = start.indexOf(10);
  try {
    if (end === -1) throw new Error('no end of line');
    const header: unknown = JSON.parse(new TextDecoder().decode(start.subarray(0, end)));
    return { header, end: end + 1 };
  } catch (cause) {
    throw new UserError(`invalid checkpoint: '${source.name}' does not start with a line of JSON`, {
      cause,
    });
  }
}

async function readWeights(
  source: WeightSource,
  { dIn, dSae, activation }: CoderConfig,
): Promise<CoderWeights> {
  return {
    wEnc: await source.readTransposed('W_enc', [dSae, dIn]),
    bEnc: await source.read('b_enc', [dSae]),
    wDec: await source.read('W_dec', [dSae, dIn]),
    bDec: await source.read('b_dec', [dIn]),
    ...(activation.kind === 'batchtopk' ? { threshold: await source.read(THRESHOLD, [1]) } : {}),
  };
}
