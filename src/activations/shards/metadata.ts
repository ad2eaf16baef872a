// What a shard folder holds, as its metadata.json says it: both protocols, read leniently, written byte for byte as
// Python does. The folder is named after a hash of these bytes.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import type { HookPoint } from '../../backbones/hook-points.ts';
import { UserError } from '../../base/errors.ts';
import { readJson } from '../../base/files.ts';
import { orjsonText, type PythonValue, pythonJson } from '../../formats/python/python-json.ts';
import { SHARD_DTYPES, type ShardDtype } from './dtypes.ts';

/**
 * A recorded layer: the residual stream after a block, counted from the end when negative, or any hook point by name.
 * Names are an extension: Python's readers accept numbers only.
 */
export type Layer = number | HookPoint;

/** How the pixels of a segmentation became one label a patch. */
export type PixelAggregation = 'majority' | 'prefer-fg';

interface CommonMetadata {
  readonly family: string;
  readonly checkpoint: string;
  /** In the order of the layer axis of the shards. */
  readonly layers: readonly Layer[];
  /** Content tokens an example, CLS not counted. */
  readonly nPatches: number;
  readonly hasCls: boolean;
  readonly dModel: number;
  readonly nExamples: number;
  /** Budget that decides how many examples go into one file. */
  readonly maxTokensPerShard: number;
  /** How numbers stand on disk: float32 when undefined. Others are an extension, which Python's readers refuse. */
  readonly dtype?: Exclude<ShardDtype, 'float32'>;
  /** Description of the dataset. Original: the config's Python repr. 2.1: base64 of a pickle, never unpickled here. */
  readonly data: string;
}

/** Metadata of the original saev (2025): no protocol key. */
export interface OriginalMetadata extends CommonMetadata {
  readonly protocol: 'saev';
  readonly seed: number;
}

/** Metadata of saev's later protocols. 2.1 is written; the earlier ones are read. */
export interface LaterMetadata extends CommonMetadata {
  readonly protocol: '1.0.0' | '1.1' | '2.0' | '2.1';
  /** Root folder of the dataset. */
  readonly dataset: string;
  readonly pixelAgg: PixelAggregation;
}

/** Metadata of either protocol; `protocol` tells which. */
export type ActivationMetadata = OriginalMetadata | LaterMetadata;

/** The field of metadata that says how numbers stand on disk. */
export function storedAs(dtype: ShardDtype = 'float32'): Pick<CommonMetadata, 'dtype'> {
  return dtype === 'float32' ? {} : { dtype };
}

/** Names that one value has had over the years, newest first. */
const ALIASES: Record<string, readonly string[]> = {
  family: ['family', 'vit_family', 'model_family'],
  checkpoint: ['ckpt', 'vit_ckpt', 'model_ckpt'],
  layers: ['layers'],
  nPatches: ['content_tokens_per_example', 'patches_per_ex', 'n_patches_per_img'],
  hasCls: ['cls_token'],
  dModel: ['d_model', 'd_vit'],
  nExamples: ['n_examples', 'n_ex', 'n_imgs'],
  maxTokensPerShard: [
    'max_tokens_per_shard',
    'patches_per_shard',
    'max_patches_per_shard',
    'n_patches_per_shard',
  ],
  data: ['data'],
};

const size = z.number().int().positive();

const common = z.object({
  family: z.string(),
  checkpoint: z.string(),
  layers: z
    .array(z.union([z.number().int(), z.string().min(1)]))
    .min(1)
    .refine((layers) => new Set(layers).size === layers.length, 'a layer is listed twice'),
  nPatches: size,
  hasCls: z.boolean(),
  dModel: size,
  nExamples: z.number().int().nonnegative(),
  maxTokensPerShard: size,
  // Protocol 1 held an object here.
  dtype: z.enum(SHARD_DTYPES),
  data: z.union([z.string(), z.looseObject({}).transform((value) => JSON.stringify(value))]),
});

const original = common.extend({ seed: z.number().int().default(42) });

const later = common.extend({
  protocol: z.enum(['1.0.0', '1.1', '2.0', '2.1']),
  dataset: z.string().default(''),
  pixelAgg: z
    .enum(['majority', 'prefer-fg'])
    .nullish()
    .transform((value) => value ?? 'majority'),
});

