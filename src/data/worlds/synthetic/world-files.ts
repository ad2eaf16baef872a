// Worlds as folders in the layout of SAELens, which publishes SynthSAEBench so: each can read what the other wrote.
import { join } from 'node:path';
import { UserError } from '../../../base/errors.ts';
import { kindOfPath, readJson, writeJsonAtomic } from '../../../base/files.ts';
import { logger } from '../../../base/log.ts';
import { placeWhole } from '../../../base/placing.ts';
import {
  openSafetensors,
  type TensorReader,
  writeSafetensors,
} from '../../../formats/safetensors.ts';
import { type HubOptions, resolveHubFile } from '../../../hub/client.ts';
import { findHubModel, isHubName } from '../../../hub/names.ts';
import { parseSaelensLaw, saelensLaw } from './saelens-law.ts';
import { parseTrees, saelensTrees } from './tree-file.ts';
import { assembleWorld, type SharedFactors, type SyntheticWorld } from './world.ts';

const log = logger('synthetic');

const CONFIG = 'synthetic_model_config.json';
const WEIGHTS = 'synthetic_model.safetensors';
const TREES = 'hierarchy.json';

/**
 * Read a world from a folder, or from the hub (`hf-hub:decoderesearch/synth-sae-bench-16k-v2`).
 *
 * Spreads of magnitudes are not in the folder: they are drawn again from the seed, as SAELens does.
 * @throws {UserError} for a world that is missing, damaged, or of a version that knows more.
 */
export async function readWorld(name: string, options: HubOptions = {}): Promise<SyntheticWorld> {
  const { config, weights, trees: treesPath } = await locate(name, options);
  const { law, hasSeed } = parseSaelensLaw(await readJson(config, 'synthetic model'), config);
  const { nFeatures, dModel, spreads } = law;
  const trees =
    treesPath === undefined
      ? []
      : parseTrees(await readJson(treesPath, 'hierarchy'), nFeatures, treesPath);
  if (!hasSeed && spreads.kind === 'folded-normal') {
    log.warn(`'${name}' names no seed: spreads of magnitudes are drawn from seed 0`);
  }
  const scales = trees.some((tree) => tree.scales);
  if (trees.length > 0 && !scales && nFeatures === 16_384 && dModel === 768) {
    log.warn(
      `'${name}' scales no children by their parents, as version 1 of SynthSAEBench-16k: published figures are of version 2`,
    );
  }
  const file = await openSafetensors(weights);
  try {
    const read = (tensor: string, shape: readonly number[]): Promise<Float32Array> =>
      readTensor(file, tensor, shape, weights);
    const directions = await read('feature_vectors', [nFeatures, dModel]);
    const bias = await read('bias', [dModel]);
    const probabilities = file.tensors.has('firing_probabilities')
      ? await read('firing_probabilities', [nFeatures])
      : undefined;
    const wrong = probabilities?.find((p) => p < 0 || p > 1);
    if (wrong !== undefined) {
      throw new UserError(`invalid synthetic model: a probability of ${wrong} in '${weights}'`);
    }
    const factors = await readFactors(file, nFeatures, weights);
    return assembleWorld(law, { directions, bias, probabilities, trees, factors });
  } finally {
    await file.close();
  }
}

interface WorldPaths {
  readonly config: string;
  readonly weights: string;
  readonly trees: string | undefined;
}

async function locate(name: string, options: HubOptions): Promise<WorldPaths> {
  if (isHubName(name)) {
    const repo = await findHubModel(name, options);
    const config = await resolveHubFile(repo, CONFIG, options);
    const weights = await resolveHubFile(repo, WEIGHTS, options);
    const said = await readJson(config, 'synthetic model');
    const { law } = parseSaelensLaw(said, config);
    const trees = law.forest === undefined ? undefined : await resolveHubFile(repo, TREES, options);
    return { config, weights, trees };
  }
  const [config, weights, trees] = [CONFIG, WEIGHTS, TREES].map((file) => join(name, file));
  if ((await kindOfPath(config!)) !== 'file') {
    throw new UserError(`missing synthetic model: there is no ${CONFIG} in '${name}'`, {
      hint: "'saev synth make' writes one; on the hub: hf-hub:decoderesearch/synth-sae-bench-16k-v2",
    });
  }
  const hasTrees = (await kindOfPath(trees!)) === 'file';
  return { config: config!, weights: weights!, trees: hasTrees ? trees : undefined };
}

async function readTensor(
  file: TensorReader,
  name: string,
  shape: readonly number[],
  path: string,
): Promise<Float32Array> {
  const found = file.tensors.get(name)?.shape;
  if (found?.length !== shape.length || found.some((size, i) => size !== shape[i])) {
    const is = found === undefined ? 'is missing' : `is [${found.join(', ')}]`;
    throw new UserError(
      `invalid synthetic model: ${name} ${is} in '${path}', expected [${shape.join(', ')}]`,
    );
  }
  const values = await file.readFloat32(name);
  if (values.every(Number.isFinite)) return values;
  throw new UserError(`invalid synthetic model: not all of ${name} is numbers in '${path}'`);
}

async function readFactors(
  file: TensorReader,
  nFeatures: number,
  path: string,
): Promise<SharedFactors | undefined> {
  const rank = file.tensors.get('correlation_factor')?.shape[1];
  if (rank === undefined) return undefined;
  const factor = await readTensor(file, 'correlation_factor', [nFeatures, rank], path);
  const own = await readTensor(file, 'correlation_diag', [nFeatures], path);
  const bad = own.find((variance) => !(variance > 0));
  if (bad === undefined) return { rank, factor, own };
  throw new UserError(`invalid synthetic model: a correlation_diag of ${bad} in '${path}'`);
}

/**
 * Write a world as a folder that SAELens reads, too.
 * @throws {UserError} when the disk refuses it, or something stands there that may not be replaced.
 */
export async function writeWorldFiles(
  world: SyntheticWorld,
  to: string,
  { overwrite = false }: { readonly overwrite?: boolean } = {},
): Promise<void> {
  const { law, directions, bias, probabilities, factors, trees } = world;
  const { nFeatures, dModel } = law;
  const f32 = (data: Float32Array, shape: readonly number[]) =>
    ({ dtype: 'F32', shape, data }) as const;
  await placeWhole(
    to,
    async (folder) => {
      await writeJsonAtomic(join(folder, CONFIG), saelensLaw(law));
      if (trees.length > 0) await writeJsonAtomic(join(folder, TREES), saelensTrees(trees));
      await writeSafetensors(join(folder, WEIGHTS), [
        ['feature_vectors', f32(directions, [nFeatures, dModel])],
        ['bias', f32(bias, [dModel])],
        ['firing_probabilities', f32(probabilities, [nFeatures])],
        ...(factors === undefined
          ? []
          : ([
              ['correlation_factor', f32(factors.factor, [nFeatures, factors.rank])],
              ['correlation_diag', f32(factors.own, [nFeatures])],
            ] as const)),
      ]);
    },
    { overwrite, stale: [TREES] },
  );
}
