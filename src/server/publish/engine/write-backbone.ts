// A model for the browser: its parts as JSON, and the weights that they read in one file.
import { join } from 'node:path';
import { readLanguageModel } from '../../../backbones/language/read-model.ts';
import { resolveLanguageModel, tokenizerFilesOf } from '../../../backbones/language/resolve.ts';
import { packLanguage, packVision } from '../../../backbones/portable.ts';
import { readVisionModel } from '../../../backbones/vision/open.ts';
import { writeJsonAtomic } from '../../../base/files.ts';
import type { CoderHome, ImageHome, TextHome } from '../../../studies/asking/home.ts';
import { type GatheredWeights, gatherWeights } from './gather-weights.ts';
import type { ShippedBackbone } from './shipped.ts';

/** A model that is ready to be written. */
export interface PackedBackbone {
  /** Bytes of its weights. */
  readonly bytes: number;
  /** Write it, and give the name of its file. */
  write(folder: string): Promise<string>;
}

/** Tell models apart: coders of the same one share its files. */
export function backboneKey(home: CoderHome): string {
  return home.modality === 'image'
    ? JSON.stringify(['vision', home.family, home.checkpoint])
    : JSON.stringify(['language', home.model, home.processing, home.tokenizer]);
}

/**
 * Make the model that a coder belongs to ready to be written under `name`.
 * @throws {UserError} when it cannot be found
 */
export async function packBackbone(
  home: CoderHome,
  {
    name,
    portable,
    signal,
  }: {
    readonly name: string;
    /** Takes places on this machine out of what is said. */
    readonly portable: <T>(value: T) => T;
    readonly signal: AbortSignal | undefined;
  },
): Promise<PackedBackbone> {
  const weights = gatherWeights(`${name}.bin`);
  const { shipped, weightsFolder } =
    home.modality === 'image'
      ? await packImages(home, weights, signal)
      : await packTexts(home, weights, signal);
  return {
    bytes: weights.size,
    async write(folder) {
      const file = `${name}.bin`;
      await weights.write(weightsFolder, join(folder, file));
      const checkpoint = portable(shipped.checkpoint);
      await writeJsonAtomic(join(folder, `${name}.json`), {
        ...shipped,
        checkpoint,
        weights: file,
      });
      return `${name}.json`;
    },
  };
}

interface Packed {
  readonly shipped: WithoutWeights<ShippedBackbone>;
  readonly weightsFolder: string;
}

type WithoutWeights<Shipped> = Shipped extends unknown ? Omit<Shipped, 'weights'> : never;

async function packImages(
  { family, checkpoint }: ImageHome,
  { place }: GatheredWeights,
  signal: AbortSignal | undefined,
): Promise<Packed> {
  const model = await readVisionModel({ family, name: checkpoint }, { signal });
  const parts = packVision(model.parts, place);
  const { transform, weightsFolder } = model;
  return { shipped: { modality: 'image', family, checkpoint, transform, parts }, weightsFolder };
}

async function packTexts(
  { model, processing, tokenizer: wanted }: TextHome,
  { place }: GatheredWeights,
  signal: AbortSignal | undefined,
): Promise<Packed> {
  const found = await resolveLanguageModel(model, { signal });
  const tokenizer = await tokenizerFilesOf(found, { name: wanted, signal });
  const { parts, weightsFolder, onClose } = await readLanguageModel(found, { processing, signal });
  await onClose();
  return {
    shipped: {
      modality: 'text',
      checkpoint: model,
      parts: packLanguage(parts, place),
      tokenizer: { ...tokenizer, name: wanted ?? model },
    },
    weightsFolder,
  };
}