/**
 * Read and check `metadata.json` of the shard folder `folder`.
 *
 * @throws {UserError} that names the offending field.
 */
export async function readMetadata(folder: string): Promise<ActivationMetadata> {
  const path = join(folder, 'metadata.json');
  return parseMetadata(await readJson(path, 'metadata of the activations'), path);
}

/** Check parsed JSON as the metadata of either protocol; `where` names it in errors. */
export function parseMetadata(json: unknown, where: string): ActivationMetadata {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new UserError(`invalid metadata '${where}': not a JSON object`);
  }
  const record = json as Record<string, unknown>;
  const named: Record<string, unknown> = {
    seed: record.seed,
    protocol: record.protocol,
    dtype: record.dtype ?? 'float32',
    dataset: record.dataset,
    pixelAgg: record.pixel_agg,
  };
  const writtenAs: Record<string, string> = { pixelAgg: 'pixel_agg' };
  for (const [name, aliases] of Object.entries(ALIASES)) {
    const alias = aliases.find((key) => Object.hasOwn(record, key));
    if (alias === undefined) {
      throw new UserError(`invalid metadata '${where}': '${aliases.at(-1)}' is missing`);
    }
    named[name] = record[alias];
    writtenAs[name] = alias;
  }
  const result = record.protocol === undefined ? original.safeParse(named) : later.safeParse(named);
  if (!result.success) {
    const { path, message } = result.error.issues[0]!;
    const field = String(path[0]);
    throw new UserError(`invalid metadata '${where}': ${writtenAs[field] ?? field}: ${message}`);
  }
  const { dtype, ...metadata } = result.data;
  const stored = storedAs(dtype);
  return 'protocol' in metadata
    ? { ...metadata, ...stored }
    : { protocol: 'saev', ...metadata, ...stored };
}

/** Write metadata as the text of `metadata.json`, byte for byte: `json.dump(indent=4)` originally, orjson with two spaces in 2.1. */
export function metadataText(metadata: ActivationMetadata): string {
  const value = pythonKeys(metadata);
  return metadata.protocol === 'saev'
    ? pythonJson(value, { indent: 4 })
    : orjsonText(value, { indent: 2 });
}

/** Name the shard folder: SHA-256 over the metadata with sorted keys; 64 hex digits, in 2.1 the first 8. */
export function metadataHash(metadata: ActivationMetadata): string {
  const value = pythonKeys(metadata);
  const [text, length] =
    metadata.protocol === 'saev'
      ? [pythonJson(value, { sortKeys: true }), 64]
      : [orjsonText(value, { sortKeys: true }), 8];
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, length);
}

/** Python's field names in Python's order; no others, because its readers refuse unknown ones. */
function pythonKeys(metadata: ActivationMetadata): PythonValue {
  if (metadata.protocol === 'saev') {
    return {
      vit_family: metadata.family,
      vit_ckpt: metadata.checkpoint,
      layers: metadata.layers,
      n_patches_per_img: metadata.nPatches,
      cls_token: metadata.hasCls,
      d_vit: metadata.dModel,
      seed: metadata.seed,
      n_imgs: metadata.nExamples,
      n_patches_per_shard: metadata.maxTokensPerShard,
      data: metadata.data,
      ...(metadata.dtype === undefined ? {} : { dtype: metadata.dtype }),
    };
  }
  if (metadata.protocol !== '2.1') {
    throw new UserError(`unsupported protocol to write: '${metadata.protocol}'`, {
      hint: "'saev' and '2.1' can be written",
    });
  }
  return {
    family: metadata.family,
    ckpt: metadata.checkpoint,
    layers: metadata.layers,
    content_tokens_per_example: metadata.nPatches,
    cls_token: metadata.hasCls,
    d_model: metadata.dModel,
    n_examples: metadata.nExamples,
    max_tokens_per_shard: metadata.maxTokensPerShard,
    data: metadata.data,
    dataset: metadata.dataset,
    pixel_agg: metadata.pixelAgg,
    dtype: metadata.dtype ?? 'float32',
    protocol: '2.1',
  };
}
