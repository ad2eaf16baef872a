// Named weights of a checkpoint, read as float32 and checked, whether safetensors or torch holds them.

import { transpose } from '../../base/arrays.ts';
import { UserError, unknownName } from '../../base/errors.ts';
import type { SafetensorsFile } from '../../formats/safetensors.ts';
import { elementCount, toFloat32 } from '../../formats/tensor.ts';
import { readTorchTensor, type TorchTensor } from '../../formats/torch/torch-tensor.ts';
import type { CoderWeights } from '../coder.ts';
import { assertFiniteWeights, indexOfNonFinite } from '../finite.ts';
import type { TensorSummary } from './format.ts';

export interface WeightSource {
  /** The file. */
  readonly path: string;
  readonly tensors: readonly TensorSummary[];
  has(name: string): boolean;
  /**
   * Shape of a tensor.
   * @throws {UserError} for one that is missing
   */
  shape(name: string): readonly number[];
  /** Read a tensor that must have `shape` and be finite; `[1]` also takes a scalar. */
  read(name: string, shape: readonly number[]): Promise<Float32Array>;
  /** Read a matrix that the file holds transpose: the result has `shape`. */
  readTransposed(name: string, shape: readonly [number, number]): Promise<Float32Array>;
  /** Names of the tensors that nobody has read. */
  unread(): readonly string[];
}

/**
 * Read a coder's weights. Each tensor of the file has to be among them: one that is not known may change what the coder
 * computes. `beside` names those that are read elsewhere. Whatever was computed from the tensors is finite, too.
 * @throws {UserError} for a tensor that is not known, and for numbers that are too large for float32
 */
export async function readWhole(
  source: WeightSource,
  read: (source: WeightSource) => Promise<CoderWeights>,
  beside: readonly string[] = [],
): Promise<CoderWeights> {
  const weights = await read(source);
  const left = source.unread().filter((name) => !beside.includes(name));
  if (left.length > 0) {
    throw new UserError(`unsupported tensor '${left[0]}' in '${source.path}'`, {
      hint: `nothing is known of ${left.slice(0, 5).join(', ')}: read without ${left.length === 1 ? 'it' : 'them'}, the coder might compute something else`,
    });
  }
  return assertFiniteWeights(weights, `'${source.path}'`);
}

/** Weights in a safetensors file. */
export function safetensorsWeights(file: SafetensorsFile): WeightSource {
  const tensors = [...file.tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
  return weightSource(tensors, file.path, (name) => file.readFloat32(name));
}

/** Weights in a torch state dict, whose file must stay open. */
export function torchWeights(
  stateDict: ReadonlyMap<string, TorchTensor>,
  path: string,
): WeightSource {
  const tensors = [...stateDict].map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
  return weightSource(tensors, path, async (name) => {
    const { dtype, data } = await readTorchTensor(stateDict.get(name)!);
    return data instanceof Float32Array ? data : toFloat32(dtype, data);
  });
}

function weightSource(
  tensors: readonly TensorSummary[],
  path: string,
  load: (name: string) => Promise<Float32Array>,
): WeightSource {
  const shapes = new Map(tensors.map(({ name, shape }) => [name, shape]));
  const shapeOf = (name: string): readonly number[] => {
    const shape = shapes.get(name);
    if (shape === undefined) {
      const { hint } = unknownName('tensor', name, [...shapes.keys()]);
      throw new UserError(`missing tensor '${name}' in '${path}'`, { hint });
    }
    return shape;
  };
  const unread = new Set(shapes.keys());
  const read = async (name: string, expected: readonly number[]): Promise<Float32Array> => {
    const shape = shapeOf(name);
    unread.delete(name);
    const isScalar = elementCount(expected) === 1 && shape.length === 0;
    if (!isScalar && !sameShape(shape, expected)) {
      throw new UserError(
        `invalid checkpoint: '${name}' in '${path}' has shape [${shape.join(', ')}], its config says [${expected.join(', ')}]`,
      );
    }
    return assertFinite(await load(name), name, path);
  };
  return {
    path,
    tensors,
    unread: () => [...unread],
    has: (name) => shapes.has(name),
    shape: shapeOf,
    read,
    async readTransposed(name, [rows, columns]) {
      return transpose(await read(name, [columns, rows]), columns, rows);
    },
  };
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

function assertFinite(values: Float32Array, name: string, path: string): Float32Array {
  const at = indexOfNonFinite(values);
  if (at === -1) return values;
  throw new UserError(
    `invalid checkpoint: '${name}' in '${path}' holds ${values[at]} at element ${at}`,
    { hint: 'the training that wrote it seems to have diverged' },
  );
}
