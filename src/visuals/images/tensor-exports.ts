// The original program's tensors as files of other formats, of any size: they are never whole in memory.
import { join } from 'node:path';
import { writeFileAtomic } from '../../base/files.ts';
import { npyHeader } from '../../formats/numpy/npy.ts';
import { bytesOf, type TypedArray } from '../../formats/tensor.ts';
import { type StreamedTensor, writeTorchTensor } from '../../formats/torch/torch-write.ts';
import type { FeatureFile } from '../feature-file/feature-file.ts';

/** Formats of the saved tensors. The safetensors file is always written: it is what later jobs read. */
type TensorFormat = 'safetensors' | 'npy' | 'pt';

/** Bytes of `top_values` in memory at a time, about. */
const BLOCK = 2 ** 22;

/**
 * Write into `folder`, as one .npy or .pt file each, what the original program saves of the features: `top_values` float32
 * `[dSae, k, nTokens]` (`[dSae, k]` where examples have one token), `top_img_i` int64 `[dSae, k]`, `mean_values`,
 * `sparsity` and the percentiles float32 `[dSae]`, `distributions` float32 `[nLatents, nRows]`.
 */
export async function exportTensors(
  folder: string,
  features: FeatureFile,
  formats: readonly TensorFormat[],
): Promise<void> {
  const isAsked = (format: TensorFormat): boolean => formats.includes(format);
  if (!isAsked('npy') && !isAsked('pt')) return;
  for (const [name, tensor] of Object.entries(await tensorsOf(features))) {
    const path = join(folder, name);
    if (isAsked('npy')) await writeFileAtomic(`${path}.npy`, npyPieces(tensor));
    if (isAsked('pt')) await writeTorchTensor(`${path}.pt`, tensor);
  }
}

async function tensorsOf(features: FeatureFile): Promise<Record<string, StreamedTensor>> {
  const { meta, meanValues, sparsity, percentiles, topValues, topImages } = features;
  const { dSae, k, nTokens, percentile } = meta;
  const { values, nLatents, nRows } = await features.distributions();
  const latents = Math.max(1, Math.floor(BLOCK / Math.max(1, k * nTokens * 4)));
  /** The bytes of what is read of some latents after the other. */
  const byLatent = (read: (first: number, count: number) => Promise<TypedArray>) =>
    async function* (): AsyncGenerator<Uint8Array> {
      for (let first = 0; first < dSae; first += latents) {
        yield bytesOf(await read(first, Math.min(latents, dSae - first)));
      }
    };
  return {
    top_values: {
      dtype: 'F32',
      shape: nTokens === 1 ? [dSae, k] : [dSae, k, nTokens],
      pieces: byLatent(topValues),
    },
    top_img_i: { dtype: 'I64', shape: [dSae, k], pieces: byLatent(topImages) },
    mean_values: inMemory(meanValues, dSae),
    sparsity: inMemory(sparsity, dSae),
    distributions: inMemory(values, nLatents, nRows),
    [`percentiles_p${percentile}`]: inMemory(percentiles, dSae),
  };
}

function inMemory(data: Float32Array, ...shape: number[]): StreamedTensor {
  return {
    dtype: 'F32',
    shape,
    async *pieces() {
      yield bytesOf(data);
    },
  };
}

async function* npyPieces(tensor: StreamedTensor): AsyncGenerator<Uint8Array> {
  yield npyHeader(tensor);
  yield* tensor.pieces();
}
