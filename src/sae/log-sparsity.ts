// How often each latent fired in training, as log10 of its frequency: beside a run's coder, and beside published ones.
import { basename, dirname, join } from 'node:path';
import { UserError } from '../base/errors.ts';
import { kindOfPath } from '../base/files.ts';
import { placeWhole } from '../base/placing.ts';
import { openSafetensors } from '../formats/safetensors.ts';
import { toFloat32 } from '../formats/tensor.ts';
import { openTorchFile } from '../formats/torch/torch-file.ts';
import { readTorchTensor, TorchTensor } from '../formats/torch/torch-tensor.ts';
import { writeTorchFile } from '../formats/torch/torch-write.ts';
import { resolveSae } from './checkpoints/read-coder.ts';

/** A run's own file, and SAELens'; each holds one tensor. */
const FILES = ['log_feature_sparsity.safetensors', 'sparsity.safetensors'];
/** How transcoder-circuits names the file beside a coder's `.pt`. */
const SUFFIX = '_log_feature_sparsity.pt';

/**
 * Read `[dSae]` log10 frequencies: of a run or a coder, whose file lies beside it, or from that file itself, a bare tensor
 * in `.pt` (transcoder-circuits: `…_log_feature_sparsity.pt`) or `.safetensors`. Names as for coders, `hf-hub:` included.
 * @throws {UserError} when there is none, or it is no row of numbers
 */
export async function readLogSparsity(
  name: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Float32Array> {
  const path = name.startsWith('hf-hub:')
    ? await resolveSae(name.replace(/(?<!_log_feature_sparsity)\.pt$/, SUFFIX), options)
    : name;
  const file = await findLogSparsity(path);
  if (file !== undefined) return readFile(file);
  throw new UserError(`missing frequencies of latents beside '${name}'`, {
    hint: `expected ${FILES.join(' or ')} in the folder, or …${SUFFIX} beside the file`,
  });
}

/** Find the file with the frequencies of what stands at `path`, a run, a coder or such a file; undefined without one. */
export async function findLogSparsity(path: string): Promise<string | undefined> {
  const kind = await kindOfPath(path);
  const folders = kind === 'folder' ? [path] : [];
  // The coder of a run stands in a folder of its own.
  if (kind === 'folder' && basename(path) === 'checkpoint') folders.push(dirname(path));
  const candidates =
    kind === 'file'
      ? [...(isLogSparsityName(path) ? [path] : []), path.replace(/\.(pt|pkl\.gz|pkl)$/, SUFFIX)]
      : folders.flatMap((folder) => FILES.map((file) => join(folder, file)));
  for (const each of candidates) {
    if ((kind !== 'file' || isLogSparsityName(each)) && (await kindOfPath(each)) === 'file') {
      return each;
    }
  }
  return undefined;
}

/** Tell whether a file is named as one with frequencies is. */
export function isLogSparsityName(path: string): boolean {
  return /log_feature_sparsity\.(pt|safetensors)$/.test(path) || basename(path) === FILES[1];
}

/**
 * Write log10 frequencies beside a coder's `.pt` as transcoder-circuits does, and give the path.
 * @throws {UserError} when the disk refuses it
 */
export async function writeLogSparsityBeside(
  coder: string,
  logSparsity: Float32Array,
): Promise<string> {
  const path = logSparsityPath(coder);
  const tensor = { dtype: 'F32', shape: [logSparsity.length], data: logSparsity } as const;
  await placeWhole(path, (place) => writeTorchFile(place, tensor));
  return path;
}

/** Name the file with frequencies beside a coder's file. */
export function logSparsityPath(coder: string): string {
  return `${coder.replace(/\.(pt|pkl\.gz|pkl)$/, '')}${SUFFIX}`;
}

/** List the latents that fire on more than `10 ** above` of all rows, ascending: those worth a look. */
export function liveFeatures(logSparsity: Float32Array, above = -4): Uint32Array {
  return Uint32Array.from(logSparsity.keys()).filter((latent) => logSparsity[latent]! > above);
}

async function readFile(path: string): Promise<Float32Array> {
  const values = path.endsWith('.pt') ? await fromTorch(path) : await fromSafetensors(path);
  if (values.every((value) => value <= 0)) return values;
  throw new UserError(`invalid frequencies in '${path}': logarithms of shares are 0 at most`);
}

async function fromTorch(path: string): Promise<Float32Array> {
  const file = await openTorchFile(path);
  try {
    const { value } = file;
    if (!(value instanceof TorchTensor) || value.shape.length !== 1) {
      throw new UserError(`invalid frequencies: '${path}' holds no single row of numbers`);
    }
    const { dtype, data } = await readTorchTensor(value);
    return toFloat32(dtype, data);
  } finally {
    await file.close();
  }
}

async function fromSafetensors(path: string): Promise<Float32Array> {
  const file = await openSafetensors(path);
  try {
    const [name, ...more] = file.tensors.keys();
    if (name === undefined || more.length > 0 || file.tensors.get(name)!.shape.length !== 1) {
      throw new UserError(`invalid frequencies: '${path}' holds no single row of numbers`);
    }
    return await file.readFloat32(name);
  } finally {
    await file.close();
  }
}
