// Processed weights on disk, made once for each checkpoint and set of options, so that graphs point into a file again.
import { createHash } from 'node:crypto';
import { basename, extname } from 'node:path';
import { logger } from '../../../base/log.ts';
import { type TensorToWrite, writeSafetensors } from '../../../formats/safetensors.ts';
import { elementCount } from '../../../formats/tensor.ts';
import { contentHash } from '../../../hub/cache/content-hash.ts';
import { derivedFile } from '../../../hub/cache/derived.ts';
import type { HubOptions } from '../../../hub/client.ts';
import { type ProcessingOptions, processedTensors, withDefaults } from './processing.ts';
import { type LensTensors, lensShapes } from './tensors.ts';

const log = logger('language');

/** Counts up when processing gives other numbers than before. */
const VERSION = 1;

/**
 * Give a safetensors file with the processed weights of `raw`, under TransformerLens' names; written into saev's part
 * of the cache unless it is there. `sources` are the files that the weights are read from.
 */
export async function processedFile(
  raw: LensTensors,
  sources: readonly string[],
  options: ProcessingOptions,
  { signal, settings }: HubOptions = {},
): Promise<string> {
  const name = `${await nameOf(raw, sources, options, signal)}.safetensors`;
  const make = async (target: string): Promise<void> => {
    log.info('processing the weights of {source}, once', { source: basename(sources[0]!) });
    await writeProcessed(target, raw, options, signal);
  };
  return derivedFile(`processed/${name}`, make, { settings, signal });
}

/** Write the processed weights of `raw` to a file, one after the other. */
async function writeProcessed(
  path: string,
  raw: LensTensors,
  options: ProcessingOptions = {},
  signal?: AbortSignal,
): Promise<void> {
  const tensors = processedTensors(raw, options);
  const entries = [...lensShapes(tensors.config)].map(([name, shape]): [string, TensorToWrite] => [
    name,
    { dtype: 'F32', shape, data: () => bytesOfTensor(tensors, name, elementCount(shape), signal) },
  ]);
  await writeSafetensors(path, entries, { metadata: { format: 'transformer_lens' } });
}

async function* bytesOfTensor(
  tensors: LensTensors,
  name: string,
  size: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  const data = await tensors.read(name);
  if (data.length !== size)
    throw new Error(`weight '${name}' has ${data.length} of ${size} elements`);
  yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** A name that changes with the content of the sources, the config and the options. */
async function nameOf(
  raw: LensTensors,
  sources: readonly string[],
  options: ProcessingOptions,
  signal: AbortSignal | undefined,
): Promise<string> {
  const hash = createHash('sha256').update(
    JSON.stringify([VERSION, raw.config, withDefaults(options)]),
  );
  for (const source of sources) hash.update(`\0${await contentHash(source, signal)}`);
  const stem = basename(sources[0]!, extname(sources[0]!)).slice(0, 60);
  return `${stem}-${hash.digest('hex').slice(0, 16)}`;
}
