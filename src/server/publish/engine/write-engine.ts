// The engine for visitors without a server: the program that computes in their browsers, and the models that are small
// enough to be sent there.
import { copyFile, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../../base/errors.ts';
import { writeJsonAtomic } from '../../../base/files.ts';
import { makeFolder } from '../../../base/folders.ts';
import { bytes as size } from '../../../base/text.ts';
import { writeSafetensors } from '../../../formats/safetensors.ts';
import { f32 } from '../../../formats/tensor.ts';
import type { CoderWeights } from '../../../sae/coder.ts';
import { type Askable, openAskable } from '../../../studies/asking/askable.ts';
import type { CoderHome } from '../../../studies/asking/home.ts';
import { sharedModels } from '../../../studies/asking/shared-models.ts';
import type { FoundHead } from '../../../studies/steering/heads/heads.ts';
import { withOwnCodes } from '../../../studies/steering/heads/own-codes.ts';
import { proposeOnTree } from '../../../studies/steering/proposing/propose-on-tree.ts';
import {
  ENGINE_MODELS,
  ENGINE_VERSION,
  type ShippedCoder,
  type ShippedEngine,
  type ShippedModel,
} from './shipped.ts';
import { backboneKey, packBackbone } from './write-backbone.ts';

/** A coder that visitors may ask. */
export interface EngineModel {
  /** What the page calls it. */
  readonly id: string;
  /** The run or checkpoint. */
  readonly name: string;
  /** Heads that may read behind its edits, under the ids of the page. */
  readonly heads?: readonly FoundHead[];
  /** A tree laid out as ADE20K: latents are proposed for its classes. */
  readonly maps?: string | undefined;
}

/** How an engine is written. */
export interface EngineOptions {
  /** Bytes of weights of a coder and its model up to which they are sent to browsers. @default 64 million */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal | undefined;
  /** Takes places on this machine out of what is said. */
  readonly portable?: <T>(value: T) => T;
  /** Told of each coder before it is written. */
  readonly onModel?: (name: string) => void;
}

/** Bytes that are sent where nobody says how many. */
export const USUAL_MAX_BYTES = 64_000_000;

/**
 * Write the engine with its models into `folder`. A model that is too large, or cannot be opened, is left out, and the
 * reason stands in its place: for the page to show.
 * @throws {UserError} when this package was built without the engine, and when the disk refuses it
 */
export async function writeEngine(
  folder: string,
  models: readonly EngineModel[],
  { maxBytes = USUAL_MAX_BYTES, signal, onModel, portable = unplaced }: EngineOptions = {},
): Promise<ShippedEngine> {
  await makeFolder(folder);
  const backbones = new Map<string, string>();
  const shared = sharedModels();
  const written: ShippedModel[] = [];
  for (const [i, model] of models.entries()) {
    signal?.throwIfAborted();
    onModel?.(model.name);
    try {
      const askable = await openAskable(model.name, { models: shared, signal });
      try {
        written.push(
          await writeModel(folder, model, askable, {
            file: `coder-${i}`,
            maxBytes,
            backbones,
            portable,
            signal,
          }),
        );
      } finally {
        await askable.close();
      }
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      written.push({
        id: model.id,
        refused: portable(`It is not computed here: ${error.message}.`),
      });
    }
  }
  const engine: ShippedEngine = { version: ENGINE_VERSION, models: written };
  await writeJsonAtomic(join(folder, ENGINE_MODELS), engine);
  if (written.some(({ refused }) => refused === undefined)) await copyProgram(folder);
  return engine;
}

/** Where nobody says how places are written, they are left out or stay. */
const unplaced = <T>(value: T): T => value;

async function writeModel(
  folder: string,
  { id, name, heads = [], maps }: EngineModel,
  askable: Askable,
  {
    file,
    maxBytes,
    backbones,
    portable,
    signal,
  }: {
    readonly file: string;
    readonly maxBytes: number;
    /** Files of models that were written, by their keys. */
    readonly backbones: Map<string, string>;
    readonly portable: <T>(value: T) => T;
    readonly signal: AbortSignal | undefined;
  },
): Promise<ShippedModel> {
  const { home, coder, scaling } = askable;
  const found = await withOwnCodes(headsFor(home, heads), name);
  const tensors = tensorsOf(coder.weights);
  const { normalization, ...config } = coder.config;
  if (scaling?.mean !== undefined) tensors.set('scaling.mean', scaling.mean);
  if (normalization?.mean !== undefined) tensors.set('normalization.mean', normalization.mean);
  for (const [i, { head }] of found.entries())
    tensors.set(`heads.${i}.weight`, head.weight).set(`heads.${i}.bias`, head.bias);
  const ofCoder = [...tensors.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);

  const key = backboneKey(home);
  const packed = await packBackbone(home, { name: `model-${backbones.size}`, portable, signal });
  const total = ofCoder + packed.bytes;
  if (total > maxBytes) {
    return {
      id,
      refused: `It is not computed here: its weights have ${size(total)}, and this page sends at most ${size(maxBytes)} to a browser. 'saev serve' asks it.`,
    };
  }
  const backbone = backbones.get(key) ?? (await packed.write(folder));
  backbones.set(key, backbone);
  await writeSafetensors(
    join(folder, `${file}.safetensors`),
    [...tensors].map(([tensor, values]) => [tensor, f32(values, values.length)] as const),
  );
  const proposals = await proposalsFor(askable, maps, signal);
  const shipped: ShippedCoder = {
    name: portable === unplaced ? basename(name) : portable(name),
    backbone,
    home: portable(withoutPlaces(home)),
    // What else a checkpoint says of its training is nobody's business here, paths of this machine least of all.
    config: { ...config, metadata: {} },
    ...(scaling && { scaling: { clamp: scaling.clamp, scalar: scaling.scalar } }),
    ...(normalization && { scale: normalization.scale ?? 1 }),
    tensors: `${file}.safetensors`,
    ...(proposals && { proposals: portable(proposals) }),
    heads: portable(
      found.map(({ head: { dIn, nClasses }, folder: _, ...about }) => ({
        ...about,
        head: { dIn, nClasses },
      })),
    ),
  };
  await writeJsonAtomic(join(folder, `${file}.json`), shipped);
  return { id, file: `${file}.json`, bytes: total };
}

/** Latents for every class of a tree, or why there are none; undefined where there is nothing to propose on. */
async function proposalsFor(
  askable: Askable,
  maps: string | undefined,
  signal: AbortSignal | undefined,
): Promise<ShippedCoder['proposals']> {
  if (maps === undefined || askable.modality !== 'image') return undefined;
  try {
    return await proposeOnTree(askable, maps, { signal });
  } catch (error) {
    if (error instanceof UserError) return { refused: error.message };
    throw error;
  }
}

/** Where a coder belongs, without places on this machine. */
function withoutPlaces<Home extends CoderHome>(home: Home): Home {
  const { clamp, target } = home.data;
  return { ...home, hasShards: false, data: { clamp, target } };
}

function tensorsOf(weights: CoderWeights): Map<string, Float32Array> {
  const { gated, ...plain } = weights;
  const tensors = new Map<string, Float32Array>();
  for (const [name, values] of Object.entries(plain))
    if (values !== undefined) tensors.set(name, values);
  if (gated !== undefined) tensors.set('gated.rMag', gated.rMag).set('gated.bGate', gated.bGate);
  return tensors;
}

/** Those heads that read the model that a coder belongs to. */
function headsFor(home: CoderHome, heads: readonly FoundHead[]): FoundHead[] {
  return heads.filter(
    ({ family, checkpoint }) =>
      home.modality === 'image' && family === home.family && checkpoint === home.checkpoint,
  );
}

/** Copy the program of the engine and the kernels. */
async function copyProgram(folder: string): Promise<void> {
  for (const built of [builtFolder('web/engine'), builtFolder('compute/wasm')]) {
    const files = await readdir(built).catch((cause: unknown) => {
      throw new UserError(`missing engine: there is nothing at '${built}'`, {
        hint: "run 'npm run build' first",
        cause,
      });
    });
    const isCode = built.endsWith('wasm');
    for (const file of files)
      if (!isCode || file.endsWith('.wasm')) await copyFile(join(built, file), join(folder, file));
  }
}

/** A folder of what was built. */
function builtFolder(name: string): string {
  const url = new URL(`../../../${name}`, import.meta.url);
  // From the sources, what is built is under dist/.
  if (import.meta.url.endsWith('.ts'))
    url.pathname = url.pathname.replace(/\/src\/(?!.*\/src\/)/, '/dist/');
  return fileURLToPath(url);
}
