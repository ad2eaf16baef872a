// What a visuals job is about to write, said before its work begins.
import { logger } from '../base/log.ts';
import { bytes, number } from '../base/text.ts';
import type { VisualsConfig } from './config.ts';

const log = logger('visuals');

/** Bytes of a picture under `neurons/`: what PNG makes of a photo of 448 × 448 pixels, about. */
const PICTURE = 300_000;

/** What sizes depend on. */
export interface Extent {
  readonly dSae: number;
  readonly nExamples: number;
  /** Rows of one example. */
  readonly nTokens: number;
}

/** Files of a job and what they take, as lines for people: those beyond the page and the features come with a flag. */
export function expectedFiles(
  config: VisualsConfig,
  { dSae, nExamples, nTokens }: Extent,
  modality: 'image' | 'text',
): string[] {
  const k = Math.min(config.topK, nExamples);
  const nPictures = modality === 'image' ? mostPictures(config, { dSae, k }) : 0;
  const dense = dSae * k * nTokens * 4;
  const copies = config.formats.filter((format) => format !== 'safetensors');
  return [
    'the page',
    'features.safetensors',
    ...(modality === 'image'
      ? copies.map((format) => `top_values.${format} (${bytes(dense)})`)
      : []),
    ...(nPictures > 0
      ? [`up to ${number(nPictures)} pictures (about ${bytes(nPictures * PICTURE)})`]
      : []),
    ...(modality === 'text' ? ['dashboards/'] : []),
    ...(modality === 'text' && config.neuronpedia ? ['neuronpedia/'] : []),
  ];
}

function mostPictures(config: VisualsConfig, { dSae, k }: { dSae: number; k: number }): number {
  const { nPictures, nLatents, includeLatents } = config;
  const included = new Set(includeLatents).size;
  const others = Math.min(nLatents, dSae - included);
  return included * Math.min(nPictures ?? k, k) + others * Math.min(nPictures ?? 0, k);
}

/** Say what will be written where. */
export function announce(folder: string, files: readonly string[]): void {
  log.info(`writing ${files.join(', ')} to '${folder}'`);
}
