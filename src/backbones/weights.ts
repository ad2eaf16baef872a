// The published weights of a model as graph values: onnxruntime reads them from their own file.
import { realpath } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { UserError } from '../base/errors.ts';
import { type DataType, sizeOf, type Value, weight } from '../compute/onnx/graph.ts';
import { cast } from '../compute/onnx/ops.ts';
import type { TensorReader } from '../formats/safetensors.ts';
import { openSafetensorsModel } from '../formats/safetensors-model.ts';
import type { Dtype } from '../formats/tensor.ts';
import type { Linear } from './block/linear.ts';
import type { Norm } from './block/norm.ts';

/** Named weights, as a graph sees them. */
export interface Weights {
  has(name: string): boolean;
  /**
   * Sizes of a weight as stored.
   *
   * @throws {UserError} when it is missing.
   */
  shapeOf(name: string): readonly number[];
  /**
   * A weight as float32; `as` views the same elements in another shape.
   *
   * @throws {UserError} when it is missing or does not have `shape`.
   */
  take(name: string, shape: readonly number[], as?: readonly number[]): Value;
  /** Read a weight into memory. */
  read(name: string): Promise<Float32Array>;
}

/** The weights of a checkpoint on disk. */
export interface WeightFile extends Weights {
  /** Folder that `openSession` must be given; no symbolic link leads out of it. */
  readonly folder: string;
  /** The files that hold the weights, without symbolic links. */
  readonly files: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const TYPES: Partial<Record<Dtype, DataType>> = {
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
};

/** Open a `.safetensors` file, or the `.safetensors.index.json` of a model in several. */
export async function openWeights(path: string): Promise<WeightFile> {
  const reader = await openSafetensorsModel(path);
  try {
    return await weightFile(path, reader);
  } catch (error) {
    await reader.close();
    throw error;
  }
}

async function weightFile(path: string, reader: TensorReader): Promise<WeightFile> {
  // onnxruntime refuses links that leave the folder, and the hub's cache is made of them.
  const real = new Map<string, string>();
  for (const { path: file } of reader.tensors.values())
    if (!real.has(file)) real.set(file, await realpath(file));
  const folder = commonFolder([...real.values()]);
  const taken = new Map<string, Value>();

  const entryOf = (name: string) => {
    const entry = reader.tensors.get(name);
    if (entry !== undefined) return entry;
    throw new UserError(`missing weight '${name}' in '${path}'`, {
      hint: 'is this checkpoint of the family that was asked for?',
    });
  };
  return {
    folder,
    files: [...real.values()],
    metadata: 'metadata' in reader ? (reader.metadata as Record<string, string>) : {},
    has: (name) => reader.tensors.has(name),
    shapeOf: (name) => entryOf(name).shape,
    take(name, shape, as = shape) {
      const entry = entryOf(name);
      if (entry.shape.join() !== shape.join()) {
        throw new UserError(
          `invalid weight '${name}' in '${path}': shape [${entry.shape.join(', ')}], expected [${shape.join(', ')}]`,
        );
      }
      if (sizeOf(as) !== sizeOf(shape)) throw new RangeError(`'${name}' cannot be seen as [${as}]`);
      const type = TYPES[entry.dtype];
      if (type === undefined) {
        throw new UserError(`unsupported dtype ${entry.dtype} of weight '${name}' in '${path}'`);
      }
      const key = `${name}[${as}]`;
      const known = taken.get(key);
      if (known !== undefined) return known;
      const file = relative(folder, real.get(entry.path)!);
      const range = { file, offset: entry.offset, length: entry.byteLength };
      const value = cast(weight(key, as, type, range), 'float32');
      taken.set(key, value);
      return value;
    },
    read: (name) => {
      entryOf(name);
      return reader.readFloat32(name);
    },
    close: () => reader.close(),
  };
}

/** The weights whose names start with `prefix`, without it. */
export function underPrefix(weights: Weights, prefix: string): Weights {
  return {
    has: (name) => weights.has(prefix + name),
    shapeOf: (name) => weights.shapeOf(prefix + name),
    take: (name, shape, as) => weights.take(prefix + name, shape, as),
    read: (name) => weights.read(prefix + name),
  };
}

/** Number of `blocks.0.…`, `blocks.1.…` among the names: the first index for which `probe` names nothing. */
export function countBlocks(weights: Weights, probe: (block: number) => string): number {
  let n = 0;
  while (weights.has(probe(n))) n++;
  return n;
}

function commonFolder(paths: readonly string[]): string {
  let folder = dirname(paths[0] ?? '.');
  for (const path of paths)
    while (relative(folder, path).startsWith('..')) folder = dirname(folder);
  return folder;
}

/** Linear layer `name.weight` `[nOut, nIn]` and, where it is stored, `name.bias`. */
export function linearAt(weights: Weights, name: string, nOut: number, nIn: number): Linear {
  const weight = weights.take(`${name}.weight`, [nOut, nIn]);
  return weights.has(`${name}.bias`)
    ? { weight, bias: weights.take(`${name}.bias`, [nOut]) }
    : { weight };
}

/** Layer norm `name.weight`, `name.bias`, each `[dModel]`. */
export function normAt(weights: Weights, name: string, dModel: number, epsilon: number): Norm {
  const gain = weights.take(`${name}.weight`, [dModel]);
  return { gain, bias: weights.take(`${name}.bias`, [dModel]), epsilon };
}
