// Where every activation stands on disk: a pure plan of shard files, sizes and offsets. Both protocols share it:
// each file is float32 (or 16-bit floats), C order `[examplesPerShard, nLayers, nTokens, dModel]`, CLS at token 0, always full size.
import { UserError } from '../../base/errors.ts';
import { SHARD_STORAGE, type ShardDtype } from './dtypes.ts';
import type { ActivationMetadata } from './metadata.ts';

/** Sizes of shard files, derived from metadata. */
export interface ShardGeometry {
  readonly nLayers: number;
  /** Tokens stored an example: patches, and CLS if there is one. */
  readonly nTokens: number;
  readonly hasCls: boolean;
  readonly dModel: number;
  /** How numbers stand on disk. */
  readonly dtype: ShardDtype;
  /** Bytes of a row, `[dModel]`. */
  readonly rowBytes: number;
  readonly examplesPerShard: number;
  /** Bytes of one example, all its layers and tokens. */
  readonly exampleBytes: number;
  /** Bytes of every shard file. */
  readonly shardBytes: number;
}

/** More files than six digits can number are a sign of broken metadata. */
const MAX_FILES = 1_000_000;

/** One shard file and the examples it holds. */
export interface ShardFile {
  readonly name: string;
  /** First example. */
  readonly first: number;
  /** Number of examples, at most `examplesPerShard`. */
  readonly count: number;
}

/**
 * Compute the sizes of shard files: `examplesPerShard = maxTokensPerShard // (nLayers · nTokens)`.
 *
 * @throws {UserError} when not even one example fits, or when sizes are beyond what a file can have.
 */
export function shardGeometry(
  metadata: Pick<
    ActivationMetadata,
    'layers' | 'nPatches' | 'hasCls' | 'dModel' | 'maxTokensPerShard' | 'dtype'
  >,
): ShardGeometry {
  const { hasCls, dModel, dtype = 'float32' } = metadata;
  const nLayers = metadata.layers.length;
  const nTokens = metadata.nPatches + (hasCls ? 1 : 0);
  const examplesPerShard = Math.floor(metadata.maxTokensPerShard / (nLayers * nTokens));
  if (examplesPerShard < 1) {
    throw new UserError(
      `invalid shard size: ${metadata.maxTokensPerShard} activations a shard cannot hold one example`,
      { hint: `an example has ${nLayers * nTokens}: ${nLayers} layers of ${nTokens} tokens` },
    );
  }
  const rowBytes = dModel * SHARD_STORAGE[dtype].bytes;
  const exampleBytes = nLayers * nTokens * rowBytes;
  const shardBytes = examplesPerShard * exampleBytes;
  if (!Number.isSafeInteger(shardBytes)) {
    throw new UserError(`invalid shard size: ${shardBytes} bytes a file`);
  }
  return {
    nLayers,
    nTokens,
    hasCls,
    dModel,
    dtype,
    rowBytes,
    examplesPerShard,
    exampleBytes,
    shardBytes,
  };
}

/** File name of shard `i`: `acts000000.bin`. */
export function shardName(i: number): string {
  return `acts${String(i).padStart(6, '0')}.bin`;
}

/**
 * Number of files after `nWritten` examples. Python opens the next file as soon as one is full, so an exact multiple
 * leaves one more, empty but full size.
 */
export function nShardFiles(geometry: ShardGeometry, nWritten: number): number {
  return Math.floor(nWritten / geometry.examplesPerShard) + 1;
}

/** List the files that hold `nExamples` examples, the empty last one left out. */
export function shardFiles(geometry: ShardGeometry, nExamples: number): ShardFile[] {
  const { examplesPerShard } = geometry;
  const nFiles = Math.ceil(nExamples / examplesPerShard);
  if (nFiles > MAX_FILES) throw new UserError(`unsupported number of shard files: ${nFiles}`);
  return Array.from({ length: nFiles }, (_, i) => ({
    name: shardName(i),
    first: i * examplesPerShard,
    count: Math.min(examplesPerShard, nExamples - i * examplesPerShard),
  }));
}

/** Byte offset, in its shard file, of the activation of (`example` within the file, `layer` position, stored `token`). */
export function byteOffset(
  geometry: ShardGeometry,
  example: number,
  layer: number,
  token: number,
): number {
  const { nLayers, nTokens, rowBytes } = geometry;
  return ((example * nLayers + layer) * nTokens + token) * rowBytes;
}
