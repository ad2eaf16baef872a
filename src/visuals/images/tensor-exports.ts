// The original program's tensors as files of other formats, copied out of the feature file.
import { join } from 'node:path';
import { writeFileAtomic } from '../../base/files.ts';
import { logger } from '../../base/log.ts';
import { npyHeader } from '../../formats/numpy/npy.ts';
import { openSafetensors } from '../../formats/safetensors.ts';
import { writeTorchFile } from '../../formats/torch/torch-write.ts';
import { featureFilePath } from '../feature-file/feature-file.ts';

const log = logger('visuals');

/** Formats of the saved tensors. The safetensors file is always written: it is what later runs read. */
type TensorFormat = 'safetensors' | 'npy' | 'pt';

/**
 * Write `top_values`, `top_img_i`, `mean_values`, `sparsity`, `distributions` and the percentiles of the feature file
 * in `folder` as one .npy or .pt file each, beside it. `top_values` is left out where the feature file has it only as
 * sparse rows.
 */
export async function exportTensors(
  folder: string,
  options: { percentile: number; formats: readonly TensorFormat[] },
): Promise<void> {
  const formats = options.formats.filter((format) => format !== 'safetensors');
  if (formats.length === 0) return;
  const path = featureFilePath(folder);
  const file = await openSafetensors(path);
  try {
    const names = ['top_img_i', 'mean_values', 'sparsity', 'distributions', 'top_values'];
    for (const name of [...names, `percentiles_p${options.percentile}`]) {
      const entry = file.tensors.get(name);
      if (entry === undefined) {
        log.warn(`${name} is too large to be written dense: ${path} holds it as sparse rows`);
        continue;
      }
      for (const format of formats) {
        const to = join(folder, `${name}.${format}`);
        if (format === 'pt') {
          await writeTorchFile(to, await file.read(name));
          continue;
        }
        await writeFileAtomic(to, npyPieces(npyHeader(entry), file.pieces(name)));
      }
    }
  } finally {
    await file.close();
  }
}

async function* npyPieces(
  header: Uint8Array,
  elements: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield header;
  yield* elements;
}
