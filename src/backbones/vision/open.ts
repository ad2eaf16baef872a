// Opening a vision transformer: from a name to weights on disk, and from those to a model that runs.
import { UserError, unknownName } from '../../base/errors.ts';
import { openSession } from '../../compute/onnx/session.ts';
import type { HubOptions } from '../../hub/client.ts';
import type { TextTower } from '../text-tower/types.ts';
import type { VisionBackbone } from '../types.ts';
import { openWeights } from '../weights.ts';
import { VISION_FAMILIES } from './families/registry.ts';
import type { VisionFamily } from './family.ts';
import type { ResolvedVisionModel } from './types.ts';
import { type VisionBackboneOptions, visionBackbone } from './vision-backbone.ts';
import type { VisionParts } from './vision-graph.ts';

/** A vision model by name. The family may be left out where the name can only be of one. */
export type VisionModelName =
  | string
  | {
      /** `clip`, `siglip`, `dinov2`, `moondream2` or `world`. */
      readonly family: string;
      /** A checkpoint; the family's default where it is left out. */
      readonly name?: string;
    };

/** How a vision model is opened: threads, memory, where the hub's cache is. */
export interface VisionOptions
  extends Pick<VisionBackboneOptions, 'threads' | 'imagesPerRun' | 'maxSessions' | 'signal'>,
    Pick<HubOptions, 'settings'> {
  /** The families to choose among; those that come with saev by default. */
  readonly families?: readonly VisionFamily[];
}

/**
 * Open a vision transformer by name, or one that `resolveVisionModel` has found. What is not in the cache is downloaded;
 * weights stay on disk until the first run.
 *
 * @throws {UserError} when the family or the name is unknown, when the hub gives nothing, and when weights are missing or
 * do not fit the family
 */
export async function openVisionModel(
  model: VisionModelName | ResolvedVisionModel,
  options: VisionOptions = {},
): Promise<VisionBackbone> {
  const { families, settings, ...rest } = options;
  const hub = { settings, signal: options.signal };
  const found = await foundModel(model, { families, ...hub });
  const { sources, ...read } = await readVisionModel(found, { families, ...hub });
  const backbone = visionBackbone(read.parts, { ...rest, ...read, openSession });
  const { texts } = found;
  if (texts === undefined) return { ...backbone, sources };
  let tower: Promise<TextTower> | undefined;
  return {
    ...backbone,
    sources,
    textTower() {
      tower ??= openTexts(found.weights, texts, { ...hub, threads: rest.threads });
      tower.catch(() => {
        // What was missing may be there the next time.
        tower = undefined;
      });
      return tower;
    },
    async close() {
      await Promise.all([
        backbone.close(),
        tower?.then(
          (opened) => opened.close(),
          () => undefined,
        ),
      ]);
    },
  };
}

/** Open a text tower; its tokenizers are loaded only now. */
const openTexts: typeof import('../text-tower/open.ts').openTextTower = async (...args) => {
  const { openTextTower } = await import('../text-tower/open.ts');
  return openTextTower(...args);
};

/** What was found already, or what the name stands for. */
async function foundModel(
  model: VisionModelName | ResolvedVisionModel,
  options: HubOptions & Pick<VisionOptions, 'families'>,
): Promise<ResolvedVisionModel> {
  return typeof model === 'object' && 'weights' in model
    ? model
    : resolveVisionModel(model, options);
}

/** A vision transformer as data, before anything is loaded: what to compute, and where its weights lie. */
export interface ReadVisionModel
  extends Pick<VisionBackboneOptions, 'family' | 'checkpoint' | 'weightsFolder' | 'transform'> {
  readonly parts: VisionParts;
  /** The files that it was read from. */
  readonly sources: readonly string[];
}

/**
 * Read what {@link openVisionModel} opens.
 *
 * @throws {UserError} as it does
 */
export async function readVisionModel(
  model: VisionModelName | ResolvedVisionModel,
  { families = VISION_FAMILIES, ...options }: HubOptions & Pick<VisionOptions, 'families'> = {},
): Promise<ReadVisionModel> {
  const found = await foundModel(model, { families, ...options });
  const family = familyNamed(found.family, families);
  const weights = await openWeights(found.weights);
  try {
    const parts = await family.parts(weights, found.config);
    const transform = family.transform(found.config, parts.config.imageSize);
    const { configFile } = found;
    return {
      family: family.name,
      checkpoint: found.name ?? found.weights,
      parts,
      transform,
      weightsFolder: weights.folder,
      sources: [...(configFile ? [configFile] : []), ...weights.files],
    };
  } finally {
    await weights.close();
  }
}

/**
 * Find the weights that a model's name stands for, downloading them unless the cache has them:
 *
 * - clip, siglip: `ViT-B-16/openai`, `ViT-B-16-SigLIP/webli` and the other names of open_clip
 * - dinov2: `dinov2_vitb14`, `dinov2_vitb14_reg` and the other names of torch.hub
 * - moondream2: `vikhyatk/moondream2:2024-03-06`
 * - world: `world-vit`
 * - each, with its family: `hf-hub:org/name` (with `@revision`, `/folder`), or the path of a file or folder
 *
 * @throws {UserError} when the family or the name is unknown, naming the nearest ones, and when the hub gives nothing
 */
export async function resolveVisionModel(
  model: VisionModelName,
  { families = VISION_FAMILIES, ...options }: HubOptions & Pick<VisionOptions, 'families'> = {},
): Promise<ResolvedVisionModel> {
  const family =
    typeof model === 'string' ? familyOf(model, families) : familyNamed(model.family, families);
  const name = typeof model === 'string' ? model : (model.name ?? family.defaultCheckpoint);
  return { family: family.name, name, ...(await family.resolve(name, options)) };
}

function familyOf(checkpoint: string, families: readonly VisionFamily[]): VisionFamily {
  const family = families.find((each) => each.knows(checkpoint));
  if (family !== undefined) return family;
  throw new UserError(`missing family of '${checkpoint}': its name alone does not tell`, {
    hint: `give { family, name } with one of ${families.map(({ name }) => name).join(', ')}`,
  });
}

function familyNamed(name: string, families: readonly VisionFamily[]): VisionFamily {
  const family = families.find((each) => each.name === name);
  if (family !== undefined) return family;
  const known = families.map((each) => each.name);
  throw unknownName('backbone family', name, known);
}

/** What part of an image the models of a family see; CLIP's middle square where the family is unknown. */
export function viewOf(
  family: string | undefined,
  families: readonly VisionFamily[] = VISION_FAMILIES,
): VisionFamily['view'] {
  return (families.find(({ name }) => name === family) ?? families[0]!).view;
}
