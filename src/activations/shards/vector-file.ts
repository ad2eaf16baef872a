// A vector or a number saved by another program: how saved means and scales of activations are given.
import { UserError } from '../../base/errors.ts';
import { readNpy } from '../../formats/numpy/npy.ts';
import { openSafetensors } from '../../formats/safetensors.ts';
import { type TypedTensor, toFloat32 } from '../../formats/tensor.ts';
import { openTorchFile } from '../../formats/torch/torch-file.ts';
import { readTorchTensor, TorchTensor } from '../../formats/torch/torch-tensor.ts';

/**
 * Read the only tensor of a `.pt`, `.npy` or `.safetensors` file as float32, whatever its shape.
 *
 * @throws {UserError} when the file holds none or several.
 */
export async function readVector(path: string): Promise<Float32Array> {
  if (/\.npy$/i.test(path)) return asFloat32(await readNpy(path));
  if (/\.safetensors$/i.test(path)) {
    const file = await openSafetensors(path);
    try {
      const names = [...file.tensors.keys()];
      if (names.length !== 1) throw notOne(path, `${names.length} tensors`);
      return await file.readFloat32(names[0]!);
    } finally {
      await file.close();
    }
  }
  if (/\.(pt|pth|bin)$/i.test(path)) {
    const file = await openTorchFile(path);
    try {
      if (typeof file.value === 'number') return Float32Array.of(file.value);
      if (!(file.value instanceof TorchTensor)) throw notOne(path, 'something else');
      return asFloat32(await readTorchTensor(file.value));
    } finally {
      await file.close();
    }
  }
  throw new UserError(`unsupported file of numbers: '${path}'`, {
    hint: 'give a .pt, .npy or .safetensors file',
  });
}

function asFloat32({ dtype, data }: TypedTensor): Float32Array {
  return data instanceof Float32Array ? data : toFloat32(dtype, data);
}

function notOne(path: string, found: string): UserError {
  return new UserError(`invalid file of numbers: '${path}' holds ${found}, expected one tensor`);
}
